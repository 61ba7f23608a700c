package stockpg

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/ledger/ledgertest"
)

func openEmpty(t testing.TB, s *postgrestest.Server) (db *DB, schema string) {
	t.Helper()
	schema = s.Schema(t)
	db, err := Open(t.Context(), database.Config{URL: s.URL(), Schema: schema},
		database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, schema
}

// The walks compare every list with the rows, also when pages end because they have
// read so many entries of an index. The results do not depend on the version.
func TestSearch(t *testing.T) {
	t.Run("walks show every row once", testSearchWalks)
	t.Run("walks show every movement once", testSearchMovementsWalks)
}

func testSearchWalks(t *testing.T) {
	const few = 9
	db, _ := openEmpty(t, postgrestest.Newest(t))
	rows := ledgertest.ManyRows(t, db)
	for name, f := range ledgertest.Searches("p-14", "sku-3") {
		want, wantSums := ledgertest.FoundRows(rows, f)
		var got []string
		page := paging.Page{Limit: 17}
		for pages := 0; ; pages++ {
			var list paging.List[ledger.Row]
			err := db.SQL().Snapshot(t.Context(), func(snapshot *postgres.Snapshot) (err error) {
				stores := f.Stores
				if stores == nil {
					stores = []string{"S-0", "S-1", "S-2", "S-3"}
				}
				s := searchOf(f, stores)
				s.depth = few
				list, err = searchPage(snapshot, s, page)
				return err
			})
			if err != nil || pages > 10*len(rows) {
				t.Fatalf("%s: page %d, %v", name, pages, err)
			}
			got = append(got, keysOf(list.Items)...)
			if page.After = list.Next; page.After == nil {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s, %d at a time: got %q, want %q", name, few, got, want)
		}
		list, sums, err := db.Search(t.Context(), f, paging.Page{Limit: len(rows)}, true)
		if err != nil || *sums != wantSums || !slices.Equal(keysOf(list.Items), want) {
			t.Errorf("%s: got %q with totals %+v, %v, want %q with %+v", name, keysOf(list.Items), sums, err, want, wantSums)
		}
	}
}

func keysOf(rows []ledger.Row) (keys []string) {
	for _, r := range rows {
		keys = append(keys, r.ProductID+" "+r.StoreID)
	}
	return keys
}

func testSearchMovementsWalks(t *testing.T) {
	const few = 11
	db, _ := openEmpty(t, postgrestest.Newest(t))
	all := ledgertest.ManyMovements(t, db)
	for name, f := range ledgertest.MovementSearches() {
		var want []int64
		for _, m := range all {
			if (f.Stores == nil || slices.Contains(f.Stores, m.StoreID)) && (f.ProductID == "" || f.ProductID == m.ProductID) &&
				(f.Kind == "" || f.Kind == m.Kind) && (f.Actor == "" || f.Actor == m.Actor) && (f.Reference == "" || f.Reference == m.Reference) &&
				(f.From == nil || !m.CreatedAt.Before(*f.From) && m.CreatedAt.Before(*f.To)) {
				want = append(want, m.Version)
			}
		}
		if got := ledgertest.WalkMovements(t, name, func(page paging.Page) (paging.List[ledger.Movement], error) {
			return db.SearchMovements(t.Context(), f, page)
		}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		stores := f.Stores
		if stores == nil {
			stores = []string{"S-0", "S-1", "S-2"}
		}
		if got := ledgertest.WalkMovements(t, name, func(page paging.Page) (list paging.List[ledger.Movement], err error) {
			err = db.SQL().Snapshot(t.Context(), func(snapshot *postgres.Snapshot) error {
				s := searchMovements(f, stores)
				s.depth = few
				found, err := movementsPage(snapshot, s, firstMovement(f, page), page)
				list = paging.Map(found, func(m placed) ledger.Movement { return m.Movement })
				return err
			})
			return list, err
		}); !slices.Equal(got, want) {
			t.Errorf("%s, %d at a time: got %v, want %v", name, few, got, want)
		}
	}
}

// No page reads a whole table, or a whole index other than in its order up to a
// limit. Totals of a text, or of a state with many rows, read all rows.
func TestPlans(t *testing.T) {
	s := postgrestest.Newest(t)
	_, schema := openEmpty(t, s)
	done := map[string]bool{}
	for name, c := range checkedStatements() {
		if c.text != "" && !done[c.text] {
			s.NoScan(t, schema, name, c.text, c.inOrder...)
		}
		done[c.text] = true
	}
}

// checked is a statement, and the indexes that it may read from their beginning.
type checked struct {
	statement
	inOrder []string
}

func checkedStatements() map[string]checked {
	all := map[string]checked{}
	number, text := int64(1), "a"
	after3 := map[ledger.RowSort]paging.Key{
		ledger.SortProduct: {text, text}, ledger.SortAvailable: {number, text, text}, ledger.SortUpdated: {text, text, text},
		ledger.SortSKU: {text, text, text}, ledger.SortName: {text, text, text},
	}
	for name, f := range ledgertest.Searches("p-1", "SKU-1") {
		if !strings.HasPrefix(name, "all") && !strings.HasPrefix(name, "two") || f.Backward && f.State != "" {
			continue // the statements are those of others
		}
		s := searchOf(f, []string{"S-0", "S-1"})
		key := after3[f.Sort]
		var inOrder []string
		if f.State == ledger.RowLow && s.byProduct {
			inOrder = []string{"ix_stock_low", "ix_stock_store_id_low"} // they have no other rows
		}
		all[name] = checked{s.page(key, key, 10), inOrder}
		all[name+", end"] = checked{s.pageEnd(key), nil}
		if f.Text == "" && f.State != ledger.RowOK {
			all[name+", totals"] = checked{totalsOf(f), []string{"ix_stock_low", "ix_stock_available", "ix_stock_store_id_low", "store_totals", "store_totals_pkey"}}
		}
	}
	for name, f := range ledgertest.MovementSearches() {
		s := searchMovements(f, []string{"S-0", "S-1"})
		key := paging.Key{text, number}
		all["movements, "+name] = checked{s.page(key, key, 10), nil}
		all["movements, "+name+", end"] = checked{s.pageEnd(key), nil}
	}
	for name, f := range ledgertest.TransferFilters() {
		query, args := transferPage(f, paging.Page{Limit: 10, After: paging.Key{number}})
		all["transfers, "+name] = checked{statement: statement{query, args}}
	}
	maps.Copy(all, checkedLists())
	return all
}

func checkedLists() map[string]checked {
	all := map[string]checked{}
	threshold := int64(25)
	add := func(name string, l list, after paging.Key, read func([]list, place) statement, inOrder ...string) {
		all[name] = checked{read([]list{l}, place{after: after, limit: 10}), nil}
		all[name+", by offset"] = checked{read([]list{l}, place{limit: 10, offset: 5}), inOrder}
		all[name+", total"] = checked{l.total(), inOrder}
	}
	add("store", listOfStore("A"), paging.Key{"a", "A"}, rowsOf)
	for name, stores := range map[string][]string{"all": nil, "two stores": {"A", "B"}} {
		key := paging.Key{int64(1), "a", "A"}
		add("low in "+name, listOfLow(ledger.LowStockFilter{Stores: stores}), key, rowsOf, "ix_stock_low", "ix_stock_available", "ix_stock_store_id_low")
		add("under a threshold in "+name, listOfLow(ledger.LowStockFilter{Stores: stores, Threshold: &threshold}), key, rowsOf)
	}
	for _, actor := range []string{"", "Ada"} {
		l := listOfMovements(ledger.MovementFilter{ProductID: "p", StoreID: "A", Actor: actor})
		add("movements of a row by "+actor, l, paging.Key{"a", int64(1)}, movementsOf)
	}
	for name, query := range map[string]string{
		"row": sqlRow, "rows of a product": sqlRowsOfProduct, "hold": sqlHold, "held": sqlHeld, "quantity at": sqlQuantityAt,
		"product": sqlProduct, "store": sqlStore, "transfer": sqlTransfer, "hold states": sqlHoldStates,
		"all movements": sqlAllMovements, "row at": sqlRowAt, "product at": sqlRowsOfProductAt, "store at": sqlRowsOfStoreAt,
		"stores of a product": sqlStoresOfProduct, "totals of stores": sqlTotalsOfSome,
		"load rows": loadRows, "load rows of SKUs": loadRowsOfSKU, "load rows of holds": loadRowsOfHold,
		"load rows of transfers": loadRowsOfTransfer, "load holds": loadHolds, "load products": loadProducts,
		"load products of SKUs": loadProductsBy, "load SKUs": loadSKUs, "load stores": loadStores, "load transfers": loadTransfers,
	} {
		all[name] = checked{statement: statement{text: query}}
	}
	all["all rows"] = checked{statement{text: sqlAllRows}, []string{"products_pkey"}} // in the order of the rows
	all["used stores"] = checked{statement{text: sqlUsedStores}, []string{"ix_stores_used"}}
	return all
}
