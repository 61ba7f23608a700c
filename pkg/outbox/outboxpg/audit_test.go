package outboxpg_test

import (
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxaudit"
	"inventory.example/pkg/outbox/outboxpg"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

var auditedAt = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// auditTable opens a schema with ten events, of which the first six are stamped.
// damage runs a statement within it.
func auditTable(t *testing.T, server *postgrestest.Server) (db *postgres.DB, damage func(statement string)) {
	t.Helper()
	schema := server.Schema(t)
	products := fstest.MapFS{"migrations/0001_products.sql": &fstest.MapFile{Data: []byte(
		`CREATE TABLE products (id TEXT PRIMARY KEY); INSERT INTO products VALUES ('product-0'), ('product-1'), ('product-2'), ('product-3')`,
	)}}
	db, err := postgres.Open(t.Context(), postgres.Options{
		URL: server.URL(), Schema: schema, Tables: outboxpg.Tables(), Logger: slog.New(slog.DiscardHandler),
	}, outboxpg.Component(), postgres.Component{Name: "products", FS: products})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	o := outboxpg.New(db)
	err = db.Write(t.Context(), []postgres.Need{outboxpg.Need()}, func(tx *postgres.Tx) error {
		for i := range 10 {
			meta := events.Meta{
				ID: fmt.Sprintf("event-%d", i+1), Version: int64(i + 1), At: auditedAt.Add(time.Duration(i-10) * 10 * time.Second),
			}
			e, err := events.New(meta, inventory.StockCreated{ProductID: fmt.Sprintf("product-%d", i%3), StoreID: "MAD-001"})
			if err != nil {
				return err
			}
			if err := o.Append(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	damage = func(statement string) {
		t.Helper()
		server.Exec(t, "SET search_path = "+schema+"; "+statement)
	}
	damage(`INSERT INTO acknowledged SELECT seq, created_at FROM outbox WHERE seq IN (2, 6)`)
	return db, damage
}

func auditOf(t *testing.T, db *postgres.DB, now time.Time) (check *audit.Check, state audit.Outbox) {
	t.Helper()
	err := db.Snapshot(t.Context(), func(s *postgres.Snapshot) (err error) {
		check, state, err = outboxpg.Audit(s, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return check, state
}

func TestAudit(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db, damage := auditTable(t, s)
		check, state := auditOf(t, db, auditedAt)
		if check.Rule != audit.InOrder || check.Checked != 10 || check.ViolationCount != 0 {
			t.Errorf("got %+v", check)
		}
		if want := (audit.Outbox{Events: 10, SyncedSeq: 6, Pending: 4}); state != want {
			t.Errorf("got %+v, want %+v", state, want)
		}
		// The four pending events are 40, 30, 20 and 10 s old, and the limit a minute.
		if _, state := auditOf(t, db, auditedAt.Add(35*time.Second)); state.Overdue != 2 {
			t.Errorf("%d events are overdue, want 2", state.Overdue)
		}
		damage(`DELETE FROM outbox; DELETE FROM acknowledged`)
		if check, state := auditOf(t, db, auditedAt); check.ViolationCount != 0 || state != (audit.Outbox{}) {
			t.Errorf("got %+v, %+v", check, state)
		}
	})
}

func TestAudit_finds(t *testing.T) {
	s := postgrestest.Newest(t)
	for name, test := range map[string]struct {
		damage string
		want   string
	}{
		"a gap":              {`DELETE FROM outbox WHERE seq = 4`, "seq 5 follows seq 3"},
		"a lost first event": {`DELETE FROM outbox WHERE seq = 1`, "seq 2 follows seq 0"},
		"an id that appears twice": {
			`UPDATE outbox SET id = 'event-2' WHERE seq = 5`, "2 events have the id event-2, the first with seq 2",
		},
		"lost last events": {`DELETE FROM outbox WHERE seq > 5`, "stamped up to seq 6, the last event has seq 5"},
		"a stamp before the creation": {
			`UPDATE acknowledged SET synced_at = '2026-08-01T11:59:05.000Z' WHERE until_seq = 6`,
			"event event-6 with seq 6 was created at 2026-08-01T11:59:10.000Z, but stamped 2026-08-01T11:59:05.000Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, damage := auditTable(t, s)
			damage(test.damage)
			check, _ := auditOf(t, db, auditedAt)
			if check.ViolationCount != 1 || check.Violations[0] != test.want {
				t.Errorf("got %d violations %q, want %q", check.ViolationCount, check.Violations, test.want)
			}
		})
	}
}

func TestHistory(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db, damage := auditTable(t, s)
		damage(`UPDATE outbox SET aggregate_id = 'product-9' WHERE seq = 10`)
		byProduct := outboxaudit.History[string]{
			Query: `SELECT p.id, ` + outboxaudit.EventColumns + ` FROM products p LEFT JOIN outbox e ON e.aggregate_id = p.id
	ORDER BY p.id, e.seq`,
			Scan: func(scan func(...any) error) (id string, err error) {
				err = scan(&id)
				return id, err
			},
			Same: func(a, b string) bool { return a == b },
		}
		got := ""
		err := db.Snapshot(t.Context(), func(s *postgres.Snapshot) error {
			err := byProduct.Each(s, func(id string, history []events.Event) error {
				got += id + ":"
				for _, e := range history {
					got += fmt.Sprintf(" %s %s %d %s", e.ID, e.Type, e.Version, e.Payload[:14])
				}
				got += "\n"
				return nil
			})
			if err != nil {
				return err
			}
			return outboxpg.EachStray(s, "products", func(e events.Event) error {
				got += fmt.Sprintf("stray %s of %s\n", e.ID, e.AggregateID)
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		const want = `product-0: event-1 stock.created 1 {"product_id": event-4 stock.created 4 {"product_id": event-7 stock.created 7 {"product_id":
product-1: event-2 stock.created 2 {"product_id": event-5 stock.created 5 {"product_id": event-8 stock.created 8 {"product_id":
product-2: event-3 stock.created 3 {"product_id": event-6 stock.created 6 {"product_id": event-9 stock.created 9 {"product_id":
product-3:
stray event-10 of product-9
`
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}
