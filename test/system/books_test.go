package system_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// books are the state of stock and reservation, rebuilt from their events alone.
type books struct {
	rows         map[rowKey]*bookRow
	holds        map[string]bookHold
	reservations map[string]*bookReservation
	transfers    map[string]int64     // the version of each transfer
	changes      map[rowVersion]int64 // the change of the quantity by each version of a row
}

type rowKey struct{ product, store string }

type rowVersion struct {
	rowKey
	version int64
}

type bookRow struct{ quantity, reserved, version int64 }

// bookHold has the lines of a hold, or of a reservation.
type bookHold map[rowKey]bookLine

// bookLine has the units of a line: granted, and sold, given back and restocked so far.
type bookLine struct{ quantity, committed, released, restocked int64 }

type bookReservation struct {
	lines   bookHold
	status  string
	version int64
	aborted bool // its create was aborted: it may have no hold
}

// tableEvent is an event of an event table as the API shows it.
type tableEvent struct {
	Seq       int64           `json:"seq"`
	ID        string          `json:"id"`
	Type      events.Type     `json:"event_type"`
	Aggregate string          `json:"aggregate_id"`
	Version   int64           `json:"version"`
	Actor     string          `json:"actor"`
	SyncedAt  *string         `json:"synced_at"`
	Payload   json.RawMessage `json:"payload"`
}

// events returns a service's event table; filter is empty or begins with &.
func (c *client) events(service, filter string) (all []tableEvent, err error) {
	cursor := int64(0)
	for {
		a, err := c.send(http.MethodGet, fmt.Sprintf("/api/v1/events/%s?limit=100&cursor=%d%s", service, cursor, filter), nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Events []tableEvent
			Next   *int64 `json:"next_cursor"`
		}
		if a.status != http.StatusOK {
			return nil, errors.New(a.String())
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Events...)
		if page.Next == nil {
			return all, nil
		}
		cursor = *page.Next
	}
}

// read rebuilds the state from the events of stock and reservation.
func (c *client) read() (*books, error) {
	b := &books{
		rows: map[rowKey]*bookRow{}, holds: map[string]bookHold{},
		reservations: map[string]*bookReservation{}, changes: map[rowVersion]int64{},
		transfers: map[string]int64{},
	}
	// Reservation first: a hold is created before its reservation and settled
	// after it, so every event of reservation has its events of stock.
	for _, service := range []string{"reservation", "stock"} {
		list, err := c.events(service, "")
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if err = b.apply(e); err == nil && e.Actor == "" {
				err = errors.New("it has no actor")
			}
			if err != nil {
				return nil, fmt.Errorf("event %d of %s, %s: %w", e.Seq, service, e.Type, err)
			}
		}
	}
	return b, nil
}

func payload[T any](e tableEvent) (p T, err error) {
	err = json.Unmarshal(e.Payload, &p)
	return p, err
}

func (b *books) apply(e tableEvent) error {
	switch e.Type {
	case inventory.TypeStockCreated:
		p, err := payload[inventory.StockCreated](e)
		return errors.Join(err, b.step(rowKey{p.ProductID, p.StoreID}, e.Version, p.Quantity, 0))
	case inventory.TypeStockUpdated:
		p, err := payload[inventory.StockUpdated](e)
		return errors.Join(err, b.updated(e.Version, p))
	case inventory.TypeStockTransferred:
		p, err := payload[inventory.StockTransferred](e)
		return errors.Join(err,
			b.step(rowKey{p.ProductID, p.FromStore}, p.FromVersion, -p.Quantity, 0),
			b.step(rowKey{p.ProductID, p.ToStore}, p.ToVersion, p.Quantity, 0))
	case inventory.TypeStockReserved:
		p, err := payload[inventory.StockReserved](e)
		key := rowKey{p.ProductID, p.StoreID}
		if _, held := b.holds[p.ReservationID][key]; held {
			return fmt.Errorf("%s is held twice", p.ReservationID)
		}
		return errors.Join(err, b.settle(p.ReservationID, key, bookLine{quantity: p.Quantity}), b.step(key, e.Version, 0, p.Quantity))
	case inventory.TypeStockReleased:
		p, err := payload[inventory.StockReleased](e)
		key := rowKey{p.ProductID, p.StoreID}
		return errors.Join(err, b.settle(p.ReservationID, key, bookLine{released: p.Quantity}), b.step(key, e.Version, 0, -p.Quantity))
	case inventory.TypeStockStateChanged:
		p, err := payload[inventory.StockStateChanged](e)
		return errors.Join(err, b.step(rowKey{p.ProductID, p.StoreID}, e.Version, 0, 0))
	case inventory.TypeStockDeleted:
		p, err := payload[inventory.StockDeleted](e)
		return errors.Join(err, b.step(rowKey{p.ProductID, p.StoreID}, e.Version, 0, 0))
	case inventory.TypeStockLow:
		return nil
	case inventory.TypeTransferRequested, inventory.TypeTransferShipped, inventory.TypeTransferReceived, inventory.TypeTransferCancelled:
		return b.applyTransfer(e)
	default:
		return b.applyReservation(e)
	}
}

// applyTransfer follows the versions of a transfer; its rows have events of their own.
func (b *books) applyTransfer(e tableEvent) error {
	if e.Version != b.transfers[e.Aggregate]+1 {
		return fmt.Errorf("transfer %s goes from version %d to %d", e.Aggregate, b.transfers[e.Aggregate], e.Version)
	}
	b.transfers[e.Aggregate] = e.Version
	return nil
}

// updated applies a count, an adjustment, a sale, which settles a hold, or a return.
func (b *books) updated(version int64, p inventory.StockUpdated) error {
	key := rowKey{p.ProductID, p.StoreID}
	if row := b.rows[key]; row == nil || row.quantity != p.PreviousQuantity || p.PreviousQuantity+p.Change != p.NewQuantity {
		return fmt.Errorf("%+v does not follow from %+v", p, row)
	}
	switch p.Reason {
	case inventory.ReasonSale:
		return errors.Join(b.settle(p.ReservationID, key, bookLine{committed: -p.Change}), b.step(key, version, p.Change, p.Change))
	case inventory.ReasonReturn:
		return errors.Join(b.settle(p.ReservationID, key, bookLine{restocked: p.Change}), b.step(key, version, p.Change, 0))
	default:
		return b.step(key, version, p.Change, 0)
	}
}

// step brings a row to its next version.
func (b *books) step(key rowKey, version, quantity, reserved int64) error {
	row := b.rows[key]
	if row == nil {
		row = &bookRow{}
		b.rows[key] = row
	}
	if version != row.version+1 {
		return fmt.Errorf("%v goes from version %d to %d", key, row.version, version)
	}
	row.version = version
	row.quantity += quantity
	row.reserved += reserved
	b.changes[rowVersion{key, version}] = quantity
	if row.reserved < 0 || row.reserved > row.quantity {
		return fmt.Errorf("%v: %d of %d units are reserved", key, row.reserved, row.quantity)
	}
	return nil
}

// settle adds the units to those of a line of a hold.
func (b *books) settle(id string, key rowKey, units bookLine) error {
	if b.holds[id] == nil {
		b.holds[id] = bookHold{}
	}
	l := b.holds[id][key]
	l.quantity += units.quantity
	l.committed += units.committed
	l.released += units.released
	l.restocked += units.restocked
	b.holds[id][key] = l
	if l.committed+l.released > l.quantity {
		return fmt.Errorf("%+v of %v does not fit the hold of %s: %+v", units, key, id, l)
	}
	return nil
}

func (b *books) applyReservation(e tableEvent) error {
	// All payloads have these fields.
	p, err := payload[inventory.ReservationCancelled](e)
	if err != nil {
		return err
	}
	r := b.reservations[e.Aggregate]
	aborted := e.Type == inventory.TypeReservationCancelled && p.Aborted
	begins := e.Type == inventory.TypeReservationCreated || aborted
	switch {
	case begins && r == nil && e.Version == 1:
	case !begins && r != nil && !r.aborted && e.Version == r.version+1:
	default:
		return fmt.Errorf("%s at version %d follows on %+v", e.Aggregate, e.Version, r)
	}
	before := r
	r = &bookReservation{lines: bookHold{}, status: p.Status, version: e.Version, aborted: aborted}
	b.reservations[e.Aggregate] = r
	for _, l := range p.Lines {
		r.lines[rowKey{l.ProductID, l.StoreID}] = bookLine{l.Quantity, l.Confirmed, l.Released, l.Restocked}
	}
	statuses := map[events.Type]string{
		inventory.TypeReservationCreated: "pending", inventory.TypeReservationExtended: "pending", inventory.TypeReservationUpdated: "pending",
		inventory.TypeReservationConfirmed: "confirmed", inventory.TypeReservationCancelled: "cancelled",
		inventory.TypeReservationExpired: "expired",
	}
	if e.Type == inventory.TypeReservationReturned {
		statuses[e.Type] = before.status
	}
	want, known := statuses[e.Type]
	endedSold := r.status == "confirmed" && r.sold()
	if !known || r.status != want && !endedSold {
		return fmt.Errorf("the status is %s: %+v", r.status, r.lines)
	}
	return nil
}

// sold reports whether a unit was sold.
func (r *bookReservation) sold() bool {
	for _, l := range r.lines {
		if l.committed > 0 {
			return true
		}
	}
	return false
}

// settled returns an error unless the lines of reservations and holds are equal, as
// they must be when no request or event is under way.
func (b *books) settled() error {
	for id, r := range b.reservations {
		hold := b.holds[id]
		held := false
		for key, l := range r.lines {
			held = held || l.committed+l.released < l.quantity
			if !r.aborted && hold[key] != l {
				return fmt.Errorf("reservation %s %+v has hold %+v", id, r, hold)
			}
		}
		if held != (r.status == "pending") {
			return fmt.Errorf("reservation %s is %s: %+v", id, r.status, r.lines)
		}
	}
	for id, hold := range b.holds {
		r := b.reservations[id]
		if r == nil {
			return fmt.Errorf("hold %s %+v has no reservation", id, hold)
		}
		for key, l := range hold {
			if _, known := r.lines[key]; !known && !r.aborted || r.aborted && l.released != l.quantity {
				return fmt.Errorf("reservation %s %+v has hold %+v", id, r, hold)
			}
		}
	}
	return nil
}

// compare returns an error unless the tables, as the API shows them, match the
// events.
func (b *books) compare(c *client) error {
	for key, row := range b.rows {
		a, err := c.send(http.MethodGet, "/api/v1/stock/"+key.product+"/"+key.store, nil)
		if err != nil {
			return err
		}
		var shown stockRow
		if err := json.Unmarshal(a.body, &shown); err != nil || a.status != http.StatusOK {
			return errors.Join(errors.New(a.String()), err)
		}
		if *row != (bookRow{shown.Quantity, shown.Reserved, shown.Version}) {
			return fmt.Errorf("%v is %+v in the table, and %+v by the events", key, shown, *row)
		}
	}
	for id, r := range b.reservations {
		a, err := c.send(http.MethodGet, "/api/v1/reservations/"+id, nil)
		if err != nil {
			return err
		}
		var shown reservation
		if err := json.Unmarshal(a.body, &shown); err != nil || a.status != http.StatusOK {
			return errors.Join(errors.New(a.String()), err)
		}
		if shown.Status != r.status {
			return fmt.Errorf("reservation %s is %+v in the table, and %+v by the events", id, shown, r)
		}
		for _, l := range shown.Lines {
			want := r.lines[rowKey{l.ProductID, l.StoreID}]
			if (bookLine{l.Quantity, l.Confirmed, l.Released, want.restocked}) != want {
				return fmt.Errorf("reservation %s is %+v in the table, and %+v by the events", id, shown, r)
			}
		}
	}
	return nil
}

// balanced waits until no request or event is under way, and fails the test unless
// all books agree then: holds with reservations, and both with their events.
func (c *client) balanced(t testing.TB) (b *books) {
	t.Helper()
	eventually(t, "the books", func() (err error) {
		if b, err = c.read(); err != nil {
			return err
		}
		if err := b.settled(); err != nil {
			return err
		}
		return b.compare(c)
	})
	return b
}
