package catalogpg

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/catalog/internal/counts"
	"inventory.example/services/catalog/internal/product"
)

const (
	whereListed   = `WHERE deleted_at IS NULL AND id > $1`
	whereCategory = ` AND category = $2`
	orderOfList   = ` ORDER BY id LIMIT %d OFFSET %d`

	sqlTotal = `SELECT COALESCE((SELECT products FROM product_totals WHERE scope = $1), 0)`

	// A deleted product has no grams. strpos has the last word: a product may have the grams of a text elsewhere.
	// Unlike LIKE it gives no character of the caller a meaning.
	whereFound = `WHERE grams @> $2::text[] AND strpos(search_text, $3) > 0 AND ($4::text IS NULL OR category = $4)`

	sqlLastEvent  = `SELECT COALESCE(MAX(seq), 0) FROM outbox`
	sqlFoundTotal = `SELECT COUNT(*) FROM products ` + whereFound + ` AND $1 = ''`
	sqlFound      = selectProduct + whereFound + ` AND id > $1`
)

const (
	gramLength = 3
	maxGrams   = 12 // of a text that are looked up
)

// gramsOf returns the grams of a text as a JSON array: one, two and three
// characters that follow each other on a line.
func gramsOf(text string) string {
	var grams []string
	known := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		characters := []rune(line)
		for at := range characters {
			for end := at + 1; end <= min(at+gramLength, len(characters)); end++ {
				if gram := string(characters[at:end]); !known[gram] {
					known[gram] = true
					grams = append(grams, gram)
				}
			}
		}
	}
	list, _ := json.Marshal(grams) // texts cannot fail
	return string(list)
}

// gramsFor returns grams that every product with the text has.
func gramsFor(text string) []string {
	characters := []rune(text)
	if len(characters) <= gramLength {
		return []string{text}
	}
	last := len(characters) - gramLength // where the last gram begins
	count := min(maxGrams, last+1)
	grams := make([]string, 0, count)
	for i := range count {
		at := i * last / (count - 1)
		grams = append(grams, string(characters[at:at+gramLength]))
	}
	return grams
}

// queries are the statements of a list: its total and a page, whose first
// argument is the id before the page.
type queries struct {
	total, page string
	totalArgs   []any
	args        []any          // of the page, after the first
	search      *counts.Search // whose total is remembered; nil: not
}

func queriesFor(f product.Filter) queries {
	switch {
	case f.Text != "":
		text := product.Fold(f.Text)
		args := []any{gramsFor(text), text, f.Category}
		search := counts.SearchOf(text, f.Category)
		return queries{total: sqlFoundTotal, totalArgs: append([]any{""}, args...), page: sqlFound, args: args, search: &search}
	case f.Category != nil:
		return queries{
			total: sqlTotal, totalArgs: []any{"in " + *f.Category},
			page: selectProduct + whereListed + whereCategory, args: []any{*f.Category},
		}
	default:
		return queries{total: sqlTotal, totalArgs: []any{"all"}, page: selectProduct + whereListed}
	}
}

// List implements product.Reader.
func (db *DB) List(ctx context.Context, f product.Filter, page paging.Page) (paging.List[product.Product], error) {
	list, err := db.list(ctx, queriesFor(f), page)
	if err != nil {
		return list, fmt.Errorf("list products: %w", err)
	}
	return list, nil
}

func (db *DB) list(ctx context.Context, q queries, page paging.Page) (list paging.List[product.Product], err error) {
	after := ""
	if page.After != nil {
		after, _ = page.After[0].(string) // its only column is a text
	}
	err = db.DB.Snapshot(ctx, func(s *postgres.Snapshot) error {
		total, err := db.total(s, q)
		if err != nil || int64(page.Offset) >= total {
			list.Total = total
			return err
		}
		var rows []product.Product
		err = s.Each(func(record postgres.Scanner) error {
			p, err := scanProduct(record)
			rows = append(rows, p)
			return err
		}, q.page+fmt.Sprintf(orderOfList, page.Limit+1, page.Offset), append([]any{after}, q.args...)...)
		list = paging.Of(page, rows, total, func(p product.Product) paging.Key { return paging.Key{p.ID} })
		return err
	})
	return list, err
}

// total returns the number of products of a list. A search counts them, unless
// another page of it did in the same state of the products.
func (db *DB) total(s *postgres.Snapshot, q queries) (total int64, err error) {
	count := func() (total int64, err error) {
		err = s.QueryRow(q.total, q.totalArgs...).Scan(&total)
		return total, err
	}
	if q.search == nil {
		return count()
	}
	var seq int64
	if err := s.QueryRow(sqlLastEvent).Scan(&seq); err != nil {
		return 0, err
	}
	return db.counts.Of(*q.search, seq, count)
}
