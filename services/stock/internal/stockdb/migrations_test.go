package stockdb

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency/idempotencydb"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// only returns the first n migrations.
func only(t *testing.T, n int) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names[:n] {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

func TestOpen_puts_old_movements_in_the_order_of_time(t *testing.T) {
	ctx := context.Background()
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "stock.db")}
	old, err := sqlite.Open(ctx, o, outbox.Component(), idempotencydb.Component(), sqlite.Component{Name: "stock", FS: only(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	err = old.Write(ctx, func(tx *sqlite.Tx) error {
		for _, statement := range []string{
			`INSERT INTO products VALUES ('p-1', 'SKU', 'Name', 'active', 1)`,
			`INSERT INTO stock VALUES ('p-1', 'A', 3, 0, 0, 0, NULL, 0, 3, '2026-01-01T00:00:02.000Z')`,
			`INSERT INTO stock VALUES ('p-1', 'B', 1, 0, 0, 0, NULL, 0, 1, '2026-01-01T00:00:00.000Z')`,
			`INSERT INTO movements (product_id, store_id, kind, change, quantity, version, reason, created_at) VALUES
				('p-1', 'A', 'created', 1, 1, 1, '', '2026-01-01T00:00:02.000Z'),
				('p-1', 'B', 'created', 1, 1, 1, '', '2026-01-01T00:00:00.000Z'),
				('p-1', 'A', 'adjusted', 1, 2, 2, '', '2026-01-01T00:00:01.000Z'),
				('p-1', 'A', 'adjusted', 1, 3, 3, '', '2026-01-01T00:00:03.000Z')`,
		} {
			if _, _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	db, err := Open(ctx, o, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for store, want := range map[string]string{"A": "3@03 2@02 1@02", "B": "1@00"} {
		list, _, err := db.Movements(ctx, "p-1", store, ledger.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, m := range list {
			have = append(have, string(rune('0'+m.Quantity))+"@"+m.CreatedAt[17:19])
		}
		if got := strings.Join(have, " "); got != want {
			t.Errorf("store %s: %s, want %s", store, got, want)
		}
	}
}
