package reservationpg

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

// statement is a query that is put together with its arguments.
type statement struct {
	text strings.Builder
	args []any
}

// add adds text, with the next of values in place of each ?.
func (s *statement) add(text string, values ...any) {
	for _, value := range values {
		before, after, _ := strings.Cut(text, "?")
		s.args = append(s.args, value)
		s.text.WriteString(before + "$" + strconv.Itoa(len(s.args)))
		text = after
	}
	s.text.WriteString(text)
}

// The conditions that all stores of a reservation, one of which is known to be, are
// among those of the caller, which is the argument of the SQL text stores. The
// subqueries return values, and so are not turned into joins with whole tables.
func recordVisible(stores string) string {
	return `(r.line_count = 1 OR (SELECT bool_and(o.store_id = ANY(` + stores + `::text[])) FROM reservation_lines o WHERE o.reservation_id = r.id))`
}

const lineVisible = `(SELECT o.store_id FROM reservations o WHERE o.id = l.reservation_id) = ANY(?::text[])
	AND (SELECT bool_and(o.store_id = ANY(?::text[])) FROM reservation_lines o WHERE o.reservation_id = l.reservation_id)`

// listPart is a part of a list: the lines in the records, or the other lines. An
// index has it in the order of the list's key.
type listPart struct {
	id   string // the column of the reservation's id
	from string // the table with its conditions, with a ? for each argument
	args []any
}

func (p listPart) table() string { return p.id[:1] }

// recordPart and linePart are parts with the condition that the stores of the
// reservations are among those, nil: all.
func recordPart(condition string, within []string, args ...any) listPart {
	p := listPart{id: "r.id", from: "reservations r WHERE " + condition, args: args}
	if within != nil {
		p.from, p.args = p.from+" AND "+recordVisible("?"), append(p.args, within)
	}
	return p
}

func linePart(condition string, within []string, args ...any) listPart {
	p := listPart{id: "l.reservation_id", from: "reservation_lines l WHERE " + condition, args: args}
	if within != nil {
		p.from, p.args = p.from+" AND "+lineVisible, append(p.args, within, within)
	}
	return p
}

// list is the union of its parts in the order of a key.
type list struct {
	key     []string // columns that the tables of all parts have
	parts   []listPart
	counted []listPart       // the parts whose records are counted for the total
	add     func(*statement) // adds further terms to the total; nil: none
}

// listOfPending is the list of a store's pending reservations.
func listOfPending(storeID string, within []string) list {
	parts := []listPart{
		recordPart("r.store_id = ? AND r.status = 'pending'", within, storeID),
		linePart("l.store_id = ? AND l.status = 'pending' AND l.listed", within, storeID),
	}
	return list{key: []string{"expires_at", "place"}, parts: parts, counted: parts}
}

// listOfRow is the list of a stock row's reservations, with two parts for each
// status. Pending reservations are counted, those that came to an end were.
func listOfRow(f reservation.RowFilter) list {
	statuses := []string{string(f.Status)}
	if f.Status == protocol.Absent {
		statuses = []string{string(protocol.Pending), string(protocol.Confirmed), string(protocol.Cancelled), string(protocol.Expired)}
	}
	l := list{key: []string{"place"}}
	for _, status := range statuses {
		parts := []listPart{
			recordPart("r.store_id = ? AND r.product_id = ? AND r.status = ?", f.Stores, f.StoreID, f.ProductID, status),
			linePart("l.requested > 0 AND l.store_id = ? AND l.product_id = ? AND l.status = ?", f.Stores, f.StoreID, f.ProductID, status),
		}
		l.parts = append(l.parts, parts...)
		if status == string(protocol.Pending) {
			l.counted = parts
		}
	}
	l.add = func(s *statement) {
		s.add(" + (SELECT COALESCE(SUM(reservations), 0)::bigint FROM settled_totals WHERE product_id = ? AND store_id = ? AND status = ANY(?::text[])",
			f.ProductID, f.StoreID, statuses)
		if f.Stores != nil {
			s.add(" AND stores <@ ?::text[]", f.Stores)
		}
		s.add(")")
	}
	return l
}

// columnsOf returns the columns of the key in a table.
func (l list) columnsOf(table string) string {
	return table + "." + strings.Join(l.key, ", "+table+".")
}

// page returns the query of a page, with one reservation more.
func (l list) page(page paging.Page) *statement {
	var s statement
	s.add("SELECT " + columns + ", r.place FROM (")
	for i, p := range l.parts {
		if i > 0 {
			s.add(" UNION ALL ")
		}
		key := l.columnsOf(p.table())
		s.add("(SELECT " + key + ", " + p.id + " AS id FROM ")
		s.add(p.from, p.args...)
		if page.After != nil {
			s.add(" AND ("+key+") > ("+strings.TrimSuffix(strings.Repeat("?, ", len(l.key)), ", ")+")", page.After...)
		}
		s.add(" ORDER BY "+key+" LIMIT ?)", page.Limit+1+page.Offset)
	}
	s.add(" ORDER BY "+strings.Join(l.key, ", ")+" LIMIT ? OFFSET ?", page.Limit+1, page.Offset)
	s.add(") k JOIN reservations r ON r.id = k.id ORDER BY " + l.columnsOf("k"))
	return &s
}

// total returns the query of the number of all reservations in the list.
func (l list) total() *statement {
	var s statement
	s.add("SELECT 0")
	for _, p := range l.counted {
		s.add(" + (SELECT COUNT(*) FROM ")
		s.add(p.from, p.args...)
		s.add(")")
	}
	if l.add != nil {
		l.add(&s)
	}
	return &s
}

// placed is a reservation with its place in the order of records.
type placed struct {
	reservation.Reservation
	place int64
}

// readPlaced reads the records of a query, up to one more than a page has.
func readPlaced(snapshot *postgres.Snapshot, query *statement, limit int) ([]placed, error) {
	found := make([]placed, 0, limit+1)
	err := snapshot.Each(func(s postgres.Scanner) error {
		var p placed
		var err error
		p.Reservation, err = scanReservation(s, &p.place)
		found = append(found, p)
		return err
	}, query.text.String(), query.args...)
	return found, err
}

// Pending implements reservation.Reader.
func (db *DB) Pending(ctx context.Context, storeID string, within []string, page paging.Page) (paging.List[reservation.Reservation], error) {
	return db.list(ctx, listOfPending(storeID, within), page, func(p placed) paging.Key { return paging.Key{clock.Text(p.ExpiresAt), p.place} })
}

// OfRow implements reservation.Reader.
func (db *DB) OfRow(ctx context.Context, f reservation.RowFilter, page paging.Page) (paging.List[reservation.Reservation], error) {
	return db.list(ctx, listOfRow(f), page, func(p placed) paging.Key { return paging.Key{p.place} })
}

func (db *DB) list(
	ctx context.Context, l list, page paging.Page, key func(placed) paging.Key,
) (read paging.List[reservation.Reservation], err error) {
	err = db.DB.Snapshot(ctx, func(snapshot *postgres.Snapshot) error {
		var total int64
		count := l.total()
		if err := snapshot.QueryRow(count.text.String(), count.args...).Scan(&total); err != nil {
			return err
		}
		found, err := readPlaced(snapshot, l.page(page), page.Limit)
		read = paging.Map(paging.Of(page, found, total, key), func(p placed) reservation.Reservation { return p.Reservation })
		return err
	})
	if err != nil {
		return read, fmt.Errorf("read reservations: %w", err)
	}
	return read, nil
}
