package notifierdb_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/notifierdb"
	"inventory.example/services/notifier/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func openDB(t testing.TB) (*notifierdb.DB, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(start)
	db, err := notifierdb.Open(context.Background(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), Synchronous: "OFF"},
		database.Deps{Clock: c, Logger: slog.New(slog.DiscardHandler), Rehearse: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, c
}

func insertWebhook(t testing.TB, db *notifierdb.DB, id string) {
	t.Helper()
	err := notifierdb.Webhooks{DB: db}.Write(t.Context(), func(tx webhook.Tx) error {
		return tx.InsertWebhook(webhook.Webhook{
			ID: id, Details: webhook.Details{URL: "http://x", Active: true, EventTypes: []events.Type{}, StoreIDs: []string{}}, Version: 1,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func record(t testing.TB, db *notifierdb.DB, c clock.Clock, id, product string) {
	t.Helper()
	e, err := events.New(events.Meta{ID: id, At: c.Now()}, inventory.StockLow{ProductID: product, StoreID: "MAD-001"})
	if err == nil {
		err = feed.New(feed.Options{Repository: db, Clock: c}).Record(t.Context(), e)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, db *notifierdb.DB, table string) (n int) {
	t.Helper()
	if err := db.Reader().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPurge_KeepsPending(t *testing.T) {
	db, c := openDB(t)
	insertWebhook(t, db, "w")
	table := notifierdb.Webhooks{DB: db}
	for i := range 3 {
		record(t, db, c, fmt.Sprint("e", i), fmt.Sprint("p", i))
	}
	due, err := table.Next(t.Context(), "w", 10)
	if err != nil || len(due) != 3 {
		t.Fatal(due, err)
	}
	err = table.Write(t.Context(), func(tx webhook.Tx) error {
		_, err := tx.Finish(webhook.Attempt{Delivery: due[0], At: c.Now(), State: webhook.Delivered})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ after, deliveries, entries int }{{0, 3, 3}, {1, 2, 2}} {
		if more, err := db.Purge(t.Context(), start.Add(time.Duration(step.after)*time.Second)); more || err != nil {
			t.Errorf("%v %v", more, err)
		}
		if d, f := count(t, db, "deliveries"), count(t, db, "feed"); d != step.deliveries || f != step.entries {
			t.Errorf("%d deliveries and %d entries are left, want %+v", d, f, step)
		}
	}
	// The webhook goes, and its deliveries with it at the next purge.
	if err := table.Write(t.Context(), func(tx webhook.Tx) error { return tx.DeleteWebhook("w") }); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Purge(t.Context(), start); err != nil || count(t, db, "deliveries") != 0 || count(t, db, "feed") != 2 {
		t.Errorf("%d deliveries, %d entries, %v", count(t, db, "deliveries"), count(t, db, "feed"), err)
	}
}

// The deliveries of deleted webhooks, and no others, are removed in small steps.
func TestPurge_DeletedWebhooks(t *testing.T) {
	db, c := openDB(t)
	insertWebhook(t, db, "m")
	record(t, db, c, "e", "p")
	const each, atOnce = 700, 500
	err := db.DB.Write(t.Context(), func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`INSERT INTO deliveries (webhook_id, event_id, event_type, ordering_key, state, created_at, document)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT w.column1, i, 'stock.low', i, 'pending', '', '{}' FROM n, (VALUES ('a'), ('m'), ('z')) w`, each)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	left := count(t, db, "deliveries")
	for more := true; more; {
		if more, err = db.Purge(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		now := count(t, db, "deliveries")
		if removed := left - now; removed > atOnce || more && removed == 0 {
			t.Errorf("%d at once", removed)
		}
		left = now
	}
	if kept := count(t, db, "deliveries WHERE webhook_id = 'm'"); kept != each+1 || left != kept {
		t.Errorf("%d are left, %d of them of a webhook that is there", left, kept)
	}
}

// A counted event is removed with its entry, and a quiet period when it has ended for
// every rule.
func TestPurge_Series(t *testing.T) {
	db, c := openDB(t)
	watch := alert.NewWatch(func() string { return fmt.Sprint("alert-", c.Now()) })
	if err := watch.Start(t.Context(), notifierdb.Alerts{DB: db}); err != nil {
		t.Fatal(err)
	}
	service := feed.New(feed.Options{Repository: db, Clock: c, Watch: watch})
	low := func(id string) {
		e, err := events.New(events.Meta{ID: id, At: c.Now()}, inventory.StockLow{ProductID: id, StoreID: "MAD-001"})
		if err == nil {
			err = service.Record(t.Context(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(entries, series, raised int) {
		t.Helper()
		if _, err := db.Purge(t.Context(), start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if f, s, r := count(t, db, "feed"), count(t, db, "feed_series"), count(t, db, "series_raised"); f != entries || s != series || r != raised {
			t.Errorf("%d entries, %d series, %d quiet periods are left, want %d, %d, %d", f, s, r, entries, series, raised)
		}
	}
	low("p")
	c.Advance(time.Minute)
	low("q")
	want(2, 1, 2) // the event of q and its alert
	c.Advance(alert.MaxQuiet - time.Minute)
	want(2, 1, 2)
	c.Advance(time.Second)
	want(2, 1, 1)
}
