package notifierdb

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// The frequent queries never read all deliveries or all entries.
func TestPlans(t *testing.T) {
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.NewFake(time.Unix(0, 0)), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for name, query := range map[string]string{
		"next": sqlNext, "queued": sqlQueuedAfter, "document": sqlDocument, "finish": sqlFinish, "unblock": sqlUnblock, "orphan": sqlOrphan,
		"purge of a webhook": sqlPurgeDeliveries, "purge of what is over": sqlPurgeFinished, "delivery": sqlDelivery,
		"old entries": sqlOldFeed, "purge of entries": sqlPurgeFeed, "entries": sqlEntries,
		"purge of quiet periods": sqlPurgeRaised, "last raised": sqlLastRaised, "count": sqlCountNear, "before": sqlBefore, "after": sqlAfter,
		"within": sqlWithin, "newest": sqlNewestOf, "range": sqlRecordedAfter, "queue for one": sqlQueueFor, "replay": sqlRest,
	} {
		for _, detail := range sqlitetest.Plan(t, db.Reader(), query) {
			for _, table := range []string{"deliveries", "d", "n", "feed", "f", "feed_series", "series_raised"} {
				if detail == "SCAN "+table || strings.HasPrefix(detail, "SCAN "+table+" ") {
					t.Errorf("%s: %s", name, detail)
				}
			}
		}
	}
}
