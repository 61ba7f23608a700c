package repositorytest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/notifier/internal/webhook"
)

var webhookChecks = map[string]func(*testing.T, Database){
	"are none when the database is new": webhooksAreNone,
	"keep every field":                  webhooksKeepFields,
	"are inserted once":                 webhooksInsertOnce,
	"are updated over their version":    webhooksUpdate,
	"are deleted":                       webhooksDelete,
	"are listed by id":                  webhooksList,
	"know since when they fail":         webhooksFail,
	"are undone with their change":      webhooksUndo,
}

// hook returns an active webhook that wants all events.
func hook(id string) webhook.Webhook {
	return webhook.Webhook{
		ID: id, Details: webhook.Details{URL: "https://example.com/" + id, EventTypes: []events.Type{}, StoreIDs: []string{}, Active: true},
		Secret: webhook.Secret{Current: "secret of " + id}, Version: 1, CreatedAt: noon, UpdatedAt: noon,
	}
}

func mustWrite(t *testing.T, db Database, change func(tx webhook.Tx) error) {
	t.Helper()
	if err := write(t, db, change); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, db Database, change func(tx webhook.Tx) error) error {
	t.Helper()
	return db.Webhooks.Write(t.Context(), change)
}

func insertWebhooks(t *testing.T, db Database, list ...webhook.Webhook) {
	t.Helper()
	mustWrite(t, db, func(tx webhook.Tx) error {
		for _, w := range list {
			if err := tx.InsertWebhook(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantWebhook requires a webhook, in a change and outside.
func wantWebhook(t *testing.T, db Database, want webhook.Webhook) {
	t.Helper()
	got, found, err := db.Webhooks.Webhook(t.Context(), want.ID)
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, found %t, %v; want %+v", got, found, err, want)
	}
	mustWrite(t, db, func(tx webhook.Tx) error {
		got, found, err := tx.Webhook(want.ID)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("in a change: got %+v, found %t; want %+v", got, found, want)
		}
		return err
	})
}

// wantWebhooks requires the list of webhooks, and their number in a change.
func wantWebhooks(t *testing.T, db Database, want ...string) {
	t.Helper()
	read := func(p paging.Page) (paging.List[webhook.Webhook], error) { return db.Webhooks.Webhooks(t.Context(), p) }
	pagingtest.WantList(t, read, func(w webhook.Webhook) string { return w.ID }, want...)
	mustWrite(t, db, func(tx webhook.Tx) error {
		n, err := tx.CountWebhooks()
		if n != int64(len(want)) {
			t.Errorf("in a change: %d webhooks, want %d", n, len(want))
		}
		return err
	})
}

func wantNoWebhook(t *testing.T, db Database, id string) {
	t.Helper()
	if got, found, err := db.Webhooks.Webhook(t.Context(), id); err != nil || found {
		t.Errorf("%s: got %+v, %v; want none", id, got, err)
	}
}

func webhooksAreNone(t *testing.T, db Database) {
	wantNoWebhook(t, db, "w-1")
	wantWebhooks(t, db)
	mustWrite(t, db, func(tx webhook.Tx) error {
		_, found, err := tx.Webhook("w-1")
		if found {
			t.Error("in a change: found")
		}
		return err
	})
}

func webhooksKeepFields(t *testing.T, db Database) {
	full := hook("w-1")
	full.Details = webhook.Details{
		URL: "https://example.com/" + strings.Repeat("x", 2000), EventTypes: []events.Type{inventory.TypeStockLow, inventory.TypeReservationExpired},
		StoreIDs: []string{"BCN-001", "MAD-001"}, IncludeAborted: true, Description: "Ünï \"%_'\\ 👍\n名前",
	}
	full.DisabledReason, full.Version = "the endpoint returned 410 Gone", 1<<62
	full.Secret = webhook.Secret{Current: "new ü", Previous: "old ü", PreviousUntil: noon.Add(24 * time.Hour)}
	full.UpdatedAt = noon.Add(time.Hour)
	insertWebhooks(t, db, full, hook("w-2"))
	wantWebhook(t, db, full)
	wantWebhook(t, db, hook("w-2"))
}

func webhooksInsertOnce(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"))
	again := hook("w-1")
	again.URL = "https://example.com/other"
	err := write(t, db, func(tx webhook.Tx) error {
		return errors.Join(tx.InsertWebhook(hook("w-2")), tx.InsertWebhook(again))
	})
	wantErr(t, err, webhook.ErrConflict)
	wantWebhook(t, db, hook("w-1"))
	wantWebhooks(t, db, "w-1")
}

func webhooksUpdate(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	next := hook("w-1")
	next.Details = webhook.Details{
		URL: "https://example.com/new", EventTypes: []events.Type{inventory.TypeStockLow}, StoreIDs: []string{"A"}, Description: "x",
	}
	next.Secret = webhook.Secret{Current: "new", Previous: "old", PreviousUntil: noon.Add(time.Hour)}
	next.DisabledReason, next.Version, next.UpdatedAt = "reason", 2, noon.Add(time.Minute)
	mustWrite(t, db, func(tx webhook.Tx) error { return tx.UpdateWebhook(next) })
	wantWebhook(t, db, next)
	wantWebhook(t, db, hook("w-2"))
	unknown, later := hook("w-3"), next
	unknown.Version, later.Version = 2, 4
	for name, stale := range map[string]webhook.Webhook{"an earlier version": next, "a later version": later, "an unknown webhook": unknown} {
		t.Run(name, func(t *testing.T) {
			stale.URL = "https://example.com/stale"
			err := write(t, db, func(tx webhook.Tx) error {
				return errors.Join(tx.InsertWebhook(hook("w-9")), tx.UpdateWebhook(stale))
			})
			wantErr(t, err, webhook.ErrConflict)
			wantWebhook(t, db, next)
			wantWebhooks(t, db, "w-1", "w-2")
		})
	}
}

func webhooksDelete(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	record(t, db, low(t, "e-1", "p-1", "A", 0), low(t, "e-2", "p-2", "A", 0), low(t, "e-3", "p-3", "A", 0))
	mustWrite(t, db, func(tx webhook.Tx) error { return errors.Join(tx.DeleteWebhook("w-1"), tx.DeleteWebhook("unknown")) })
	wantNoWebhook(t, db, "w-1")
	wantWebhooks(t, db, "w-2")
	wantDue(t, db, "w-1", "e-1", "e-2", "e-3") // the deliveries go by themselves
	for _, want := range []int64{2, 1, 0} {
		mustWrite(t, db, func(tx webhook.Tx) error {
			removed, err := tx.PurgeDeliveries("w-1", 2)
			if removed != want {
				t.Errorf("removed %d deliveries, want %d", removed, want)
			}
			return err
		})
	}
	wantDue(t, db, "w-1")
	wantDue(t, db, "w-2", "e-1", "e-2", "e-3")
}

func webhooksList(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-3"), hook("w-1"), hook("w-2"))
	wantWebhooks(t, db, "w-1", "w-2", "w-3")
	list, err := db.Webhooks.Webhooks(t.Context(), paging.Page{Limit: 1})
	if err != nil || len(list.Items) != 1 || !reflect.DeepEqual(list.Items[0], hook("w-1")) {
		t.Errorf("got %+v, %v; want every field of the first", list.Items, err)
	}
	rest, err := db.Webhooks.Webhooks(t.Context(), paging.Page{Limit: 5, After: list.Next})
	if got := paging.Map(rest, func(w webhook.Webhook) string { return w.ID }).Items; err != nil || !slices.Equal(got, []string{"w-2", "w-3"}) {
		t.Errorf("after the first: %q, %v", got, err)
	}
}

func webhooksFail(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	want := func(id string, at, want time.Time) {
		t.Helper()
		mustWrite(t, db, func(tx webhook.Tx) error {
			since, err := tx.FailingSince(id, at)
			if since != want {
				t.Errorf("%s fails since %s, want %s", id, since, want)
			}
			return err
		})
	}
	want("w-1", noon, noon)
	want("w-1", noon.Add(time.Hour), noon)
	want("w-2", noon.Add(time.Minute), noon.Add(time.Minute))
	want("w-1", time.Time{}, time.Time{})
	want("w-1", noon.Add(time.Hour), noon.Add(time.Hour))
	next := hook("w-1")
	next.Version = 2
	mustWrite(t, db, func(tx webhook.Tx) error { return tx.UpdateWebhook(next) })
	want("w-1", noon.Add(2*time.Hour), noon.Add(2*time.Hour)) // an update forgets it
	want("w-2", noon.Add(2*time.Hour), noon.Add(time.Minute))
	want("unknown", noon, time.Time{})
	wantNoWebhook(t, db, "unknown")
}

func webhooksUndo(t *testing.T, db Database) {
	insertWebhooks(t, db, hook("w-1"), hook("w-2"))
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	next := hook("w-1")
	next.Version, next.URL = 2, "https://example.com/new"
	err := write(t, db, func(tx webhook.Tx) error {
		_, purgeErr := tx.PurgeDeliveries("w-1", 10)
		_, queueErr := tx.QueueOwn("w-1", "own", webhook.TestType, []byte(`{}`), noon)
		return errors.Join(tx.UpdateWebhook(next), tx.DeleteWebhook("w-2"), tx.InsertWebhook(hook("w-3")), purgeErr, queueErr, errRefused)
	})
	wantErr(t, err, errRefused)
	wantWebhook(t, db, hook("w-1"))
	wantWebhooks(t, db, "w-1", "w-2")
	wantDue(t, db, "w-1", "e-1")
}
