package system_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
)

// TestBrokerDown writes while the broker is down, and while it stores events but
// its responses are lost. Reservation cannot settle holds by calls during the test,
// so the events alone must settle them.
func TestBrokerDown(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 500)
	c.addStock(t, product, barcelona, 500)
	c.wire.always("POST "+stockwire.SettlementsPath, loseRequest)

	c.outage.mode.Store(brokerDown)
	confirmed, cancelled, open := c.trade(t, product)
	c.wantsBacklog(t)
	if r := c.row(t, product, madrid); r.Reserved == 0 {
		t.Fatal("holds were settled without call and event")
	}
	if n := len(c.seen.of(inventory.TypeReservationCreated)); n != 0 {
		t.Fatalf("%d reservation events arrived while the broker was down", n)
	}

	c.outage.mode.Store(responsesLost)
	want := c.row(t, product, madrid).Reserved
	c.passing(t, 100*time.Millisecond, "events whose acknowledgement is lost", func() error {
		if n := len(c.seen.of(inventory.TypeReservationCreated)); n == 0 {
			return errors.New("none arrived")
		}
		return nil
	})
	if h := c.only(c.reservation).health(t); h.Pending == 0 {
		t.Error("events count as published that the broker has not acknowledged")
	}
	c.outage.mode.Store(noOutage)
	c.passing(t, 100*time.Millisecond, "the backlog", c.drained)
	t.Logf("%d units were held at the end of the outage, %d events came twice", want, len(c.seen.events())-len(distinct(c.seen.events())))

	b := c.balanced(t)
	if got := b.rows[rowKey{product, madrid}].reserved; got != open {
		t.Errorf("%d units are held, want the %d of pending reservations", got, open)
	}
	for ids, status := range map[*[]string]string{&confirmed: "confirmed", &cancelled: "cancelled"} {
		for _, id := range *ids {
			if b.reservations[id].status != status {
				t.Errorf("reservation %s is %s, want %s", id, b.reservations[id].status, status)
			}
		}
	}
	c.wantsAllDelivered(t)
}

// trade creates reservations, ends some, and moves stock. It returns the confirmed
// and the cancelled reservations, and how many units stay reserved in Madrid.
func (c *cluster) trade(t testing.TB, product string) (confirmed, cancelled []string, open int64) {
	t.Helper()
	for i := range 30 {
		r := c.reserved(t, orderOf(product, 2), unique("trade"))
		// The failed settlement makes the next order pause.
		c.clock.Advance(time.Second)
		switch i % 3 {
		case 0:
			confirmed = append(confirmed, c.confirm(t, r.ID).ID)
		case 1:
			cancelled = append(cancelled, c.cancel(t, r.ID).ID)
		default:
			open += r.Quantity
		}
		c.clock.Advance(time.Second)
		c.do(t, http.MethodPost, "/api/v1/stock/"+product+"/"+madrid+"/adjust",
			map[string]any{"adjustment": 1}).wants(t, http.StatusOK)
		c.do(t, http.MethodPost, "/api/v1/stock/transfer", map[string]any{
			"product_id": product, "from_store_id": madrid, "to_store_id": barcelona, "quantity": 1,
		}).wants(t, http.StatusOK)
		c.do(t, http.MethodPut, "/api/v1/products/"+product, map[string]any{
			"sku": "SKU-" + product, "name": fmt.Sprintf("Name %d", i),
		}).wants(t, http.StatusOK)
	}
	return confirmed, cancelled, open
}

// wantsBacklog fails the test unless every service reports that it still writes
// and that its events are pending.
func (c *cluster) wantsBacklog(t testing.TB) {
	t.Helper()
	for _, n := range []*node{c.catalog, c.stock, c.reservation} {
		eventually(t, "health of "+n.name+" while the broker is down", func() error {
			if h := c.only(n).health(t); h.Status != "degraded" || h.Broker != "unavailable" || h.Pending == 0 {
				return fmt.Errorf("%+v", h)
			}
			return nil
		})
		pending, err := c.client.events(n.name, "&pending=true")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range pending {
			if e.SyncedAt != nil {
				t.Errorf("event %d of %s is pending and was published at %s", e.Seq, n.name, *e.SyncedAt)
			}
		}
		if len(pending) == 0 {
			t.Errorf("%s has no pending events in its table", n.name)
		}
	}
}

// drained returns an error while a service has pending events, or stock has holds
// that wait for their settlement.
func (c *cluster) drained() error {
	for _, n := range []*node{c.catalog, c.stock, c.reservation} {
		pending, err := c.client.events(n.name, "&pending=true")
		if err != nil {
			return err
		}
		if len(pending) > 0 {
			return fmt.Errorf("%d events of %s are pending", len(pending), n.name)
		}
	}
	b, err := c.read()
	if err != nil {
		return err
	}
	return b.settled()
}

// distinct returns the events without repetitions, the first of each kept.
func distinct(list []events.Event) (all []events.Event) {
	seen := map[string]bool{}
	for _, e := range list {
		if !seen[e.ID] {
			seen[e.ID] = true
			all = append(all, e)
		}
	}
	return all
}

// wantsAllDelivered fails the test unless the recording group got every event
// of every table, and those of each aggregate in the order of its versions
// without a gap.
func (c *cluster) wantsAllDelivered(t testing.TB) {
	t.Helper()
	want := map[string]tableEvent{}
	for _, n := range []*node{c.catalog, c.stock, c.reservation} {
		list, err := c.client.events(n.name, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			want[e.ID] = e
		}
	}
	var got []events.Event
	eventually(t, "delivery to the recording group", func() error {
		if got = distinct(c.seen.events()); len(got) < len(want) {
			return fmt.Errorf("%d of %d events", len(got), len(want))
		}
		return nil
	})
	if len(got) != len(want) {
		t.Errorf("%d events were delivered, want %d", len(got), len(want))
	}
	versions := map[string]int64{}
	follows := func(aggregate string, version int64, e events.Event) {
		if version != versions[aggregate]+1 {
			t.Errorf("%s: %s brings version %d after %d", aggregate, e.Type, version, versions[aggregate])
		}
		versions[aggregate] = version
	}
	for _, e := range got {
		if _, made := want[e.ID]; !made {
			t.Errorf("%s %s is in no table", e.Type, e.ID)
		}
		switch {
		case e.Type == inventory.TypeStockTransferred:
			p, err := events.PayloadAs[inventory.StockTransferred](e)
			if err != nil {
				t.Fatal(err)
			}
			follows(p.ProductID+" "+p.FromStore, p.FromVersion, e)
			follows(p.ProductID+" "+p.ToStore, p.ToVersion, e)
		case e.Type == inventory.TypeStockLow: // has the number of the version before it
		case e.AggregateType == inventory.AggregateStock:
			follows(e.AggregateID+" "+e.StoreID, e.Version, e)
		default:
			follows(e.AggregateID, e.Version, e)
		}
	}
}
