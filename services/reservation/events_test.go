package reservation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi/eventsapitest"
	"inventory.example/pkg/problem"
)

// events returns up to 100 events that match a query such as "&store_id=…".
func (d *desk) events(query string) []eventsapitest.Event {
	d.t.Helper()
	return httpapitest.Decode[eventsapitest.Page](d.t, d.do("GET", "/api/v1/events/reservation?limit=100"+query, ""), 200).Events
}

// wantEvents expects exactly these events, each as "type store version payload";
// ID stands for the reservation's.
func (d *desk) wantEvents(query string, want ...string) {
	d.t.Helper()
	var have []string
	for _, e := range d.events(query) {
		text := fmt.Sprintf("%s %s %d %s", e.Type, e.StoreID, e.Version, e.Payload)
		have = append(have, strings.ReplaceAll(text, e.AggregateID, "ID"))
	}
	if !slices.Equal(have, want) {
		d.t.Errorf("events\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// stateOf returns the part of the payload of an event that shows a reservation of
// units of p-1 in MAD-001, of which all were confirmed or released.
func stateOf(status string, quantity int64) string {
	var confirmed, released int64
	switch status {
	case "confirmed":
		confirmed = quantity
	case "cancelled", "expired":
		released = quantity
	}
	return fmt.Sprintf(`"status":"%s","lines":[{"product_id":"p-1","store_id":"MAD-001","requested":%d,"quantity":%d,`+
		`"confirmed":%d,"released":%d,"returned":0,"restocked":0}]`, status, quantity, quantity, confirmed, released)
}

func TestRun(t *testing.T) {
	t.Run("publishes", testRunPublishes)
	t.Run("publishes the last events of its consumer", testRunPublishesTheLastEventsOfItsConsumer)
}

func testRunPublishes(t *testing.T) {
	d := openDesk(t)
	d.reserve(1)
	stop := d.run()
	<-d.groups.Joined
	second := d.reserve(1)
	httpapitest.Decode[item](t, d.do("POST", base+"/"+second.ID+"/confirm", ""), 200)
	published, err := d.broker.WaitFor(t.Context(), 3)
	if err != nil {
		t.Error(err)
	}
	stop()
	stored := d.events("")
	for i, e := range published {
		if i >= len(stored) || e.ID != stored[i].ID || stored[i].SyncedAt == nil {
			t.Errorf("published %s in place %d, stored %s", e.Type, i, eventsapitest.Types(stored))
		}
	}
}

// testRunPublishesTheLastEventsOfItsConsumer: the consumer ends before the
// relay.
func testRunPublishesTheLastEventsOfItsConsumer(t *testing.T) {
	d := openDesk(t)
	h := lostHold()
	d.stock.set(h, protocol.HoldHeld)
	d.groups.Last = func(handle events.Handler) error { return handle(t.Context(), d.reserved(h)) }
	stop := d.run()
	<-d.groups.Joined
	stop()
	if all := d.broker.Events(); len(all) != 1 || all[0].Type != inventory.TypeReservationCreated {
		t.Errorf("%d events were published: %+v", len(all), all)
	}
	if pending := d.events("&pending=true"); len(pending) > 0 {
		t.Errorf("pending %s", eventsapitest.Types(pending))
	}
}

func TestReady(t *testing.T) {
	d := openDesk(t)
	ready := func() int { return d.request("GET", "/ready", "").Code }
	if code := ready(); code != 503 {
		t.Errorf("before: /ready answers %d", code)
	}
	stop := d.run()
	sub := <-d.groups.Joined
	if code := ready(); code != 200 || sub.Group != "reservation" || sub.Member != "test-1" || !slices.Equal(sub.Types, []events.Type{inventory.TypeStockReserved}) {
		t.Errorf("/ready answers %d, joined with %+v", code, sub)
	}
	stop()
	if code := ready(); code != 503 {
		t.Errorf("after: /ready answers %d", code)
	}
}

func TestHealth(t *testing.T) {
	d := openDesk(t)
	d.reserve(1)
	want := `{"status":"healthy","service":"reservation","version":"1.2.3","instance_id":"test-1","timestamp":"` + startText +
		`","database":"healthy","broker":"ok","pending_events":1}`
	if w := d.request("GET", "/health", ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
}

func TestEvents(t *testing.T) {
	d := openDesk(t)
	first, second := d.reserve(1), httpapitest.Decode[item](t, d.do("POST", base, strings.Replace(body(1), "MAD", "BCN", 1)), 201)
	httpapitest.Decode[item](t, d.do("POST", base+"/"+first.ID+"/cancel", `{"reason": "too dear"}`), 200)
	for query, want := range map[string]string{
		"":                                  "reservation.created reservation.created reservation.cancelled",
		"&aggregate_id=" + first.ID:         "reservation.created reservation.cancelled",
		"&store_id=BCN-001":                 "reservation.created",
		"&event_type=reservation.cancelled": "reservation.cancelled",
		"&cursor=2":                         "reservation.cancelled",
	} {
		if got := eventsapitest.Types(d.events(query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	page := httpapitest.Decode[eventsapitest.Page](t, d.as("k-madrid", "GET", "/api/v1/events/reservation", ""), 200)
	if eventsapitest.Types(page.Events) != "reservation.created reservation.cancelled" || page.Events[0].AggregateID == second.ID {
		t.Errorf("page %+v", page)
	}
	httpapitest.WantProblem(t, d.as("k-madrid", "GET", "/api/v1/events/reservation?store_id=BCN-001", ""), 403, problem.Forbidden)
}

func TestOpen(t *testing.T) {
	t.Run("keeps everything over a restart", func(t *testing.T) {
		d := openDesk(t)
		r := d.reserve(5)
		d.reopen()
		if got := d.get(r.ID); got != r {
			t.Errorf("read %+v, created %+v", got, r)
		}
	})
	t.Run("refuses a file that is in use", func(t *testing.T) {
		if _, err := openDesk(t).another(); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("opened twice: %v", err)
		}
	})
	t.Run("refuses keys that make no sense, and leaves the file free", func(t *testing.T) {
		d := openDesk(t)
		if err := d.service.Close(); err != nil {
			t.Error(err)
		}
		config := d.config()
		config.APIKeys = "only-a-key"
		if _, err := open(t, config, d.deps()); err == nil || strings.Contains(err.Error(), "only-a-key") {
			t.Errorf("error %v", err)
		}
		d.open()
	})
}
