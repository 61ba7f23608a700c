package stockdb

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

// ledgerSearches are all filters of movements, by name.
func ledgerSearches() map[string]ledger.MovementSearch {
	all := map[string]ledger.MovementSearch{}
	from, to := noon.Add(10*time.Minute), noon.Add(70*time.Minute)
	for names, stores := range map[string][]string{"all": nil, "one": {"S-1"}, "two": {"S-0", "S-2"}, "many": append(manyStores(), "S-0", "S-1")} {
		for _, product := range []string{"", "p-1"} {
			for _, kind := range []ledger.MovementKind{"", ledger.MovementSold, ledger.MovementAdjusted} {
				for _, actor := range []string{"", "Ada"} {
					for _, reference := range []string{"", "order-2"} {
						f := ledger.MovementSearch{Stores: stores, ProductID: product, Kind: kind, Actor: actor, Reference: reference}
						name := fmt.Sprintf("%s stores, %q %q %q %q", names, product, kind, actor, reference)
						all[name] = f
						f.From, f.To = &from, &to
						all[name+", from and to"] = f
					}
				}
			}
		}
	}
	return all
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func TestSearchMovements(t *testing.T) {
	t.Run("plans", func(t *testing.T) {
		db := openEmpty(t)
		for name, f := range ledgerSearches() {
			s := movementsOf(f, []string{"S-0", "S-1"})
			key := paging.Key{"", int64(0)}
			for _, end := range []paging.Key{nil, key} {
				query, args := s.statement(columnsMovement, key, end, s.filter)
				if n := strings.Count(query, "?"); n != len(args)+1 {
					t.Errorf("%s: %d arguments for %d marks\n%s", name, len(args), n, query)
				}
				sqlitetest.NoScan(t, db.Reader(), name, query)
				for _, step := range sqlitetest.Plan(t, db.Reader(), query) {
					if strings.Contains(step, "TEMP B-TREE") {
						t.Errorf("%s: %s\n%s", name, step, query)
					}
				}
			}
		}
		for name, query := range map[string]string{"row at": sqlRowAt, "product at": sqlRowsOfProductAt, "store at": sqlRowsOfStoreAt, "stores": sqlStoresOfProduct} {
			sqlitetest.NoScan(t, db.Reader(), name, query)
		}
	})
	t.Run("walks show every movement once", testSearchMovementsWalks)
}

// manyMovements are 200 movements of 3 products in 3 stores, a minute apart at most.
func manyMovements(t *testing.T, db *DB) (list []ledger.Movement) {
	t.Helper()
	kinds := ledger.MovementKinds()
	err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
		for p := range 3 {
			if err := tx.SaveProduct(ledger.Product{ID: fmt.Sprintf("p-%d", p), SKU: fmt.Sprint(p), Name: "N", Version: 1}); err != nil {
				return err
			}
			for s := range 3 {
				if err := tx.InsertRow(ledger.Row{ProductID: fmt.Sprintf("p-%d", p), StoreID: fmt.Sprintf("S-%d", s), Version: 1, UpdatedAt: noon}); err != nil {
					return err
				}
			}
		}
		for i := range 200 {
			m := ledger.Movement{
				ProductID: fmt.Sprintf("p-%d", i%3), StoreID: fmt.Sprintf("S-%d", i/3%3), Kind: kinds[i%7%len(kinds)], Version: int64(i),
				Actor: []string{"Ada", "Bob"}[i/4%2], CreatedAt: noon.Add(time.Duration(i/2) * time.Minute),
			}
			if i%5 == 0 {
				m.Reference = fmt.Sprintf("order-%d", i%4)
			}
			list = append(list, m)
			if err := tx.InsertMovement(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// testSearchMovementsWalks compares every search with the movements, also when pages
// end because they have read so many.
func testSearchMovementsWalks(t *testing.T) {
	db := openEmpty(t)
	all := manyMovements(t, db)
	for name, f := range ledgerSearches() {
		var want []int64
		for _, m := range all {
			if (f.Stores == nil || slices.Contains(f.Stores, m.StoreID)) && (f.ProductID == "" || f.ProductID == m.ProductID) &&
				(f.Kind == "" || f.Kind == m.Kind) && (f.Actor == "" || f.Actor == m.Actor) && (f.Reference == "" || f.Reference == m.Reference) &&
				(f.From == nil || !m.CreatedAt.Before(*f.From) && m.CreatedAt.Before(*f.To)) {
				want = append(want, m.Version)
			}
		}
		if got := walkMovements(t, name, func(page paging.Page) (paging.List[ledger.Movement], error) {
			return db.SearchMovements(t.Context(), f, page)
		}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		stores := f.Stores
		if stores == nil {
			stores = []string{"S-0", "S-1", "S-2"}
		}
		if got := walkMovements(t, name, func(page paging.Page) (list paging.List[ledger.Movement], err error) {
			before := page.After
			if before == nil {
				before = paging.Key{last, int64(math.MaxInt64)}
				if f.To != nil {
					before = paging.Key{clock.Text(*f.To), int64(0)}
				}
			}
			err = db.DB.DB.Snapshot(t.Context(), func(snapshot *sqlite.Snapshot) error {
				found, err := movementsPage(snapshot, movementsOf(f, stores), before, 11, page)
				list = paging.Map(found, func(m placed) ledger.Movement { return m.Movement })
				return err
			})
			return list, err
		}); !slices.Equal(got, want) {
			t.Errorf("%s, 11 at a time: got %v, want %v", name, got, want)
		}
	}
}

// walkMovements returns the versions of the movements of a list, page by page.
func walkMovements(t *testing.T, name string, read func(paging.Page) (paging.List[ledger.Movement], error)) (versions []int64) {
	t.Helper()
	page := paging.Page{Limit: 19}
	for range 300 {
		list, err := read(page)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range list.Items {
			versions = append(versions, m.Version)
		}
		if page.After = list.Next; page.After == nil {
			return versions
		}
	}
	t.Fatalf("%s does not end", name)
	return nil
}
