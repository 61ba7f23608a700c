package notifierdb

import (
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/webhook"
)

// Webhooks and alert rules are few, and may be read completely.
func TestLists_Plans(t *testing.T) {
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for name, q := range map[string]sqlite.ListQuery{
		"alerts":           listOfAlerts(alert.Filter{}),
		"alerts of store":  listOfAlerts(alert.Filter{StoreID: "A"}),
		"alerts of stores": listOfAlerts(alert.Filter{Within: []string{"A", "B"}}),
		"deliveries":       listOfDeliveries("w", ""),
		"dead deliveries":  listOfDeliveries("w", webhook.Dead),
		"webhooks":         listOfWebhooks(),
		"rules":            listOfRules(nil),
		"rules of a store": listOfRules([]string{"A"}),
	} {
		for kind, query := range q.Statements() {
			sqlitetest.NoScan(t, db.Reader(), name+" "+kind, query, "webhooks", "r", "ix_feed_alerts")
		}
	}
}
