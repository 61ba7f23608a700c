package sqlite_test

import (
	"runtime"
	"testing"

	"inventory.example/pkg/sqlite"
)

// BenchmarkDB_Write compares one writer with 64 concurrent ones, each change
// being an update of one hot row and an insert, with synchronous FULL.
func BenchmarkDB_Write(b *testing.B) {
	change := func(tx *sqlite.Tx) error {
		if _, _, err := tx.Exec(`UPDATE numbers SET note = x'00' WHERE n = 0`); err != nil {
			return err
		}
		_, _, err := tx.Exec(`INSERT INTO numbers (text) VALUES (?)`, "one more hold with about as much text as a row has")
		return err
	}
	b.Run("one by one", func(b *testing.B) {
		db := open(b, sqlite.Options{})
		mustWrite(b, db, insert(0))
		for b.Loop() {
			mustWrite(b, db, change)
		}
	})
	b.Run("64 writers", func(b *testing.B) {
		db := open(b, sqlite.Options{})
		mustWrite(b, db, insert(0))
		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				mustWrite(b, db, change)
			}
		})
	})
}
