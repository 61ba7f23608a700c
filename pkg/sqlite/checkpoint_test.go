package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/sqlite"
)

// Readers that overlap without end leave no time at which SQLite could restart
// its log by itself.
func TestDB_logStaysShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	db := open(t, sqlite.Options{Path: path, Synchronous: "OFF"})
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec("CREATE TABLE filler (n INTEGER PRIMARY KEY, content BLOB)")
		return err
	})

	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	readers.Go(func() { overlap(ctx, t, db) })

	const written = 512 << 20
	var longest int64
	for range written >> 20 {
		mustWrite(t, db, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec("INSERT OR REPLACE INTO filler VALUES (1, zeroblob(1 << 20))")
			return err
		})
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, info.Size())
	}
	if longest > 2*sqlite.LogLimit {
		t.Errorf("the log had %d MB after %d MB of changes, want at most %d MB",
			longest>>20, written>>20, 2*sqlite.LogLimit>>20)
	}
}

// BenchmarkDB_logUnderReaders writes 500 times a second to one of 200,000
// rows while 8 readers walk all of them again and again, each in one
// transaction. It prints the greatest length of the log and the time of a
// write:
//
//	go test ./pkg/sqlite -run '^$' -bench DB_log -benchtime 10m -timeout 20m
func BenchmarkDB_logUnderReaders(b *testing.B) {
	path := filepath.Join(b.TempDir(), "log.db")
	db := open(b, sqlite.Options{Path: path, ReadConns: 8})
	const rows = 200_000
	mustWrite(b, db, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < ?)
			INSERT INTO numbers (n, text) SELECT n, 'a row about as long as a row of stock with its thresholds' FROM s`, rows)
		return err
	})
	ctx, cancel := context.WithCancel(b.Context())
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	for range 8 {
		readers.Go(func() {
			for ctx.Err() == nil {
				var sum int
				if err := db.Reader().QueryRow("SELECT SUM(LENGTH(text)) FROM numbers").Scan(&sum); err != nil {
					b.Errorf("read: %v", err)
				}
			}
		})
	}

	pace := time.NewTicker(time.Second / 500)
	defer pace.Stop()
	var longest int64
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		<-pace.C
		began := time.Now()
		mustWrite(b, db, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(`UPDATE numbers SET note = x'00' WHERE n = ?`, n*7919%rows)
			return err
		})
		took = append(took, time.Since(began))
		if info, err := os.Stat(path + "-wal"); err == nil {
			longest = max(longest, info.Size())
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(longest)/1e6, "log-MB")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1e3, "max-ms")
}

// overlap reads until ctx ends. Each of its transactions begins before the one
// before it ends.
func overlap(ctx context.Context, t *testing.T, db *sqlite.DB) {
	var before *sql.Tx
	for ctx.Err() == nil {
		tx, err := db.Reader().BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			t.Errorf("begin a read: %v", err)
			break
		}
		var count int
		if err := tx.QueryRow("SELECT COUNT(*) FROM filler").Scan(&count); err != nil {
			t.Errorf("read: %v", err)
		}
		if before != nil {
			_ = before.Rollback()
		}
		before = tx
	}
	if before != nil {
		_ = before.Rollback()
	}
}

// A reader that does not end delays the writer by a bounded time, and the log is
// emptied once it has ended.
func TestDB_logAfterLongRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	db := open(t, sqlite.Options{Path: path, Synchronous: "OFF"})
	grow := func() {
		mustWrite(t, db, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec("INSERT OR REPLACE INTO numbers (n, note) VALUES (1, zeroblob(8 << 20))")
			return err
		})
	}
	logSize := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	tx, err := db.Reader().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var count int
	if err := tx.QueryRow("SELECT COUNT(*) FROM numbers").Scan(&count); err != nil {
		t.Fatal(err)
	}
	for logSize() <= 2*sqlite.LogLimit {
		grow()
	}
	if err := tx.QueryRow("SELECT COUNT(*) FROM numbers").Scan(&count); err != nil || count != 0 {
		t.Fatalf("the reader sees %d rows (%v), want none as at its beginning", count, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for grown := 0; logSize() > sqlite.LogLimit; grown++ {
		if grown == 16 {
			t.Fatalf("the log still has %d bytes after the reader has ended", logSize())
		}
		grow()
	}
}
