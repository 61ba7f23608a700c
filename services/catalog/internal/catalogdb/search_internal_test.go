package catalogdb

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/product"
)

// model is a catalog as a list, which is simple to search.
type model struct {
	t        *testing.T
	random   *rand.Rand
	db       *DB
	products map[string]product.Product
	ids      []string // of all that were ever there
	changes  int
}

func newModel(t *testing.T) *model {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := &model{t: t, random: rand.New(rand.NewPCG(seed, 0)), products: map[string]product.Product{}} //nolint:gosec // a test
	m.open(filepath.Join(t.TempDir(), "catalog.db"))
	t.Cleanup(func() {
		if err := m.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// open opens the database with small blocks, so that there are many.
func (m *model) open(path string) {
	m.t.Helper()
	db, err := open(m.t.Context(), database.Config{SQLitePath: path, Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), Rehearse: true}, grouping{block: 128, phrase: 4, longPhrase: 6})
	if err != nil {
		m.t.Fatal(err)
	}
	m.db = db
}

// text returns a text that shares its parts with others. Some of its characters
// have several forms.
func (m *model) text(words int) string {
	parts := []string{
		"a", "b", "ab", "ba", "cup", "Cup", "CAF\u00c9", "cafe\u0301", "\u03a3", "\u03c3\u03c2", "\u212a", "k", "K", "\u00df", "\u1e9e", "\u65e5\u672c",
		"\u65e5", "\U0001f355", "%", "_", "'", `"`, "\\", "12", "21", "-", "[", "\u0130", "\u1100\u1161", "\uac00", "a\u0301\u0323",
	}
	var text strings.Builder
	for range 1 + m.random.IntN(words) {
		text.WriteString(parts[m.random.IntN(len(parts))])
		if m.random.IntN(4) == 0 {
			text.WriteByte(' ')
		}
	}
	return text.String()
}

func (m *model) details(id string) product.Details {
	return product.Details{SKU: m.text(2) + "/" + id, Name: m.text(8), Category: []string{"", "cups", "Cups"}[m.random.IntN(3)]}
}

// change makes many changes in one transaction: most insert a product, whose id
// is greater than those of most others.
func (m *model) change(count int) {
	m.t.Helper()
	var changes []func(product.Tx) error
	for range count {
		kind := m.random.IntN(10)
		id := ""
		if len(m.ids) > 0 {
			id = m.ids[m.random.IntN(len(m.ids))]
		}
		p, listed := m.products[id]
		switch {
		case kind < 6 || !listed:
			id = fmt.Sprintf("%06d-%d", 10*len(m.ids)+m.random.IntN(40), len(m.ids))
			if m.random.IntN(50) == 0 {
				id = fmt.Sprintf("%06d-%d", m.random.IntN(10*len(m.ids)+1), len(m.ids)) // the clock was set back
			}
			p = product.Product{ID: id, Details: m.details(id), Version: 1}
			m.ids, m.products[id] = append(m.ids, id), p
			changes = append(changes, func(tx product.Tx) error { return tx.InsertProduct(p) })
		case kind < 9:
			p.Details = m.details(id)
			p.Version++
			m.products[id] = p
			changes = append(changes, func(tx product.Tx) error { return tx.UpdateProduct(p) })
		default:
			delete(m.products, id)
			p.Version++
			changes = append(changes, func(tx product.Tx) error { return tx.DeleteProduct(p) })
		}
	}
	m.changes++
	event, err := events.New(events.Meta{ID: strconv.Itoa(m.changes), At: time.UnixMilli(0), Version: 1, Actor: "Ada"}, inventory.ProductDeleted{ID: "p"})
	if err != nil {
		m.t.Fatal(err)
	}
	err = m.db.Write(m.t.Context(), product.Needs{}, func(tx product.Tx) error {
		for _, change := range changes {
			if err := change(tx); err != nil {
				return err
			}
		}
		return tx.Append(event)
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// matching returns the ids of the products that match, in order.
func (m *model) matching(f product.Filter) (ids []string) {
	for id, p := range m.products {
		found := strings.Contains(product.Fold(p.Name), product.Fold(f.Text)) || strings.Contains(product.Fold(p.SKU), product.Fold(f.Text))
		if found && (f.Category == nil || *f.Category == p.Category) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// list returns the ids of a page.
func (m *model) list(f product.Filter, page paging.Page) (ids []string, total int64, next paging.Key) {
	m.t.Helper()
	list, err := m.db.List(m.t.Context(), f, page)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, p := range list.Items {
		if p != m.products[p.ID] {
			m.t.Errorf("listed %+v, want %+v", p, m.products[p.ID])
		}
		ids = append(ids, p.ID)
	}
	return ids, list.Total, list.Next
}

// check compares pages of a search with the model.
func (m *model) check() {
	m.t.Helper()
	f := product.Filter{Text: m.text(3)}
	if category := []string{"", "cups", "none"}[m.random.IntN(3)]; m.random.IntN(2) == 0 {
		f.Category = &category
	}
	want := m.matching(f)
	var walked []string
	page := paging.Page{Limit: 1 + m.random.IntN(100)}
	for more := true; more; more = page.After != nil {
		ids, total, next := m.list(f, page)
		if total != int64(len(want)) {
			m.t.Errorf("%q: the total is %d, want %d", f.Text, total, len(want))
		}
		walked, page.After = append(walked, ids...), next
	}
	if !slices.Equal(walked, want) {
		m.t.Errorf("%q: found %q, want %q", f.Text, walked, want)
	}
	offset, limit := m.random.IntN(len(want)+2), 1+m.random.IntN(100)
	ids, _, _ := m.list(f, paging.Page{Limit: limit, Offset: offset})
	if wanted := want[min(offset, len(want)):min(offset+limit, len(want))]; !slices.Equal(ids, wanted) {
		m.t.Errorf("%q from %d, %d at most: found %q, want %q", f.Text, offset, limit, ids, wanted)
	}
}

// grams returns the grams of all products, without phrases.
func (m *model) grams() (grams []string) {
	m.t.Helper()
	list, err := sqlite.Rows(m.t.Context(), m.db.SQL(), func(s sqlite.Scanner) (text string, err error) {
		err = s.Scan(&text)
		return text, err
	}, `SELECT gram || ' ' || block || ' ' || hex(members) FROM product_grams WHERE length(members) > 0 AND (length(gram) <= 3 OR gram LIKE char(10) || '%') ORDER BY 1`)
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

func TestDB_List(t *testing.T) {
	t.Run("finds the same as a plain search", testDBListFindsTheSameAsAPlainSearch)
	t.Run("counts once until the next event", testDBListCountsOnce)
}

// testDBListCountsOnce takes a product away without an event, which no change does: the
// pages of a search that was counted keep their total, until a change has an event.
func testDBListCountsOnce(t *testing.T) {
	m := newModel(t)
	cups := "cups"
	details := func(category string) product.Details {
		return product.Details{SKU: m.text(1) + strconv.Itoa(m.random.IntN(1e9)), Name: "a mug of many", Category: category}
	}
	err := m.db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
		for i := range 300 {
			if err := tx.InsertProduct(product.Product{ID: fmt.Sprintf("p-%03d", i), Details: details([]string{"", cups, cups}[i%3]), Version: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantTotal := func(f product.Filter, want int64) {
		t.Helper()
		for _, page := range []paging.Page{{Limit: 10}, {Limit: 10, After: paging.Key{"p-100"}}, {Limit: 10, Offset: 20}} {
			if list, err := m.db.List(t.Context(), f, page); err != nil || list.Total != want || len(list.Items) != 10 {
				t.Errorf("%+v: %d of %d products, %v; want 10 of %d", page, len(list.Items), list.Total, err, want)
			}
		}
	}
	all, some := product.Filter{Text: "mug of many"}, product.Filter{Text: "mug of many", Category: &cups}
	wantTotal(all, 300)
	if err := m.db.DB.Write(t.Context(), func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`UPDATE products SET deleted_at = 'now' WHERE id = 'p-298'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	wantTotal(all, 300)
	wantTotal(some, 199) // its first count
	event, err := events.New(events.Meta{ID: "1", At: time.UnixMilli(0), Version: 2, Actor: "Ada"}, inventory.ProductDeleted{ID: "p-298"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error { return tx.Append(event) }); err != nil {
		t.Fatal(err)
	}
	wantTotal(all, 299)
}

// testDBListFindsTheSameAsAPlainSearch compares searches with a search through all
// products, while products are created, changed and deleted.
func testDBListFindsTheSameAsAPlainSearch(t *testing.T) {
	m := newModel(t)
	for range 60 {
		m.change(1 + m.random.IntN(60))
		for range 10 {
			m.check()
		}
	}
	kept := m.grams()
	if len(m.ids) < 3*128 || len(kept) == 0 {
		t.Fatalf("%d products have %d grams", len(m.ids), len(kept))
	}
	// As in an earlier release: the blocks are written when the database is opened.
	path := sqlitetest.Path(t, m.db.Reader())
	err := m.db.DB.Write(t.Context(), func(tx *sqlite.Tx) error {
		for _, table := range []string{"product_grams", "product_blocks"} {
			if _, _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.db.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(path)
	if again := m.grams(); !slices.Equal(again, kept) {
		t.Error("the grams that changes kept differ from those of the rows")
	}
	for range 20 {
		m.check()
	}
}
