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
	holds        map[string]*bookHold
	reservations map[string]*bookReservation
	changes      map[rowVersion]int64 // the change of the quantity by each version of a row
}

type rowKey struct{ product, store string }

type rowVersion struct {
	rowKey
	version int64
}

type bookRow struct{ quantity, reserved, version int64 }

type bookHold struct {
	rowKey
	quantity int64
	state    string // held, committed or released
}

type bookReservation struct {
	rowKey
	quantity int64
	status   string
	aborted  bool // its create was aborted: it may have no hold
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
		rows: map[rowKey]*bookRow{}, holds: map[string]*bookHold{},
		reservations: map[string]*bookReservation{}, changes: map[rowVersion]int64{},
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
		if b.holds[p.ReservationID] != nil {
			return fmt.Errorf("%s is held twice", p.ReservationID)
		}
		key := rowKey{p.ProductID, p.StoreID}
		b.holds[p.ReservationID] = &bookHold{rowKey: key, quantity: p.Quantity, state: "held"}
		return errors.Join(err, b.step(key, e.Version, 0, p.Quantity))
	case inventory.TypeStockReleased:
		p, err := payload[inventory.StockReleased](e)
		return errors.Join(err, b.settle(p.ReservationID, "released", p.Quantity),
			b.step(rowKey{p.ProductID, p.StoreID}, e.Version, 0, -p.Quantity))
	case inventory.TypeStockLow:
		return nil
	default:
		return b.applyReservation(e)
	}
}

// updated applies a count, an adjustment or a sale, which settles a hold.
func (b *books) updated(version int64, p inventory.StockUpdated) error {
	key := rowKey{p.ProductID, p.StoreID}
	if row := b.rows[key]; row == nil || row.quantity != p.PreviousQuantity || p.PreviousQuantity+p.Change != p.NewQuantity {
		return fmt.Errorf("%+v does not follow from %+v", p, row)
	}
	if p.Reason != inventory.ReasonSale {
		return b.step(key, version, p.Change, 0)
	}
	return errors.Join(b.settle(p.ReservationID, "committed", -p.Change), b.step(key, version, p.Change, p.Change))
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

func (b *books) settle(id, state string, quantity int64) error {
	hold := b.holds[id]
	if hold == nil || hold.state != "held" || hold.quantity != quantity {
		return fmt.Errorf("%s of %d units does not fit the hold %+v of %s", state, quantity, hold, id)
	}
	hold.state = state
	return nil
}

func (b *books) applyReservation(e tableEvent) error {
	// All payloads have these fields.
	p, err := payload[inventory.ReservationCancelled](e)
	if err != nil {
		return err
	}
	r := b.reservations[e.Aggregate]
	aborted := e.Type == inventory.TypeReservationCancelled && p.Reason == inventory.ReasonAborted
	if e.Type == inventory.TypeReservationCreated || aborted {
		if r != nil || e.Version != 1 {
			return fmt.Errorf("%s at version %d begins after %+v", e.Aggregate, e.Version, r)
		}
		b.reservations[e.Aggregate] = &bookReservation{
			rowKey: rowKey{p.ProductID, p.StoreID}, quantity: p.Quantity, aborted: aborted,
			status: map[bool]string{false: "pending", true: "cancelled"}[aborted],
		}
		return nil
	}
	if r == nil || r.status != "pending" || e.Version != 2 {
		return fmt.Errorf("%s at version %d follows on %+v", e.Aggregate, e.Version, r)
	}
	r.status = map[events.Type]string{
		inventory.TypeReservationConfirmed: "confirmed",
		inventory.TypeReservationCancelled: "cancelled",
		inventory.TypeReservationExpired:   "expired",
	}[e.Type]
	if r.status == "" {
		return errors.New("unknown type")
	}
	return nil
}

// settled returns an error unless reservations and holds match one to one, as
// they must when no request or event is under way.
func (b *books) settled() error {
	want := map[string]string{"pending": "held", "confirmed": "committed", "cancelled": "released", "expired": "released"}
	for id, r := range b.reservations {
		hold := b.holds[id]
		if hold == nil && r.aborted {
			continue
		}
		if hold == nil || hold.state != want[r.status] || hold.rowKey != r.rowKey || hold.quantity != r.quantity {
			return fmt.Errorf("reservation %s %+v has hold %+v", id, r, hold)
		}
	}
	for id, hold := range b.holds {
		if b.reservations[id] == nil {
			return fmt.Errorf("hold %s %+v has no reservation", id, hold)
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
		if shown.Status != r.status || shown.Quantity != r.quantity || (rowKey{shown.ProductID, shown.StoreID}) != r.rowKey {
			return fmt.Errorf("reservation %s is %+v in the table, and %+v by the events", id, shown, r)
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
