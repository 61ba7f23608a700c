package outboxsqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// TestPlans: frequent queries begin at the first row of their result, and the
// planner looks through the views. That of an aggregate's events stands for the
// joins of the audits.
func TestPlans(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "events.db"), Synchronous: "OFF"}, Component())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	chunks := func(queries ...chunkQuery) string {
		statement, _ := unionOf(queries, 0)
		return statement
	}
	for name, query := range map[string]string{
		"page": sqlPage, "position": sqlPosition, "backlog": sqlBacklog, "status": sqlStatus, "entries": sqlEntries,
		"selection":                   sqlSelection + " AND event_type IN (SELECT value FROM json_each(?))) ORDER BY seq",
		"events":                      sqlRange + orderOfPage,
		"events of chunks":            sqlAmong + whereType + whereActor + whereStore + whereWithin + orderOfPage,
		"events of an aggregate":      sqlRange + whereAggregate + whereType + orderOfPage,
		"many events of an aggregate": sqlManyOfAggregate,
		"chunks":                      chunks(chunkQuery{"type"}),
		"chunks of two filters":       chunks(chunkQuery{"type", "actor"}),
		"chunks of stores":            chunks(chunkQuery{"store", "type", "actor"}, chunkQuery{"store"}),
		"events of aggregates":        "SELECT e.seq FROM json_each(?) p LEFT JOIN events e ON e.aggregate_id = p.value",
	} {
		for _, detail := range sqlitetest.Plan(t, db.Reader(), query) {
			for _, slow := range []string{"SCAN outbox", "SCAN acknowledged", "SCAN events", "SCAN event_chunks", "SCAN event_stores", "MATERIALIZE", "CO-ROUTINE", "TEMP B-TREE", "AUTOMATIC"} {
				if strings.Contains(detail, slow) {
					t.Errorf("%s: %s", name, detail)
				}
			}
		}
	}
}
