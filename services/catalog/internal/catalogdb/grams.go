package catalogdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
)

// gram is up to three characters of a text, 21 bits each, the last one lowest.
type gram uint64

const (
	gramLength    = 3
	characterBits = 21
	characterMask = 1<<characterBits - 1
)

// A phrase is a longer gram that many products of a block have: reading all of
// them for each search would take long. The longest phrases need more products.
const (
	phraseLength     = 12
	longPhraseLength = 24
)

// String returns g as it is stored.
func (g gram) String() string {
	characters := make([]rune, 0, gramLength)
	for shift := (gramLength - 1) * characterBits; shift >= 0; shift -= characterBits {
		if r := rune(g >> shift & characterMask); r != 0 { // no text has the character 0
			characters = append(characters, r)
		}
	}
	return string(characters)
}

// categoryGram returns the stored gram of a category.
func categoryGram(category string) string { return "\n" + category }

// eachGram yields the grams of a text, some of them several times.
func eachGram(searchText string, yield func(gram)) {
	var one, two gram // the last character, and the last two
	for _, r := range searchText {
		if r == '\n' {
			one, two = 0, 0
			continue
		}
		g := gram(r) //nolint:gosec // a rune of a text is not negative
		yield(g)
		if one != 0 {
			yield(one<<characterBits | g)
		}
		if two != 0 {
			yield(two<<characterBits | g)
		}
		if one != 0 {
			two = one<<characterBits | g
		}
		one = g
	}
}

// gramsOf returns the grams of a text and its category, and its possible phrases,
// as they are stored, each once and in order.
func gramsOf(searchText, category string) []string {
	grams := []string{categoryGram(category)}
	for line := range strings.SplitSeq(searchText, "\n") {
		var starts []int // of the last characters
		for at := range line + "\n" {
			for _, start := range starts {
				grams = append(grams, line[start:at])
			}
			starts = append(starts[max(0, len(starts)-longPhraseLength+1):], at)
		}
	}
	slices.Sort(grams)
	return slices.Compact(grams)
}

func isPhrase(gram string) bool {
	return !strings.HasPrefix(gram, "\n") && utf8.RuneCountInString(gram) > gramLength
}

// grouping configures how the products are grouped for searches.
type grouping struct {
	// block is the number of products in a block. A larger block delays the create
	// of its last product and leaves more products after the last block to search; a
	// smaller one means more records to read for a search. Up to 7,936 members are
	// stored within a page of the table; members.stored takes 65,536.
	block int64
	// phrase is the minimum number of products of a block that have a phrase. A
	// larger one means fewer records of phrases, and more products of each block to
	// read to count a text that is not a phrase.
	phrase     int
	longPhrase int // the same for phrases of more than phraseLength
}

var defaultGrouping = grouping{block: 7168, phrase: 112, longPhrase: 224}

// minimum returns the minimum number of products that have a phrase.
func (g grouping) minimum(length int) int {
	if length > phraseLength {
		return g.longPhrase
	}
	return g.phrase
}

const (
	// sqlBlocksWritten returns the number of the next block.
	sqlBlocksWritten = `SELECT COALESCE(MAX(block) + 1, 0) FROM product_blocks`
	sqlLastProduct   = `SELECT COALESCE(MAX(rowid), 0) FROM products`
	sqlInsertBlock   = `INSERT INTO product_blocks SELECT ?3, MIN(id), MAX(id) FROM products NOT INDEXED WHERE rowid > ?1 AND rowid <= ?2`
	sqlTextsOfBlock  = `SELECT rowid - 1, search_text, category FROM products NOT INDEXED
	WHERE rowid > ?1 AND rowid <= ?2 AND deleted_at IS NULL ORDER BY rowid`
	sqlTextOf = `SELECT rowid - 1, search_text, category FROM products WHERE id = ? AND deleted_at IS NULL`

	sqlMembers       = `SELECT members FROM product_grams WHERE gram = ? AND block = ?`
	sqlInsertMembers = `INSERT INTO product_grams VALUES (?, ?, ?)`
	sqlSetMembers    = sqlInsertMembers + ` ON CONFLICT DO UPDATE SET members = excluded.members`
)

// text is the searchable text of a product.
type text struct {
	number     int64 // of the product among all products ever created, from 0
	searchText string
	category   string
}

func scanText(s sqlite.Scanner) (t text, err error) {
	err = s.Scan(&t.number, &t.searchText, &t.category)
	return t, err
}

// fillGrams writes the blocks of products of an earlier release.
func (db *DB) fillGrams(ctx context.Context) error {
	for more := true; more; {
		err := db.DB.Write(ctx, func(tx *sqlite.Tx) (err error) {
			more, err = (&Tx{tx: tx, grouping: db.grouping}).writeBlock()
			return err
		})
		if err != nil {
			return fmt.Errorf("write the grams of products: %w", err)
		}
	}
	return nil
}

// inserted writes the block of which a product is the last one.
func (t *Tx) inserted(rowID int64) error {
	if rowID%t.block != 0 {
		return nil
	}
	_, err := t.writeBlock()
	return err
}

// writeBlock writes the next block, if it is complete.
func (t *Tx) writeBlock() (written bool, err error) {
	var block, last int64
	if err := t.tx.QueryRow(sqlBlocksWritten).Scan(&block); err != nil {
		return false, fmt.Errorf("read the last block: %w", err)
	}
	if err := t.tx.QueryRow(sqlLastProduct).Scan(&last); err != nil {
		return false, fmt.Errorf("read the last product: %w", err)
	}
	first, end := block*t.block, (block+1)*t.block
	if last < end {
		return false, nil
	}
	if _, _, err := t.tx.Exec(sqlInsertBlock, first, end, block); err != nil {
		return false, fmt.Errorf("write a block: %w", err)
	}
	all, err := t.membersOfBlock(first, end)
	if err != nil {
		return false, fmt.Errorf("read the texts of a block: %w", err)
	}
	// Sorted like the table, this takes half the time.
	slices.SortFunc(all, func(a, b stored) int { return strings.Compare(a.gram, b.gram) })
	for _, s := range all {
		if _, _, err := t.tx.Exec(sqlInsertMembers, s.gram, block, s.members); err != nil {
			return false, fmt.Errorf("write the products of a gram: %w", err)
		}
	}
	return true, nil
}

// stored are the members of a gram as they are stored.
type stored struct {
	gram    string
	members []byte
}

// membersOfBlock returns the grams and phrases of the listed products in a block.
func (t *Tx) membersOfBlock(first, end int64) (all []stored, err error) {
	var texts []text
	grams, categories := map[gram]members{}, map[string]members{}
	err = t.tx.Query(func(s sqlite.Scanner) error {
		text, err := scanText(s)
		text.number -= first
		texts = append(texts, text)
		add(categories, text.category, text.number, t.block)
		eachGram(text.searchText, func(g gram) { add(grams, g, text.number, t.block) })
		return err
	}, sqlTextsOfBlock, first, end)
	for g, m := range grams {
		all = append(all, stored{g.String(), m.stored()})
	}
	for category, m := range categories {
		all = append(all, stored{categoryGram(category), m.stored()})
	}
	for phrase, m := range phrasesOf(texts, grams, t.grouping) {
		all = append(all, stored{phrase, m.stored()})
	}
	return all, err
}

func add[K comparable](to map[K]members, key K, place, blockSize int64) {
	m := to[key]
	if m == nil {
		m = make(members, blockSize/wordBits)
		to[key] = m
	}
	m.set(place)
}

// changeGrams replaces the grams of a listed product by those of p, or by none
// when p is nil. It reads the product, so it must run before the product changes.
func (t *Tx) changeGrams(id string, p *product.Product) error {
	old, found, err := sqlite.Found(scanText(t.tx.QueryRow(sqlTextOf, id)))
	if err != nil || !found {
		return err
	}
	var blocks int64
	if err := t.tx.QueryRow(sqlBlocksWritten).Scan(&blocks); err != nil {
		return fmt.Errorf("read the last block: %w", err)
	}
	same := p != nil && p.Category == old.category && searchText(*p) == old.searchText
	if same || old.number >= blocks*t.block {
		return nil
	}
	before, after := gramsOf(old.searchText, old.category), []string{}
	if p != nil {
		after = gramsOf(searchText(*p), p.Category)
	}
	if err := t.changeMembers(before, after, old.number, members.unset); err != nil {
		return err
	}
	return t.changeMembers(after, before, old.number, members.set)
}

// changeMembers changes the members of the grams that are not in except; both
// are sorted. A phrase that the block lacks is still not a phrase, and neither
// are all longer ones that begin with it.
func (t *Tx) changeMembers(grams, except []string, number int64, change func(m members, place int64)) error {
	block, place := number/t.block, number%t.block
	lacking := "\x00" // the last phrase that the block lacks; no gram begins so
	for _, gram := range grams {
		if _, both := slices.BinarySearch(except, gram); both || strings.HasPrefix(gram, lacking) {
			continue
		}
		var stored []byte
		_, found, err := sqlite.Found(stored, t.tx.QueryRow(sqlMembers, gram, block).Scan(&stored))
		if err != nil {
			return fmt.Errorf("read the products of a gram: %w", err)
		}
		if !found && isPhrase(gram) {
			lacking = gram
			continue
		}
		m := readMembers(stored, t.block)
		change(m, place)
		if _, _, err := t.tx.Exec(sqlSetMembers, gram, block, m.stored()); err != nil {
			return fmt.Errorf("write the products of a gram: %w", err)
		}
	}
	return nil
}
