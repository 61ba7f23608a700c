package reservationpg

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

// record is a reservation as a group has it.
type record struct {
	reservation.Reservation
	read int64 // the version that is in the database; 0: none
}

const (
	// columns are those of a reservation, of a table r. The other lines are JSON:
	// one statement reads all of them, so they are consistent.
	columns = `r.id, r.product_id, r.store_id, r.quantity, r.requested, r.confirmed, r.released, r.returned, r.restocked,
	r.customer_id, COALESCE(r.reference, ''), COALESCE(r.request_hash, ''), r.ttl_seconds, r.status, COALESCE(r.ended_by, ''), r.reason,
	r.version, r.actor, r.updated_by, r.expires_at, r.created_at, r.updated_at, ` + linesColumn

	linesColumn = `CASE WHEN r.line_count > 1 THEN (SELECT json_agg(json_build_object(
		'product_id', l.product_id, 'store_id', l.store_id, 'quantity', l.quantity, 'requested', l.requested,
		'confirmed', l.confirmed, 'released', l.released, 'returned', l.returned, 'restocked', l.restocked) ORDER BY l.line)::text
	FROM reservation_lines l WHERE l.reservation_id = r.id) END`

	// given are the values of recordColumns as a table n.
	given = `unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
	$10::bigint[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::text[], $16::text[], $17::text[], $18::bigint[],
	$19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::bigint[]) WITH ORDINALITY
	AS n (id, product_id, store_id, quantity, requested, confirmed, released, returned, restocked,
		line_count, customer_id, reference, request_hash, ttl_seconds, status, ended_by, reason, version,
		actor, updated_by, expires_at, created_at, updated_at, read, nth)`
)

// reservations are the records of reservations with all their lines. The lines after
// the first are written by otherLines.
var reservations = &postgres.Set[string, record]{
	Name: "reservations",
	Load: `SELECT ` + columns + ` FROM reservations r WHERE r.id = ANY($1)`,
	Keys: func(ids []string) []any { return []any{ids} },
	Scan: func(s postgres.Scanner) (string, record, error) {
		r, err := scanReservation(s)
		return r.ID, record{r, r.Version}, err
	},
	// The order of the changes is that of the places.
	Insert: `INSERT INTO reservations (id, product_id, store_id, quantity, requested, confirmed, released, returned, restocked,
	line_count, customer_id, reference, request_hash, ttl_seconds, status, ended_by, reason, version,
	actor, updated_by, expires_at, created_at, updated_at)
SELECT id, product_id, store_id, quantity, requested, confirmed, released, returned, restocked,
	line_count, customer_id, reference, request_hash, ttl_seconds, status, ended_by, reason, version,
	actor, updated_by, expires_at, created_at, updated_at FROM ` + given + ` ORDER BY nth`,
	Update: `UPDATE reservations r SET confirmed = n.confirmed, released = n.released, returned = n.returned, restocked = n.restocked,
	line_count = n.line_count, reference = n.reference, status = n.status, ended_by = n.ended_by, reason = n.reason, version = n.version,
	updated_by = n.updated_by, expires_at = n.expires_at, updated_at = n.updated_at
FROM ` + given + ` WHERE r.id = n.id AND r.version = n.read`,
	Columns: recordColumns,
}

func recordColumns(list []record) []any {
	text := func(of func(reservation.Reservation) string) []string {
		return postgres.Column(list, func(r record) string { return of(r.Reservation) })
	}
	textOrNull := func(of func(reservation.Reservation) string) []*string {
		return postgres.Column(list, func(r record) *string { return postgres.Nullable(of(r.Reservation)) })
	}
	at := func(of func(reservation.Reservation) time.Time) []string {
		return postgres.Column(list, func(r record) string { return clock.Text(of(r.Reservation)) })
	}
	number := func(of func(reservation.Reservation) int64) []int64 {
		return postgres.Column(list, func(r record) int64 { return of(r.Reservation) })
	}
	firsts := postgres.Column(list, func(r record) reservation.Line { return r.AllLines()[0] })
	first := func(of func(reservation.Line) int64) []int64 { return postgres.Column(firsts, of) }
	return []any{
		text(func(r reservation.Reservation) string { return r.ID }),
		postgres.Column(firsts, func(l reservation.Line) string { return l.ProductID }),
		postgres.Column(firsts, func(l reservation.Line) string { return l.StoreID }),
		first(func(l reservation.Line) int64 { return l.Quantity }),
		first(func(l reservation.Line) int64 { return l.Requested }),
		first(func(l reservation.Line) int64 { return l.Committed }),
		first(func(l reservation.Line) int64 { return l.Released }),
		first(func(l reservation.Line) int64 { return l.Returned }),
		first(func(l reservation.Line) int64 { return l.Restocked }),
		number(func(r reservation.Reservation) int64 { return int64(max(1, len(r.Lines))) }),
		text(func(r reservation.Reservation) string { return r.CustomerID }),
		textOrNull(func(r reservation.Reservation) string { return r.Reference }),
		textOrNull(func(r reservation.Reservation) string { return r.RequestHash }),
		number(func(r reservation.Reservation) int64 { return r.TTLSeconds }),
		text(func(r reservation.Reservation) string { return string(r.Status) }),
		textOrNull(func(r reservation.Reservation) string { return string(r.EndedBy) }),
		text(func(r reservation.Reservation) string { return r.Reason }),
		number(func(r reservation.Reservation) int64 { return r.Version }),
		text(func(r reservation.Reservation) string { return r.Actor }),
		text(func(r reservation.Reservation) string { return r.UpdatedBy }),
		at(func(r reservation.Reservation) time.Time { return r.ExpiresAt }),
		at(func(r reservation.Reservation) time.Time { return r.CreatedAt }),
		at(func(r reservation.Reservation) time.Time { return r.UpdatedAt }),
		postgres.Column(list, func(r record) int64 { return r.read }),
	}
}

// scanReservation reads columns, and after them the values of more.
func scanReservation(s postgres.Scanner, more ...any) (r reservation.Reservation, err error) {
	var first reservation.Line
	var lines *string
	err = s.Scan(append([]any{
		&r.ID, &first.ProductID, &first.StoreID, &first.Quantity, &first.Requested, &first.Committed, &first.Released, &first.Returned,
		&first.Restocked, &r.CustomerID, &r.Reference, &r.RequestHash, &r.TTLSeconds, (*string)(&r.Status), (*string)(&r.EndedBy),
		&r.Reason, &r.Version, &r.Actor, &r.UpdatedBy, engine.Time(&r.ExpiresAt), engine.Time(&r.CreatedAt), engine.Time(&r.UpdatedAt), &lines,
	}, more...)...)
	if err != nil {
		return r, err
	}
	err = addLines(&r, first, lines)
	return r, err
}

// addLines sets the lines of r from its first line and linesColumn.
func addLines(r *reservation.Reservation, first reservation.Line, others *string) error {
	if others == nil && first.Requested == first.Quantity && first.Totals == reservation.TotalsOf(r.Status, first.Quantity) {
		r.ProductID, r.StoreID, r.Quantity = first.ProductID, first.StoreID, first.Quantity
		return nil
	}
	lines := []reservation.Line{first}
	if others != nil {
		var list []lineDocument
		if err := json.Unmarshal([]byte(*others), &list); err != nil {
			return fmt.Errorf("reservation %s: read lines: %w", r.ID, err)
		}
		for _, l := range list {
			lines = append(lines, l.line())
		}
	}
	*r = r.WithLines(lines)
	return nil
}

// lineDocument is a line in linesColumn.
type lineDocument struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Requested int64  `json:"requested"`
	Confirmed int64  `json:"confirmed"`
	Released  int64  `json:"released"`
	Returned  int64  `json:"returned"`
	Restocked int64  `json:"restocked"`
}

func (l lineDocument) line() reservation.Line {
	return reservation.Line{
		Line: protocol.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Confirmed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		},
		Requested: l.Requested,
	}
}

// otherLine is a line after the first of a reservation, with the columns of the
// reservation that it repeats.
type otherLine struct {
	reservation.Line
	id     string
	number int64
	listed bool
	status protocol.Status
	until  time.Time
}

// otherLines of a reservation are written whenever the reservation is. Of several
// writes of a group the last one counts.
var otherLines = &postgres.Log[otherLine]{
	Name: "reservation_lines",
	Insert: `INSERT INTO reservation_lines AS l (reservation_id, line, product_id, store_id, quantity, requested,
	confirmed, released, returned, restocked, listed, place, status, expires_at)
SELECT n.reservation_id, n.line, n.product_id, n.store_id, n.quantity, n.requested,
	n.confirmed, n.released, n.returned, n.restocked, n.listed, r.place, n.status, n.expires_at
FROM (SELECT DISTINCT ON (reservation_id, line) * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
	$7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::boolean[], $12::text[], $13::text[]) WITH ORDINALITY
	AS n (reservation_id, line, product_id, store_id, quantity, requested, confirmed, released, returned, restocked, listed, status, expires_at, nth)
	ORDER BY reservation_id, line, nth DESC) n JOIN reservations r ON r.id = n.reservation_id
ON CONFLICT (reservation_id, line) DO UPDATE SET confirmed = excluded.confirmed, released = excluded.released,
	returned = excluded.returned, restocked = excluded.restocked, status = excluded.status, expires_at = excluded.expires_at`,
	Columns: func(list []otherLine) []any {
		number := func(of func(otherLine) int64) []int64 { return postgres.Column(list, of) }
		text := func(of func(otherLine) string) []string { return postgres.Column(list, of) }
		return []any{
			text(func(l otherLine) string { return l.id }),
			number(func(l otherLine) int64 { return l.number }),
			text(func(l otherLine) string { return l.ProductID }),
			text(func(l otherLine) string { return l.StoreID }),
			number(func(l otherLine) int64 { return l.Quantity }),
			number(func(l otherLine) int64 { return l.Requested }),
			number(func(l otherLine) int64 { return l.Committed }),
			number(func(l otherLine) int64 { return l.Released }),
			number(func(l otherLine) int64 { return l.Returned }),
			number(func(l otherLine) int64 { return l.Restocked }),
			postgres.Column(list, func(l otherLine) bool { return l.listed }),
			text(func(l otherLine) string { return string(l.status) }),
			text(func(l otherLine) string { return clock.Text(l.until) }),
		}
	},
}

// put writes a reservation with all its lines.
func (t *Tx) put(r record) error {
	if err := reservations.Put(t.tx, r.ID, r); err != nil {
		return err
	}
	for i := 1; i < len(r.Lines); i++ {
		l := r.Lines[i]
		listed := l.IsAsked() && !slices.ContainsFunc(r.Lines[:i], func(o reservation.Line) bool { return o.IsAsked() && o.StoreID == l.StoreID })
		err := otherLines.Append(t.tx, otherLine{Line: l, id: r.ID, number: int64(i), listed: listed, status: r.Status, until: r.ExpiresAt})
		if err != nil {
			return err
		}
	}
	return nil
}
