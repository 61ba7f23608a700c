package system_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
)

// TestBrokenCreate crashes reservation between the hold and its row.
func TestBrokenCreate(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	o := orderOf(product, 3)
	o.TTLSeconds = 60
	_, err := c.breakCreate(t, o, "")
	if !errors.Is(err, errCut) {
		t.Fatalf("the create has a response: %v", err)
	}
	c.wantsRow(t, product, 10, 3)

	c.reservation.start()
	var repaired []reservation
	eventually(t, "the repair", func() error {
		if repaired = c.reservations(t, product, madrid); len(repaired) != 1 {
			return fmt.Errorf("%d reservations", len(repaired))
		}
		return nil
	})
	if r := repaired[0]; r.Status != "pending" || r.Quantity != 3 {
		t.Fatalf("repaired to %+v", r)
	}
	c.balanced(t)

	c.clock.Advance(time.Duration(o.TTLSeconds) * time.Second)
	c.passing(t, 10*time.Millisecond, "the expiry", func() error {
		if s := c.status(t, repaired[0].ID); s != "expired" {
			return errors.New("it is " + s)
		}
		return nil
	})
	c.rowBecomes(t, product, 10, 0)
	c.balanced(t)
}

// breakCreate sends an order and crashes reservation once stock has granted
// the hold; the grant never arrives. It returns the result of the client.
func (c *cluster) breakCreate(t testing.TB, o order, key string) (apiResponse, error) {
	t.Helper()
	late := newLateResponse()
	c.wire.next("POST "+stockwire.HoldsPath, late.fault)
	type outcome struct {
		response apiResponse
		err      error
	}
	got := make(chan outcome, 1)
	go func() {
		a, err := c.reserve(o, key)
		got <- outcome{a, err}
	}()
	reached(t, "the hold is granted", late.given)
	// The event of the hold is then on its way to reservation, or has arrived:
	// the consumer waits for the create.
	eventually(t, "the event of the hold", func() error {
		for _, e := range c.seen.of(inventory.TypeStockReserved) {
			if e.AggregateID == o.ProductID {
				return nil
			}
		}
		return errors.New("the event has not arrived")
	})
	c.reservation.crash()
	end := <-got
	return end.response, end.err
}

// TestReplayOfOldEvents delivers every stock.reserved event once more to a
// reservation service that has lost all its rows: none of them is an interrupted
// create.
func TestReplayOfOldEvents(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 20)
	o := orderOf(product, 2)
	o.TTLSeconds = 60
	confirmed, cancelled, expired := c.reserved(t, o, ""), c.reserved(t, o, ""), c.reserved(t, o, "")
	c.confirm(t, confirmed.ID)
	c.cancel(t, cancelled.ID)
	c.clock.Advance(time.Minute)
	c.passing(t, 10*time.Millisecond, "the expiry", func() error {
		if s := c.status(t, expired.ID); s != "expired" {
			return errors.New("it is " + s)
		}
		return nil
	})
	c.rowBecomes(t, product, 18, 0)
	c.balanced(t)
	before := c.row(t, product, madrid)

	c.reservation.stop()
	execute(t, c.reservation.file, "DELETE FROM reservations")
	c.reservation.start()
	old := c.seen.of(inventory.TypeStockReserved)
	if len(old) != 3 {
		t.Fatalf("%d stock.reserved events, want 3", len(old))
	}
	asked := "GET " + stockwire.HoldsPath
	askedBefore := c.wire.count(asked)
	if err := c.broker.Publisher.PublishBatch(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	// The consumer repairs the second of two holds without a reservation after it
	// has handled every event before the first.
	other := c.newStock(t, 5)
	for i := range 2 {
		c.orphan(t, other, fmt.Sprintf("orphan-%d", i))
		eventually(t, "the repair of a new hold", func() error {
			if s := c.status(t, fmt.Sprintf("orphan-%d", i)); s != "pending" {
				return errors.New("it is " + s)
			}
			return nil
		})
	}
	if n := c.wire.count(asked) - askedBefore; n < len(old) {
		t.Errorf("stock was asked about %d holds: the events were not replayed", n)
	}
	if list := c.reservations(t, product, madrid); len(list) != 0 {
		t.Errorf("old events made %d reservations: %+v", len(list), list)
	}
	if after := c.row(t, product, madrid); after != before {
		t.Errorf("old events changed the stock from %+v to %+v", before, after)
	}
}

// orphan creates a hold of one unit without a request to reservation.
func (c *cluster) orphan(t testing.TB, product, id string) {
	t.Helper()
	a := c.do(t, "POST", stockwire.HoldsPath, stockwire.HoldsRequest{Holds: []stockwire.Hold{{
		ReservationID: id, CustomerID: "customer-1", TTLSeconds: 60,
		ExpiresAt: events.FormatTime(c.clock.Now().Add(time.Minute)),
		Lines:     []stockwire.Line{{ProductID: product, StoreID: madrid, Quantity: 1}},
	}}}, httpapi.ServiceKeyHeader, serviceKey)
	got := decode[stockwire.HoldsAnswer](t, a.wants(t, 200))
	if len(got.Results) != 1 || got.Results[0].Outcome != stockwire.OutcomeGranted {
		t.Fatal(a)
	}
}

// execute changes the database of a stopped service.
func execute(t testing.TB, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}
