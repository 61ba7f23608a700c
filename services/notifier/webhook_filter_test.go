package notifier_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/process"
)

// A webhook for each of the hundred stores of an event gets the event.
func TestWebhook_FilterByEveryStore(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	const stores = 100
	var lines []string
	for i := range stores {
		store := fmt.Sprintf("S-%03d", i)
		lines = append(lines, fmt.Sprintf(`{"product_id":"p","store_id":%q,"quantity":1}`, store))
		d.subscribe(e.URL, fmt.Sprintf(`"store_ids":["MAD-001",%q]`, store))
	}
	none := newEndpoint(t)
	d.subscribe(none.URL, `"store_ids":["MAD-001","S-0","S-0000","0"]`)
	event, err := events.Restore(events.Event{
		ID: process.NewID(), Type: inventory.TypeReservationCreated, AggregateType: inventory.AggregateReservation, AggregateID: "r", StoreID: "S-000",
		CreatedAt: d.clock.Now(), Version: 1,
	}, `{"reservation_id":"r","lines":[`+strings.Join(lines, ",")+`]}`)
	if err != nil {
		t.Fatal(err)
	}
	d.record(event)
	for range stores {
		if got := e.next(); got.id != event.ID {
			t.Errorf("got %s", got.id)
		}
	}
	last := d.publish("p", "MAD-001", 1)
	if got := none.next(); got.id != last.ID {
		t.Errorf("a webhook of other stores got %s", got.body)
	}
}

// The cancellation of an aborted reservation reaches the webhooks that ask for it;
// other cancellations reach all.
func TestWebhook_Aborted(t *testing.T) {
	d, all, most := openNotifier(t), newEndpoint(t), newEndpoint(t)
	h := d.subscribe(all.URL, `"include_aborted":true`)
	other := d.subscribe(most.URL, `"include_aborted":null`)
	cancelled := func(body inventory.ReservationCancelled) string {
		t.Helper()
		body.ReservationID, body.StoreID = process.NewID(), "MAD-001"
		e, err := events.New(events.Meta{ID: process.NewID(), At: d.clock.Now(), Version: 1}, body)
		if err != nil {
			t.Fatal(err)
		}
		d.record(e)
		return e.ID
	}
	want := func(e *endpoint, ids ...string) {
		t.Helper()
		got := make([]string, len(ids))
		for i := range got {
			got[i] = e.next().id
		}
		slices.Sort(got)
		slices.Sort(ids)
		if !slices.Equal(got, ids) {
			t.Errorf("got %v, want %v", got, ids)
		}
	}
	aborted := cancelled(inventory.ReservationCancelled{Reason: inventory.ReasonAborted, Aborted: true})
	older := cancelled(inventory.ReservationCancelled{Reason: inventory.ReasonAborted}) // as the release before sends it
	manual := cancelled(inventory.ReservationCancelled{Reason: inventory.ReasonManualCancellation})
	want(all, aborted, older, manual)
	want(most, manual)
	// A full update without the field sets its default.
	for _, change := range []struct{ id, body string }{
		{h.ID, `{"url":"` + all.URL + `"}`}, {other.ID, `{"url":"` + most.URL + `","include_aborted":true}`},
	} {
		if w := d.send("PUT", "/api/v1/webhooks/"+change.id, change.body); w.Code != 200 {
			t.Fatal(w.Body)
		}
	}
	aborted = cancelled(inventory.ReservationCancelled{Reason: inventory.ReasonAborted, Aborted: true})
	manual = cancelled(inventory.ReservationCancelled{Reason: inventory.ReasonManualCancellation})
	want(all, manual)
	want(most, aborted, manual)
	d.stop() // nothing runs any more
	if len(all.got)+len(most.got) > 0 {
		t.Error("a webhook got what it did not ask for")
	}
	d.stop = func() {}
}
