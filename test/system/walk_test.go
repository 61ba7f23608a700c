package system_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"inventory.example/pkg/contract/stockwire"
)

func TestWalk(t *testing.T) {
	t.Run("settles after a restart", testWalkSettlesAfterARestart)
	t.Run("among many", testWalkAmongMany)
}

// testWalkSettlesAfterARestart crashes reservation after its decisions and before the
// calls to stock, while the broker is down: the walk after the restart settles the
// holds.
func testWalkSettlesAfterARestart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	confirmed, cancelled, pending := c.reserved(t, orderOf(product, 1), ""), c.reserved(t, orderOf(product, 2), ""), c.reserved(t, orderOf(product, 4), "")
	c.outage.mode.Store(brokerDown)
	c.wire.always("POST "+stockwire.SettlementsPath, loseRequest)
	c.do(t, "POST", "/api/v1/reservations/"+confirmed.ID+"/confirm", nil).wants(t, 200)
	c.do(t, "POST", "/api/v1/reservations/"+cancelled.ID+"/cancel", nil).wants(t, 200)
	c.reservation.crash()
	c.wantsRow(t, product, 10, 7)
	c.orphan(t, product, "orphan")

	c.wire.clearFaults()
	c.clock.Advance(time.Second)
	c.reservation.start()
	c.rowBecomes(t, product, 9, 5)
	eventually(t, "the repair of the hold without a reservation", func() error {
		if s := c.status(t, "orphan"); s != "pending" {
			return errors.New("it is " + s)
		}
		return nil
	})
	for id, want := range map[string]string{confirmed.ID: "committed", cancelled.ID: "released", pending.ID: "held", "orphan": "held"} {
		if s := c.hold(t, id); s != want {
			t.Errorf("the hold of %s is %s, want %s", id, s, want)
		}
	}
	c.outage.mode.Store(noOutage)
	c.balanced(t)
}

// walkHolds is how many holds TestWalk/among_many has: WALK_HOLDS=1000000.
func walkHolds(t testing.TB) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("WALK_HOLDS"))
	if err != nil {
		return 20_000
	}
	return n
}

// testWalkAmongMany finds a hold whose reservation has ended among many, of
// which one in ten is held and pending, and without a broker.
func testWalkAmongMany(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	product := p.newStock(t, 10)
	r := p.reserved(t, orderOf(product, 4), "")
	p.do(t, "POST", "/api/v1/reservations/"+r.ID+"/confirm", nil).wants(t, 200)
	p.rowBecomes(t, product, 6, 0)
	if code := p.terminate(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	n := walkHolds(t)
	// Undo the settlement, as if it had never arrived.
	change(t, filepath.Join(dir, "stock.db"),
		`UPDATE holds SET state = 'held', settled_at = NULL`,
		`UPDATE stock SET quantity = 10, reserved = 4`,
		`WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < `+strconv.Itoa(n)+`)
		INSERT INTO holds (reservation_id, line, product_id, store_id, quantity, customer_id, ttl_seconds, expires_at, state, created_at, settled_at)
		SELECT 'other-' || i, 0, '`+product+`', '`+madrid+`', 1, 'c', 86400, '2999-01-01T00:00:00.000Z',
			CASE i % 10 WHEN 0 THEN 'held' ELSE 'committed' END, '2999-01-01T00:00:00.000Z', CASE i % 10 WHEN 0 THEN NULL ELSE '2999-01-01T00:00:00.000Z' END
		FROM n`)
	change(t, filepath.Join(dir, "reservation.db"),
		`WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < `+strconv.Itoa(n)+`)
		INSERT INTO reservations (id, product_id, store_id, customer_id, quantity, ttl_seconds, status, reason, version, expires_at, created_at, updated_at)
		SELECT 'other-' || i, '`+product+`', '`+madrid+`', 'c', 1, 86400,
			CASE i % 10 WHEN 0 THEN 'pending' ELSE 'confirmed' END, '', 1, '2999-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'
		FROM n`)

	p = serve(t, dir, "MESSAGE_BROKER=none")
	ready := time.Now()
	p.rowBecomes(t, product, 6, 0)
	took := time.Since(ready)
	t.Logf("settled %v after the service was ready, among %d holds of which %d are held", took, n, n/10)
	if took > 2*time.Second {
		t.Errorf("settled only %v after the service was ready", took)
	}
}

// change changes a database whose service does not run.
func change(t testing.TB, file string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?_synchronous=OFF")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), s); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", s, err))
		}
	}
}
