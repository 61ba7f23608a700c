package sqlite_test

import (
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/sqlite"
)

// The plan of a statement does not depend on the values that are bound to it. If it
// did, a plan could use the partial index for this value, and SQLite would have to plan
// the statement anew for each other value.
func TestDB_KeepsPlans(t *testing.T) {
	db := open(t, sqlite.Options{})
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`CREATE INDEX ix_numbers_of_a ON numbers (n) WHERE text = 'a'`)
		return err
	})
	const query = `EXPLAIN QUERY PLAN SELECT note FROM numbers WHERE text = ?`
	var id, parent, unused int64
	var written, read string
	err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
		return tx.QueryRow(query, "a").Scan(&id, &parent, &unused, &written)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Reader().QueryRowContext(t.Context(), query, "a").Scan(&id, &parent, &unused, &read); err != nil {
		t.Fatal(err)
	}
	if plans := fmt.Sprint(written, "\n", read); strings.Contains(plans, "ix_numbers_of_a") {
		t.Errorf("the plan depends on a value:\n%s", plans)
	}
}
