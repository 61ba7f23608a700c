package reservationpg

import (
	"log/slog"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/reservation/internal/reservation"
)

// lists are all lists with all their filters.
func lists() map[string]list {
	return map[string]list{
		"pending":               listOfPending("MAD-001", nil),
		"pending, of a key":     listOfPending("MAD-001", []string{"MAD-001"}),
		"of a row, of a key":    listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001", Stores: []string{"MAD-001"}}),
		"of a row":              listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001"}),
		"expired ones of a row": listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001", Status: protocol.Expired}),
	}
}

// searches are filters that read each index, with and without other conditions.
func searches() map[string]reservation.SearchFilter {
	customer, reference, product, store, expired := "Ada", "order-1", "p-0", "S-0", protocol.Expired
	from, to := time.Date(2026, 1, 1, 0, 5, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)
	return map[string]reservation.SearchFilter{
		"all":                    {},
		"of a time":              {From: &from, To: &to},
		"expired":                {Status: &expired},
		"of a row":               {ProductID: &product, StoreID: &store},
		"of a key's stores":      {Stores: []string{"S-0", "S-7"}},
		"of a customer":          {CustomerID: &customer},
		"of a customer, expired": {CustomerID: &customer, Status: &expired, From: &from},
		"of a reference":         {Reference: &reference},
		"of a reference in all fields": {
			CustomerID: &customer, Reference: &reference, Status: &expired, ProductID: &product, StoreID: &store, From: &from, To: &to, Stores: []string{"S-0"},
		},
	}
}

// fill records 20,000 reservations of 100 customers, products and stores, of which a
// tenth has a second line.
const fill = `INSERT INTO reservations (id, product_id, store_id, quantity, requested, confirmed, released, returned, restocked, line_count,
	customer_id, reference, ttl_seconds, status, reason, version, actor, updated_by, expires_at, created_at, updated_at)
SELECT 'r-' || i, 'p-' || i % 100, 'S-' || i % 10, 1, 1, 0, 0, 0, 0, 1 + (i % 10) / 9, 'c-' || i % 100, 'order-' || i, 600,
	CASE i % 4 WHEN 0 THEN 'pending' ELSE 'confirmed' END, '', 1, 'Ada', 'Ada', at, at, at
FROM (SELECT i, to_char(timestamp '2026-01-01' + i * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM generate_series(1, 20000) i) n;
INSERT INTO reservation_lines SELECT id, 1, 'p-2', 'S-2', 1, 1, 0, 0, 0, 0, true, place, status, expires_at FROM reservations WHERE line_count = 2;
INSERT INTO settled_totals SELECT 'p-' || i % 100, 'S-' || i / 100, ARRAY['S-' || i / 100], 'confirmed', 1 FROM generate_series(1, 2000) i;
INSERT INTO attempts SELECT 'Ada', 'k-' || i, 2 FROM generate_series(1, 2000) i`

func TestPlans(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		db, err := Open(t.Context(), database.Config{URL: s.URL(), Schema: schema}, database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		checkWriterPlans(t, s, schema)
		s.Exec(t, "SET search_path = "+schema+"; "+fill)
		for _, table := range []string{"reservations", "reservation_lines", "settled_totals", "attempts"} {
			s.Exec(t, "VACUUM ANALYZE "+schema+"."+table) // as the server does by itself
		}
		checkWriterPlans(t, s, schema)
		checkReaderPlans(t, s, schema)
	})
}

// checkWriterPlans looks at the statements of groups, whose plans may be as old as
// the empty tables.
func checkWriterPlans(t *testing.T, s *postgrestest.Server, schema string) {
	t.Helper()
	for name, query := range map[string]string{
		"load": reservations.Load, "update": reservations.Update, "write lines": otherLines.Insert, "load attempts": attempts.Load,
		"update attempts": attempts.Update, "load returns": unacknowledged.Load, "forget returns": unacknowledged.Delete,
	} {
		s.NoScan(t, schema, name, query)
	}
}

func checkReaderPlans(t *testing.T, s *postgrestest.Server, schema string) {
	t.Helper()
	for name, l := range lists() {
		for kind, query := range map[string]*statement{
			"by offset": l.page(paging.Page{Limit: 20, Offset: 20}), "total": l.total(),
			"after a key": l.page(paging.Page{Limit: 20, After: paging.Key{"2026", int64(1)}[:len(l.key)]}),
		} {
			s.NoScan(t, schema, name+" "+kind, query.text.String())
		}
	}
	for name, f := range searches() {
		q := searchOf(f, nil)
		s.NoScan(t, schema, name+": page", q.page(20).text.String())
		s.NoScan(t, schema, name+": end", q.pageEnd().text.String())
	}
	for name, query := range map[string]string{
		"reservation": sqlReservation, "due": sqlDue, "statuses": sqlStatuses, "decided": sqlDecided, "unknown": sqlUnknown,
		"attempt": sqlAttempts, "unacknowledged returns": sqlUnacknowledgedReturns,
	} {
		s.NoScan(t, schema, name, query)
	}
	// Counting the pending reservations of all stores reads their index.
	s.NoScan(t, schema, "stats", sqlCountByStatus, "ix_reservations_expires_at", "ix_reservations_pending")
	s.NoScan(t, schema, "stats of stores", sqlCountByStatusIn)
	s.NoScan(t, schema, "next due", sqlNextDue, "ix_reservations_expires_at")
}
