package reservationdb

import (
	"encoding/json"
	"fmt"
	"slices"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/engine"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	// detailsColumn is NULL for a reservation of one line that was granted as requested
	// and whose totals follow from the status; otherwise it has the first line's
	// totals and the other lines as JSON. One statement reads all of them, so they
	// are consistent.
	detailsColumn = `CASE WHEN r.line_count > 1 OR r.confirmed IS NOT NULL OR r.requested IS NOT NULL THEN json_object(
	'ended_by', r.ended_by, 'granted', r.granted, 'requested', r.requested, 'confirmed', r.confirmed, 'released', r.released,
	'returned', r.returned, 'restocked', r.restocked, 'lines', json((SELECT json_group_array(json_object(
		'product_id', l.product_id, 'store_id', l.store_id, 'quantity', l.quantity, 'requested', l.requested,
		'confirmed', l.confirmed, 'released', l.released, 'returned', l.returned, 'restocked', l.restocked) ORDER BY l.line)
	FROM reservation_lines l WHERE l.reservation_id = r.id))) END`

	// columns are those of a reservation, of a table r.
	columns = `r.id, r.product_id, r.store_id, r.customer_id, r.quantity, r.ttl_seconds, r.status, r.reason, r.version,
	r.expires_at, r.created_at, r.updated_at, COALESCE(r.actor, ''), COALESCE(r.updated_by, ''), COALESCE(r.reference, ''),
	COALESCE(r.request_hash, ''), ` + detailsColumn

	sqlInsertLine = `INSERT INTO reservation_lines (reservation_id, line, product_id, store_id, quantity, requested, listed, place, status, expires_at)
	SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, rowid, status, expires_at FROM reservations WHERE id = ?1`
)

// firstLine are the columns of a new reservation that describe its lines.
type firstLine struct {
	productID, storeID string
	quantity           int64
	granted            any // NULL: the quantity
	requested          any // NULL: the quantity
	count              int
}

func firstLineOf(r reservation.Reservation) firstLine {
	if r.Lines == nil {
		return firstLine{productID: r.ProductID, storeID: r.StoreID, quantity: r.Quantity, count: 1}
	}
	l := r.Lines[0]
	first := firstLine{productID: l.ProductID, storeID: l.StoreID, quantity: l.Quantity, requested: l.Requested, count: len(r.Lines)}
	if l.Quantity == 0 {
		first.quantity, first.granted = 1, 0
	}
	return first
}

// insertLines stores the lines of a reservation from the given one on. The one before
// is stored in the reservation.
func (t *Tx) insertLines(r reservation.Reservation, from int) error {
	for i := from; i < len(r.Lines); i++ {
		l := r.Lines[i]
		listed := l.IsAsked() && !slices.ContainsFunc(r.Lines[:i], func(o reservation.Line) bool { return o.IsAsked() && o.StoreID == l.StoreID })
		if _, _, err := t.tx.Exec(sqlInsertLine, r.ID, i, l.ProductID, l.StoreID, l.Quantity, l.Requested, listed); err != nil {
			return fmt.Errorf("insert line: %w", err)
		}
	}
	return nil
}

// details are the columns of a reservation that have to be decoded.
type details struct {
	status string
	rest   *string
}

// columns returns the destinations of the columns.
func (d *details) columns(r *reservation.Reservation) []any {
	return []any{
		&r.ID, &r.ProductID, &r.StoreID, &r.CustomerID, &r.Quantity, &r.TTLSeconds, &d.status, &r.Reason, &r.Version,
		engine.Time(&r.ExpiresAt), engine.Time(&r.CreatedAt), engine.Time(&r.UpdatedAt), &r.Actor, &r.UpdatedBy, &r.Reference,
		&r.RequestHash, &d.rest,
	}
}

// addTo decodes the columns into r.
func (d *details) addTo(r *reservation.Reservation) error {
	r.Status = protocol.Status(d.status)
	if d.rest == nil {
		return nil
	}
	return addLines(r, *d.rest)
}

// addLines sets the lines of r from the detailsColumn.
func addLines(r *reservation.Reservation, text string) error {
	var first struct {
		EndedBy protocol.Status `json:"ended_by"`
		Granted *int64          `json:"granted"`
		record
		Lines []record `json:"lines"`
	}
	first.ProductID, first.StoreID, first.Quantity = r.ProductID, r.StoreID, r.Quantity
	if err := json.Unmarshal([]byte(text), &first); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	if first.Granted != nil {
		first.Quantity = *first.Granted
	}
	r.EndedBy = first.EndedBy
	lines := make([]reservation.Line, 0, 1+len(first.Lines))
	lines = append(lines, first.line(r.Status))
	for _, l := range first.Lines {
		lines = append(lines, l.line(r.Status))
	}
	*r = r.WithLines(lines)
	return nil
}

// record is a line as it is stored.
type record struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Requested *int64 `json:"requested"` // nil: the quantity
	Confirmed *int64 `json:"confirmed"` // nil, like the other totals: follows from the status
	Released  int64  `json:"released"`
	Returned  int64  `json:"returned"`
	Restocked int64  `json:"restocked"`
}

func (l record) line(status protocol.Status) reservation.Line {
	line := reservation.Line{
		Line:      protocol.Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity},
		Requested: l.Quantity,
	}
	if l.Requested != nil {
		line.Requested = *l.Requested
	}
	if l.Confirmed == nil {
		line.Totals = reservation.TotalsOf(status, l.Quantity)
	} else {
		line.Totals = protocol.Totals{Committed: *l.Confirmed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked}
	}
	return line
}
