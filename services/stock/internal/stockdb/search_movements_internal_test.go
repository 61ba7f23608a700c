package stockdb

import (
	"math"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/ledger/ledgertest"
)

func TestSearchMovements(t *testing.T) {
	t.Run("plans", func(t *testing.T) {
		db := openEmpty(t)
		for name, f := range ledgertest.MovementSearches() {
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

// testSearchMovementsWalks compares every search with the movements, also when pages
// end because they have read so many.
func testSearchMovementsWalks(t *testing.T) {
	db := openEmpty(t)
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
