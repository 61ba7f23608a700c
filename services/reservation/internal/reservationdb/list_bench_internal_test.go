package reservationdb

import (
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency/idempotencysqlite"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/reservation/internal/reservation"
)

// manyReservations are 1,000,000: 600,000 of one row and the others of 1,000
// rows. 50,000 are pending, 30,000 of them in the one row. They are written before
// the migration that counts and indexes them, which does so for all at once.
const manyReservations = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
	INSERT INTO reservations (id, product_id, store_id, customer_id, quantity, ttl_seconds, status, reason, version, expires_at, created_at, updated_at)
	SELECT printf('0199f3a0-0000-7000-%04x-%012x', abs(random()) % 65536, i), iif(i % 10 < 6, 'p-0', printf('p-%d', i % 1000)),
		iif(i % 10 < 6, 'S-0', printf('S-%d', i % 10)), 'Ada', 1, 600,
		CASE WHEN i % 20 = 1 THEN 'pending' WHEN i % 4 THEN 'confirmed' WHEN i % 8 THEN 'cancelled' ELSE 'expired' END, '', 1,
		at, at, at
	FROM (SELECT i, printf('2026-01-01T%02d:%02d:%02d.%03dZ', i / 3600000, i / 60000 % 60, i / 1000 % 60, i % 1000) AS at FROM n)`

// BenchmarkLists reads every list of reservations from 1,000,000, with its total.
func BenchmarkLists(b *testing.B) {
	o := sqlite.Options{Path: filepath.Join(b.TempDir(), "reservation.db")}
	shared := []sqlite.Component{outboxsqlite.Component(), idempotencysqlite.Component()}
	sqlitetest.Release(b, o, 3, sqlite.Component{Name: "reservation", FS: migrations}, shared, manyReservations)
	db, err := Open(b.Context(), database.Config{SQLitePath: o.Path, Synchronous: o.Synchronous},
		database.Deps{Clock: clock.System{}, Logger: o.Logger})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	sqlitetest.Pages(b, "pending", func(page paging.Page) (paging.List[reservation.Reservation], error) {
		return db.Pending(b.Context(), "S-0", nil, page)
	})
	for name, status := range map[string]protocol.Status{
		"of a row": protocol.Absent, "pending of a row": protocol.Pending, "expired of a row": protocol.Expired,
	} {
		f := reservation.RowFilter{ProductID: "p-0", StoreID: "S-0", Status: status}
		sqlitetest.Pages(b, name, func(page paging.Page) (paging.List[reservation.Reservation], error) {
			return db.OfRow(b.Context(), f, page)
		})
	}
	for name, f := range searches() {
		if f.Reference != nil { // the reservations have none
			continue
		}
		b.Run("search "+name, func(b *testing.B) {
			page := paging.Page{Limit: 100}
			sqlitetest.Percentiles(b, func() {
				list, err := db.Search(b.Context(), f, page)
				if err != nil {
					b.Fatal(err)
				}
				page.After = list.Next
			})
		})
	}
	b.Run("stats", func(b *testing.B) {
		sqlitetest.Percentiles(b, func() {
			if _, err := db.CountByStatus(b.Context(), nil); err != nil {
				b.Fatal(err)
			}
		})
	})
}
