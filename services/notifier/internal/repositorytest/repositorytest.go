// Package repositorytest checks that the repositories of notifier's cores, which
// share one database, keep the promises of their ports, through the
package repositorytest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencytest"
	"inventory.example/pkg/paging"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/stream"
	"inventory.example/services/notifier/internal/webhook"
)

// Webhooks are the ports of package webhook.
type Webhooks interface {
	webhook.Repository
	webhook.Queue
}

// Results is the port by which the console saves results.
type Results interface {
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	SaveResult(ctx context.Context, r idempotency.Request, result []byte) error
}

// Database has the repositories of one database, new and empty, that a test has
// opened.
type Database struct {
	Feed     feed.Repository
	Entries  stream.Feed
	Webhooks Webhooks
	Alerts   alert.Repository
	Results  Results
	// FailWrites and FailReads make the database unable to write and to read from
	// then on. nil: the adapter's test cannot do that.
	FailWrites, FailReads func()
}

// Run checks all repositories of the databases that open returns. Each of them is
// closed when its test ends. It may have the alert rules of a new installation.
func Run(t *testing.T, open func(t *testing.T) Database) {
	opened := open
	open = func(t *testing.T) Database {
		t.Helper()
		db := opened(t)
		deleteRules(t, db)
		return db
	}
	t.Run("changes of webhooks", func(t *testing.T) { runChanges(t, open, writeWebhooks, webhook.ErrConflict) })
	t.Run("changes of alert rules", func(t *testing.T) { runChanges(t, open, writeRules, alert.ErrConflict) })
	for group, checks := range map[string]map[string]func(*testing.T, Database){
		"feed": feedChecks, "webhooks": webhookChecks, "deliveries": deliveryChecks, "alert rules": ruleChecks, "alerts": alertChecks,
		"database": {
			"saves a result": savesResult, "reports failing writes": reportsFailingWrites, "reports failing reads": reportsFailingReads,
		},
	} {
		t.Run(group, func(t *testing.T) {
			for name, check := range checks {
				t.Run(name, func(t *testing.T) { check(t, open(t)) })
			}
		})
	}
}

type writer func(ctx context.Context, db Database, change func(idempotency.Store) error) error

func runChanges(t *testing.T, open func(t *testing.T) Database, write writer, conflict error) {
	idempotencytest.Run(t, func(t *testing.T) idempotencytest.Repository {
		db := open(t)
		return idempotencytest.Repository{
			Write:      func(ctx context.Context, change func(idempotency.Store) error) error { return write(ctx, db, change) },
			FindResult: db.Results.FindResult, Conflict: conflict,
		}
	})
}

func writeWebhooks(ctx context.Context, db Database, change func(idempotency.Store) error) error {
	return db.Webhooks.Write(ctx, func(tx webhook.Tx) error { return change(tx) })
}

func writeRules(ctx context.Context, db Database, change func(idempotency.Store) error) error {
	return db.Alerts.Write(ctx, func(tx alert.RuleTx) error { return change(tx) })
}

// deleteRules deletes all alert rules.
func deleteRules(t *testing.T, db Database) {
	t.Helper()
	list, err := db.Alerts.Rules(t.Context(), nil, paging.Page{Limit: alert.MaxRules})
	if err != nil {
		t.Fatal(err)
	}
	mustChange(t, db, func(tx alert.RuleTx) error {
		for _, r := range list.Items {
			if err := tx.DeleteRule(r.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

var (
	noon       = time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)
	errRefused = errors.New("refused")
)

// low returns a stock.low of a product in a store, which happened after noon.
func low(t *testing.T, id, productID, storeID string, after time.Duration) feed.Entry {
	t.Helper()
	return entry(t, id, after, inventory.StockLow{ProductID: productID, StoreID: storeID, Available: 1, ReorderPoint: 10})
}

func entry(t *testing.T, id string, after time.Duration, body events.Body) feed.Entry {
	t.Helper()
	e, err := events.New(events.Meta{ID: id, At: noon.Add(after), Version: 3, Actor: "Ada"}, body)
	if err != nil {
		t.Fatal(err)
	}
	stores, err := inventory.Stores(e)
	if err != nil {
		t.Fatal(err)
	}
	return feed.Entry{Event: e, Stores: stores}
}

func mustRecord(t *testing.T, db Database, change func(tx feed.Tx) error) {
	t.Helper()
	if err := db.Feed.Write(t.Context(), nil, change); err != nil {
		t.Fatal(err)
	}
}

// record records entries, each of which must be new, and queues them for the
// webhooks.
func record(t *testing.T, db Database, entries ...feed.Entry) {
	t.Helper()
	mustRecord(t, db, func(tx feed.Tx) error {
		for _, e := range entries {
			seq, isNew, err := tx.Record(e, noon)
			if err != nil || !isNew {
				return fmt.Errorf("record %s: new %t: %w", e.Event.ID, isNew, err)
			}
			queued := e
			queued.Seq = seq
			if err := tx.Queue(queued, noon); err != nil {
				return err
			}
		}
		return nil
	})
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func savesResult(t *testing.T, db Database) {
	once := idempotency.Request{Caller: "Ada", Key: "k", Fingerprint: "f"}
	if _, found, err := db.Results.FindResult(t.Context(), once); err != nil || found {
		t.Errorf("found %t, %v; want none", found, err)
	}
	if err := db.Results.SaveResult(t.Context(), once, []byte(`{"n":1}`)); err != nil {
		t.Fatal(err)
	}
	wantErr(t, db.Results.SaveResult(t.Context(), once, []byte(`{"n":2}`)), idempotency.ErrConflict)
	saved, found, err := db.Results.FindResult(t.Context(), once)
	if err != nil || !found || string(saved.Result) != `{"n":1}` || saved.Fingerprint != "f" {
		t.Errorf("got %+v, found %t, %v", saved, found, err)
	}
}
