package repositorytest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/notifier/internal/webhook"
)

var deliveryChecks = map[string]func(*testing.T, Database){
	"go to the webhooks that want the event": deliveriesMatch,
	"of one key are due one by one":          deliveriesKeepOrder,
	"keep the outcome of an attempt":         deliveriesKeepOutcome,
	"are repeated":                           deliveriesRepeat,
	"may have an event of their own":         deliveriesOwn,
	"are logged, newest first":               deliveriesLog,
	"name the webhooks that got some":        deliveriesTellWebhooks,
	"have a document":                        deliveriesHaveDocument,
	"that are gone are left alone":           deliveriesThatAreGone,
}

// due returns the deliveries of a webhook that are due or will be.
func due(t *testing.T, db Database, webhookID string) []webhook.Delivery {
	t.Helper()
	list, err := db.Webhooks.Next(t.Context(), webhookID, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wantDue requires the events of the deliveries that are due or will be.
func wantDue(t *testing.T, db Database, webhookID string, want ...string) {
	t.Helper()
	var got []string
	for _, d := range due(t, db, webhookID) {
		got = append(got, d.EventID)
		if d.WebhookID != webhookID || d.ID == 0 {
			t.Errorf("delivery %+v of %s", d, webhookID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("due for %s: %q, want %q", webhookID, got, want)
	}
}

// finish stores the outcome of an attempt after noon, and requires that it makes
// another delivery due, or none.
func finish(t *testing.T, db Database, a webhook.Attempt, unblocks bool) {
	t.Helper()
	mustWrite(t, db, func(tx webhook.Tx) error {
		unblocked, err := tx.Finish(a)
		if unblocked != unblocks {
			t.Errorf("finishing %s unblocks: %t, want %t", a.EventID, unblocked, unblocks)
		}
		return err
	})
}

// attempt returns the first attempt of a delivery, a minute after noon.
func attempt(d webhook.Delivery, state webhook.State) webhook.Attempt {
	d.Attempts++
	return webhook.Attempt{Delivery: d, At: noon.Add(time.Minute), State: state, Result: webhook.Result{Status: 200}}
}

func logged(t *testing.T, db Database, webhookID string, id int64) webhook.Record {
	t.Helper()
	var r webhook.Record
	mustWrite(t, db, func(tx webhook.Tx) error {
		var found bool
		var err error
		if r, found, err = tx.Delivery(webhookID, id); !found {
			t.Errorf("delivery %d of %s is not found", id, webhookID)
		}
		return err
	})
	return r
}

func deliveriesMatch(t *testing.T, db Database) {
	all, typed, stored, inactive, aborted := hook("all"), hook("typed"), hook("stored"), hook("inactive"), hook("aborted")
	typed.EventTypes = []events.Type{inventory.TypeReservationExpired, inventory.TypeStockLow}
	stored.StoreIDs = []string{"BCN-001", "MAD-001"}
	inactive.Active, aborted.IncludeAborted = false, true
	insertWebhooks(t, db, all, typed, stored, inactive, aborted)
	broken := entry(t, "broken", 0, inventory.ReservationCancelled{
		ReservationID: "r-1", ProductID: "p-9", StoreID: "MAD-001", Quantity: 1, Reason: inventory.ReasonAborted, Aborted: true,
	})
	broken.Aborted = true
	record(t, db, low(t, "mad", "p-1", "MAD-001", 0), low(t, "svq", "p-2", "SVQ-001", 0), low(t, "mad-0", "p-3", "MAD-0", 0),
		entry(t, "transfer", 0, inventory.StockTransferred{
			ProductID: "p-4", FromStore: "SVQ-001", ToStore: "BCN-001", Quantity: 1, FromVersion: 2, ToVersion: 1,
		}),
		entry(t, "product", 0, inventory.ProductDeleted{ID: "p-5", SKU: "A", Version: 2}), broken)
	wantDue(t, db, "all", "mad", "svq", "mad-0", "transfer", "product")
	wantDue(t, db, "typed", "mad", "svq", "mad-0")
	wantDue(t, db, "stored", "mad", "transfer")
	wantDue(t, db, "inactive")
	wantDue(t, db, "aborted", "mad", "svq", "mad-0", "transfer", "product", "broken")
	if d := due(t, db, "all")[0]; d.Attempts != 0 || d.DueAt != noon {
		t.Errorf("got %+v, want no attempts and due at %s", d, noon)
	}
	if list, err := db.Webhooks.Next(t.Context(), "all", 2); err != nil || len(list) != 2 || list[1].EventID != "svq" {
		t.Errorf("the next two are %+v, %v", list, err)
	}
}

func deliveriesKeepOrder(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	record(t, db, low(t, "a-1", "a", "S", 0), low(t, "a-2", "a", "T", 0), low(t, "b-1", "b", "S", 0), low(t, "a-3", "a", "S", 0))
	wantDue(t, db, "w-1", "a-1", "b-1")
	first := attempt(due(t, db, "w-1")[0], webhook.Pending)
	first.NextAt = noon.Add(time.Hour)
	finish(t, db, first, false)
	wantDue(t, db, "w-1", "b-1", "a-1") // the longest due first
	if d := due(t, db, "w-1")[1]; d.Attempts != 1 || d.DueAt != noon.Add(time.Hour) {
		t.Errorf("got %+v, want one attempt and due at %s", d, noon.Add(time.Hour))
	}
	finish(t, db, attempt(first.Delivery, webhook.Delivered), true)
	wantDue(t, db, "w-1", "b-1", "a-2")
	if d := due(t, db, "w-1")[1]; d.DueAt != noon.Add(time.Minute) {
		t.Errorf("got %+v, want it due since the attempt at %s", d, noon.Add(time.Minute))
	}
	finish(t, db, attempt(due(t, db, "w-1")[1], webhook.Dead), true)
	wantDue(t, db, "w-1", "b-1", "a-3")
	finish(t, db, attempt(due(t, db, "w-1")[0], webhook.Delivered), false)
	wantDue(t, db, "w-1", "a-3")
	wantDue(t, db, "w-2", "a-1", "b-1")
}

func deliveriesKeepOutcome(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"))
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	d := due(t, db, "w-1")[0]
	want := webhook.Record{
		ID: d.ID, WebhookID: "w-1", EventID: "e-1", EventType: inventory.TypeStockLow, State: webhook.Pending, CreatedAt: noon, NextAttemptAt: noon,
	}
	if got := logged(t, db, "w-1", d.ID); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	finish(t, db, webhook.Attempt{
		Delivery: webhook.Delivery{ID: d.ID, WebhookID: "w-1", EventID: "e-1", Attempts: 1}, At: noon.Add(time.Second), Latency: 1500 * time.Millisecond,
		Result: webhook.Result{Failure: "time-out ü"}, State: webhook.Pending, NextAt: noon.Add(time.Minute),
	}, false)
	want.Attempts, want.LastAttemptAt, want.LatencyMS, want.Failure = 1, noon.Add(time.Second), 1500, "time-out ü"
	want.NextAttemptAt = noon.Add(time.Minute)
	if got := logged(t, db, "w-1", d.ID); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	finish(t, db, webhook.Attempt{
		Delivery: webhook.Delivery{ID: d.ID, WebhookID: "w-1", EventID: "e-1", Attempts: 2}, At: noon.Add(time.Hour), Latency: 2 * time.Millisecond,
		Result: webhook.Result{Status: 404, Excerpt: "no \"such\" 名前"}, State: webhook.Dead,
	}, false)
	want.State, want.Attempts, want.NextAttemptAt, want.FinishedAt = webhook.Dead, 2, time.Time{}, noon.Add(time.Hour)
	want.LastAttemptAt, want.LatencyMS, want.Failure, want.Status, want.Response = noon.Add(time.Hour), 2, "", 404, "no \"such\" 名前"
	if got := logged(t, db, "w-1", d.ID); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func deliveriesRepeat(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"))
	record(t, db, low(t, "a-1", "a", "S", 0))
	old := due(t, db, "w-1")[0]
	finish(t, db, attempt(old, webhook.Dead), false)
	record(t, db, low(t, "a-2", "a", "S", 0))
	var again int64
	mustWrite(t, db, func(tx webhook.Tx) (err error) {
		again, err = tx.Repeat(old.ID, noon.Add(time.Hour))
		return err
	})
	wantDue(t, db, "w-1", "a-2") // the repetition waits for the one of its key
	want := webhook.Record{
		ID: again, WebhookID: "w-1", EventID: "a-1", EventType: inventory.TypeStockLow, State: webhook.Pending, CreatedAt: noon.Add(time.Hour),
	}
	if got := logged(t, db, "w-1", again); got != want || again <= old.ID {
		t.Errorf("got %+v, want %+v", got, want)
	}
	finish(t, db, attempt(due(t, db, "w-1")[0], webhook.Delivered), true)
	wantDue(t, db, "w-1", "a-1")
	wantDocument(t, db, again, string(low(t, "a-1", "a", "S", 0).Event.Document()))
	mustWrite(t, db, func(tx webhook.Tx) (err error) { // nothing of its key is pending but itself
		again, err = tx.Repeat(old.ID, noon)
		return err
	})
	if got := logged(t, db, "w-1", again); !got.NextAttemptAt.IsZero() {
		t.Errorf("a second repetition is due at %s beside the first", got.NextAttemptAt)
	}
}

func wantDocument(t *testing.T, db Database, id int64, want string) {
	t.Helper()
	if got, found, err := db.Webhooks.Document(t.Context(), id); err != nil || !found || string(got) != want {
		t.Errorf("document %s, found %t, %v; want %s", got, found, err, want)
	}
}

func deliveriesOwn(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	var id int64
	mustWrite(t, db, func(tx webhook.Tx) (err error) {
		id, err = tx.QueueOwn("w-1", "own", webhook.TestType, []byte(`{"own":"ü 👍"}`), noon.Add(time.Second))
		return err
	})
	want := webhook.Record{
		ID: id, WebhookID: "w-1", EventID: "own", EventType: webhook.TestType, State: webhook.Pending,
		CreatedAt: noon.Add(time.Second), NextAttemptAt: noon.Add(time.Second),
	}
	if got := logged(t, db, "w-1", id); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	wantDocument(t, db, id, `{"own":"ü 👍"}`)
	wantDue(t, db, "w-1", "e-1", "own")
	wantDue(t, db, "w-2", "e-1")
	wantEntries(t, db, "e-1")
	mustWrite(t, db, func(tx webhook.Tx) error {
		_, found, err := tx.Delivery("w-2", id)
		if found {
			t.Error("the delivery is found for another webhook")
		}
		return err
	})
}

func deliveriesLog(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	record(t, db, low(t, "e-1", "p-1", "A", 0), low(t, "e-2", "p-2", "A", 0), low(t, "e-3", "p-3", "A", 0), low(t, "e-4", "p-4", "A", 0))
	list := due(t, db, "w-1")
	finish(t, db, attempt(list[0], webhook.Delivered), false)
	finish(t, db, attempt(list[1], webhook.Dead), false)
	finish(t, db, attempt(list[2], webhook.Delivered), false)
	want := func(id string, state webhook.State, want ...string) {
		t.Helper()
		read := func(p paging.Page) (paging.List[webhook.Record], error) {
			return db.Webhooks.Deliveries(t.Context(), id, state, p)
		}
		pagingtest.WantList(t, read, func(r webhook.Record) string { return r.EventID }, want...)
	}
	want("w-1", "", "e-4", "e-3", "e-2", "e-1")
	want("w-1", webhook.Delivered, "e-3", "e-1")
	want("w-1", webhook.Dead, "e-2")
	want("w-1", webhook.Pending, "e-4")
	want("w-2", webhook.Pending, "e-4", "e-3", "e-2", "e-1")
	want("w-2", webhook.Dead)
	want("w-3", "")
	page, err := db.Webhooks.Deliveries(t.Context(), "w-1", webhook.Dead, paging.Page{Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Items[0] != logged(t, db, "w-1", list[1].ID) {
		t.Errorf("got %+v, %v; want every field", page.Items, err)
	}
}

func deliveriesTellWebhooks(t *testing.T, db Database) {
	last := func() int64 {
		t.Helper()
		last, err := db.Webhooks.LastQueued(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return last
	}
	if n := last(); n != 0 {
		t.Errorf("the last delivery is %d, want 0", n)
	}
	low1, low2 := hook("low-1"), hook("low-2")
	low2.StoreIDs = []string{"B"}
	insertWebhooks(t, db, low1, low2)
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	begin := last()
	want := func(after int64, limit int, want []string, wantLast int64) {
		t.Helper()
		ids, last, err := db.Webhooks.QueuedAfter(t.Context(), after, limit)
		slices.Sort(ids)
		if err != nil || !reflect.DeepEqual(ids, want) || last != wantLast {
			t.Errorf("%d after %d: %q up to %d, %v; want %q up to %d", limit, after, ids, last, err, want, wantLast)
		}
	}
	want(begin, 10, nil, begin)
	record(t, db, low(t, "e-2", "p-2", "A", 0), low(t, "e-3", "p-3", "A", 0), low(t, "e-4", "p-4", "B", 0))
	end := last()
	want(begin, 10, []string{"low-1", "low-2"}, end)
	ids, middle, err := db.Webhooks.QueuedAfter(t.Context(), begin, 2)
	if err != nil || !slices.Equal(ids, []string{"low-1"}) || middle <= begin || middle >= end {
		t.Errorf("two after %d: %q up to %d, %v", begin, ids, middle, err)
	}
	want(middle, 10, []string{"low-1", "low-2"}, end)
	want(end, 10, nil, end)
}

func deliveriesHaveDocument(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"))
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	wantDocument(t, db, due(t, db, "w-1")[0].ID, string(low(t, "e-1", "p-1", "A", 0).Event.Document()))
	if got, found, err := db.Webhooks.Document(t.Context(), 1<<40); err != nil || found {
		t.Errorf("document %s, %v; want none", got, err)
	}
}

func deliveriesThatAreGone(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"))
	record(t, db, low(t, "e-1", "p-1", "A", 0), low(t, "e-2", "p-1", "A", 0))
	d := due(t, db, "w-1")[0]
	finish(t, db, attempt(d, webhook.Delivered), true)
	before := logged(t, db, "w-1", d.ID)
	finish(t, db, attempt(d, webhook.Dead), false) // is over already
	if got := logged(t, db, "w-1", d.ID); got != before {
		t.Errorf("got %+v, want %+v", got, before)
	}
	unknown := d
	unknown.ID = 1 << 40
	finish(t, db, attempt(unknown, webhook.Dead), false)
	mustWrite(t, db, func(tx webhook.Tx) error {
		_, found, err := tx.Delivery("w-1", unknown.ID)
		_, purgeErr := tx.PurgeDeliveries("w-1", 10)
		if found {
			t.Error("an unknown delivery is found")
		}
		return errors.Join(err, purgeErr)
	})
	finish(t, db, attempt(d, webhook.Dead), false)
	wantDue(t, db, "w-1")
}
