package system_test

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/problem"
)

// TestStockDown makes stock unreachable for reservation: connections are refused, or
// requests get no response.
func TestStockDown(t *testing.T) {
	t.Parallel()
	t.Run("refuses connections", func(t *testing.T) {
		t.Parallel()
		stockDown(t, unreachable, 0)
	})
	t.Run("does not respond", func(t *testing.T) {
		t.Parallel()
		stockDown(t, loseRequest, 1)
	})
}

// stockDown checks the responses to users while stock has the fault. aborted is how
// many cancelled reservations a failed create leaves: none when stock certainly got
// no request.
func stockDown(t *testing.T, f fault, aborted int) {
	c := newCluster(t)
	product := c.newStock(t, 10)
	earlier, another := c.reserved(t, orderOf(product, 2), ""), c.reserved(t, orderOf(product, 1), "")

	c.wire.always("", f)
	c.createFails(t, orderOf(product, 3), "key")
	asked := c.wire.count("POST " + stockwire.HoldsPath)
	for range 20 {
		c.createFails(t, orderOf(product, 1), "")
	}
	if n := c.wire.count("POST "+stockwire.HoldsPath) - asked; n != 0 {
		t.Errorf("%d requests went to a stock that had just failed", n)
	}
	if s := c.status(t, earlier.ID); s != "pending" {
		t.Errorf("a read returns %q", s)
	}
	if s := c.confirm(t, earlier.ID).Status; s != "confirmed" {
		t.Errorf("a confirm returns %q", s)
	}
	if n := len(c.reservations(t, product, madrid)); n != 2+aborted {
		t.Errorf("%d reservations, want the two and %d aborted", n, aborted)
	}
	if h := c.only(c.reservation).health(t); h.Status != "healthy" {
		t.Errorf("health %+v", h)
	}

	c.wire.clearFaults()
	c.clock.Advance(time.Second)
	c.rowBecomes(t, product, 8, 1) // the confirm was settled by its event
	r := c.reserved(t, orderOf(product, 3), "key")
	if again := c.reserved(t, orderOf(product, 3), "key"); !reflect.DeepEqual(again, r) {
		t.Errorf("the retries returned %+v and %+v", r, again)
	}
	c.cancel(t, another.ID)
	c.wantsRow(t, product, 8, 3)
	c.balanced(t)
}

// TestStockStopped stops the stock service itself, and starts it again.
func TestStockStopped(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	r := c.reserved(t, orderOf(product, 2), "")
	c.stock.stop()
	c.createFails(t, orderOf(product, 3), "key")
	c.cancel(t, r.ID)
	c.stock.start()
	c.createSucceeds(t, orderOf(product, 3), "key")
}

// TestCatalogStopped creates stock while catalog is down: stock accepts products
// that it knows, and responds with 503 for others.
func TestCatalogStopped(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	c.catalog.stop()
	c.addStock(t, product, barcelona, 5)
	c.reserved(t, orderOf(product, 1), "")
	a := c.do(t, http.MethodPost, "/api/v1/stock", map[string]any{
		"product_id": "unknown", "store_id": madrid, "initial_quantity": 1,
	}).wantsProblem(t, problem.StockUnavailable)
	if a.header.Get("Retry-After") == "" {
		t.Errorf("%s: no Retry-After", a)
	}
	c.balanced(t)
}

// TestNoBroker writes with MESSAGE_BROKER=none, then starts again with a
// broker: the events were kept for it.
func TestNoBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir, "MESSAGE_BROKER=none")
	product := p.newStock(t, 10)
	p.cancel(t, p.reserved(t, orderOf(product, 2), "").ID)
	p.reserved(t, orderOf(product, 3), "")
	p.do(t, http.MethodPut, "/api/v1/products/"+product,
		map[string]any{"sku": "renamed", "name": "Renamed"}).wants(t, http.StatusOK)
	if h := p.health(t); h.Broker != "none" || h.Status != "healthy" || h.Pending == 0 {
		t.Errorf("health %+v", h)
	}
	made := p.pending(t)
	if name := p.row(t, product, madrid).ProductName; name != "Renamed" {
		t.Errorf("stock knows the product as %q", name)
	}
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}

	p = serve(t, dir)
	eventually(t, "delivery of the pending events", func() error {
		if n := p.pending(t); n != 0 {
			return fmt.Errorf("%d of %d events are pending", n, made)
		}
		return nil
	})
	if h := p.health(t); h.Broker != "ok" {
		t.Errorf("health %+v", h)
	}
	p.wantsRow(t, product, 10, 3)
	p.balanced(t)
	p.audit(t)
}

// pending returns how many events of all services wait for the broker. It fails
// the test when the table and the health check disagree about an event.
func (c *client) pending(t testing.TB) (n int) {
	t.Helper()
	for _, service := range []string{"catalog", "stock", "reservation"} {
		list, err := c.events(service, "&pending=true")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.SyncedAt != nil {
				t.Errorf("event %d of %s is pending and was published at %s", e.Seq, service, *e.SyncedAt)
			}
		}
		n += len(list)
	}
	return n
}
