package system_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"testing"

	"inventory.example/pkg/problem"
)

// TestStockLocked takes the write lock of stock's database, so that each create
// ends without a response of stock, and repeats one request under its key. Once the
// lock is free, the request reserves exactly once.
func TestStockLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir, "HOLD_TIMEOUT=20ms", "SETTLE_TIMEOUT=20ms")
	product := p.newStock(t, 10)
	unlock := lock(t, filepath.Join(dir, "stock.db"))
	const unknown = 10 // more than one request looks at ids
	eventually(t, fmt.Sprintf("%d creates whose outcome is unknown", unknown), func() error {
		a, err := p.reserve(orderOf(product, 4), "key")
		if err != nil {
			return err
		}
		a.wantsProblem(t, problem.StockUnavailable)
		if n := len(p.reservations(t, product, madrid)); n < unknown {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	unlock()

	var created reservation
	eventually(t, "the reservation", func() error {
		a, err := p.reserve(orderOf(product, 4), "key")
		if err != nil {
			return err
		}
		if a.status == http.StatusServiceUnavailable { // stock handles the requests that wait for the lock first
			return fmt.Errorf("%s", a)
		}
		created = decode[reservation](t, a.wants(t, http.StatusCreated))
		return nil
	})
	if again := p.reserved(t, orderOf(product, 4), "key"); !reflect.DeepEqual(again, created) || created.Status != "pending" {
		t.Errorf("created %+v, and then %+v", created, again)
	}
	for _, r := range p.reservations(t, product, madrid) {
		if r.ID != created.ID && r.Status != "cancelled" {
			t.Errorf("beside %s there is %+v", created.ID, r)
		}
	}
	p.rowBecomes(t, product, 10, 4)
}

// lock takes the write lock of a database until the returned function is called.
func lock(t testing.TB, file string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?_txlock=immediate&_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}
