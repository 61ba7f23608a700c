package catalogdb

import (
	"context"
	"maps"
	"slices"
	"strings"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/counts"
	"inventory.example/services/catalog/internal/product"
)

const (
	sqlGram       = `SELECT block, members FROM product_grams WHERE gram = ?`
	sqlLastEvent  = `SELECT COALESCE(MAX(seq), 0) FROM outbox`
	sqlBlocks     = `SELECT block, first_id FROM product_blocks WHERE last_id > ?`
	sqlProductsOf = selectProduct + `WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`

	// The products are selected by their rowids, so no index finds fewer. Unlike
	// LIKE, instr gives no character of the caller a meaning.
	tailProducts = ` FROM products p NOT INDEXED WHERE p.rowid > ?3`
	someProducts = ` FROM json_each(?3) n CROSS JOIN products p NOT INDEXED ON p.rowid = n.value + 1 WHERE 1`
	thatMatch    = ` AND p.deleted_at IS NULL AND instr(p.search_text, ?1) > 0 AND (?2 IS NULL OR p.category = ?2)`
	leastIDs     = ` AND p.id > ?4 ORDER BY p.id LIMIT ?5`

	sqlTail       = `SELECT COUNT(*), COALESCE(MIN(p.id), '')` + tailProducts + thatMatch
	sqlCountAmong = `SELECT COUNT(*)` + someProducts + thatMatch
	sqlIDsOfTail  = `SELECT p.id` + tailProducts + thatMatch + leastIDs
	sqlIDsAmong   = `SELECT p.id` + someProducts + thatMatch + leastIDs
)

const (
	maxGrams   = 6    // of a text that are looked up
	fewFound   = 256  // so few products are read instead of narrowed by one more gram
	readAtOnce = 1024 // products at least, if there are as many
)

// search is one search for the products that match a filter with a text.
type search struct {
	*sqlite.Snapshot
	grouping
	text     string            // folded
	category any               // nil: any
	matches  map[int64]members // of each block: the products that match, if a record says so
	found    map[int64]members // of each other block: those that have the grams of the text
	tail     tail
}

// tail are the products after the last block.
type tail struct {
	first   int64  // number of the first one
	count   int64  // of those that match
	firstID string // the least of those that match
}

// search returns a page of the products that match a filter with a text.
func (db *DB) search(ctx context.Context, f product.Filter, page paging.Page) (list paging.List[product.Product], err error) {
	err = db.DB.Snapshot(ctx, func(snapshot *sqlite.Snapshot) error {
		s := &search{Snapshot: snapshot, grouping: db.grouping, text: product.Fold(f.Text)}
		if f.Category != nil {
			s.category = *f.Category
		}
		if err := s.find(f.Category); err != nil {
			return err
		}
		total, err := s.countOnce(&db.counts, f)
		if err != nil || int64(page.Offset) >= total {
			list.Total = total
			return err
		}
		rows, err := s.page(page)
		list = paging.Of(page, rows, total, keyOf)
		return err
	})
	return list, err
}

// gramsFor returns grams that every product with a long text has.
func gramsFor(characters []rune) (grams []string) {
	last := len(characters) - gramLength // where the last gram begins
	count := min(maxGrams, last+1)
	for i := range count {
		at := i * last / (count - 1)
		grams = append(grams, string(characters[at:at+gramLength]))
	}
	return grams
}

// find finds the products that match, or can match.
func (s *search) find(category *string) error {
	var blocks int64
	if err := s.QueryRow(sqlBlocksWritten).Scan(&blocks); err != nil {
		return err
	}
	s.tail.first = blocks * s.block
	s.matches, s.found = map[int64]members{}, map[int64]members{}
	characters := []rune(s.text)
	if len(characters) <= longPhraseLength {
		if err := s.eachBlock(s.text, func(block int64, m members) { s.matches[block] = m }); err != nil {
			return err
		}
	}
	if len(characters) > gramLength && int64(len(s.matches)) < blocks {
		if err := s.narrow(gramsFor(characters)); err != nil {
			return err
		}
	}
	if category == nil {
		return nil
	}
	matches, found := s.matches, s.found
	s.matches, s.found = map[int64]members{}, map[int64]members{}
	return s.eachBlock(categoryGram(*category), func(block int64, m members) {
		if before := matches[block]; before != nil {
			m.intersect(before)
			s.matches[block] = m
		} else if before := found[block]; before != nil {
			m.intersect(before)
			s.found[block] = m
		}
	})
}

// narrow finds the products of the other blocks that have some grams, or as many
// of these grams as needed until the products are few.
func (s *search) narrow(grams []string) error {
	for i, gram := range grams {
		if i > 0 && count(s.found) <= fewFound {
			return nil
		}
		before := s.found
		s.found = make(map[int64]members, len(before))
		err := s.eachBlock(gram, func(block int64, m members) {
			if s.matches[block] != nil || i > 0 && before[block] == nil {
				return
			}
			if i > 0 {
				m.intersect(before[block])
			}
			s.found[block] = m
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachBlock calls each with the members of a gram in every block.
func (s *search) eachBlock(gram string, each func(block int64, m members)) error {
	return s.Each(func(row sqlite.Scanner) error {
		var block int64
		var stored []byte
		err := row.Scan(&block, &stored)
		each(block, readMembers(stored, s.block))
		return err
	}, sqlGram, gram)
}

func count(all map[int64]members) (count int64) {
	for _, m := range all {
		count += int64(m.count())
	}
	return count
}

// counted is the result of a count.
type counted struct {
	total int64
	tail  tail
}

// countOnce returns the number of matching products, which it counts unless another
// page of this search did, in the same state of the products.
func (s *search) countOnce(memory *counts.Memory[counted], f product.Filter) (int64, error) {
	var seq int64
	if err := s.QueryRow(sqlLastEvent).Scan(&seq); err != nil {
		return 0, sqlite.Classify(err)
	}
	result, err := memory.Of(counts.SearchOf(s.text, f.Category), seq, func() (counted, error) {
		total, err := s.total()
		return counted{total, s.tail}, err
	})
	s.tail = result.tail
	return result.total, err
}

// total counts the matching products.
func (s *search) total() (total int64, err error) {
	if err := s.QueryRow(sqlTail, s.text, s.category, s.tail.first).Scan(&s.tail.count, &s.tail.firstID); err != nil {
		return 0, err
	}
	total = s.tail.count + count(s.matches)
	var numbers []int64
	blocks := slices.Sorted(maps.Keys(s.found))
	for i, block := range blocks {
		numbers = s.appendNumbers(numbers, block)
		if len(numbers) < readAtOnce && i < len(blocks)-1 {
			continue
		}
		var count int64
		if err := s.QueryRow(sqlCountAmong, s.text, s.category, sqlite.List(numbers)).Scan(&count); err != nil {
			return 0, err
		}
		total, numbers = total+count, numbers[:0]
	}
	return total, nil
}

// page returns the products of a page, and one more.
func (s *search) page(page paging.Page) (list []product.Product, err error) {
	after := ""
	if page.After != nil {
		after, _ = page.After[0].(string)
	}
	ids, err := s.ids(after, page.Offset+page.Limit+1)
	if err != nil {
		return nil, err
	}
	err = s.Each(func(row sqlite.Scanner) error {
		p, err := scanProduct(row)
		list = append(list, p)
		return err
	}, sqlProductsOf, sqlite.List(ids[min(page.Offset, len(ids)):]))
	return list, err
}

// place is the beginning of a block, or of the tail, in the list.
type place struct {
	block   int64
	firstID string
}

const tailBlock = -1

// places returns the blocks with products that can match and have ids greater than
// after, in the order of their first ids.
func (s *search) places(after string) (places []place, err error) {
	err = s.Each(func(row sqlite.Scanner) error {
		var p place
		err := row.Scan(&p.block, &p.firstID)
		if s.found[p.block] != nil || s.matches[p.block] != nil {
			places = append(places, p)
		}
		return err
	}, sqlBlocks, after)
	if s.tail.count > 0 {
		places = append(places, place{tailBlock, s.tail.firstID})
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.firstID, b.firstID) })
	return places, err
}

// ids returns the least ids greater than after of products that match, as many as
// are needed.
func (s *search) ids(after string, need int) (ids []string, err error) {
	places, err := s.places(after)
	if err != nil {
		return nil, err
	}
	read := func(query string, products any) error {
		err := s.Each(func(row sqlite.Scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		}, query, s.text, s.category, products, after, need)
		slices.Sort(ids)
		ids = ids[:min(len(ids), need)]
		return err
	}
	var numbers []int64
	for i, p := range places {
		// The ids of two blocks may overlap: the next block must begin after the last id.
		if len(numbers) == 0 && len(ids) == need && ids[need-1] < p.firstID {
			break
		}
		if p.block == tailBlock {
			err = read(sqlIDsOfTail, s.tail.first)
		} else {
			numbers = s.appendNumbers(numbers, p.block)
		}
		if err == nil && (len(numbers) >= readAtOnce || i == len(places)-1) {
			err = read(sqlIDsAmong, sqlite.List(numbers))
			numbers = numbers[:0]
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// appendNumbers appends the numbers of the products of a block that match or can
// match.
func (s *search) appendNumbers(numbers []int64, block int64) []int64 {
	m := s.matches[block]
	if m == nil {
		m = s.found[block]
	}
	for place := range m.all {
		numbers = append(numbers, block*s.block+place)
	}
	return numbers
}
