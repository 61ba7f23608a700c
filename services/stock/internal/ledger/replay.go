package ledger

import (
	"fmt"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// replay builds the state of every row from the events alone.
type replay struct {
	rows      map[RowKey]*replayed
	rebuilt   *audit.Check
	versions  *audit.Check
	transfers *transferAudit
}

// replayed is a row according to its events.
type replayed struct {
	quantity, reserved int64
	unavailable        Unavailable
	version            int64 // of the last event
	made               bool  // an event created it
	flaw               string
}

func newReplay(transfers *transferAudit) *replay {
	return &replay{
		transfers: transfers,
		rows:      map[RowKey]*replayed{}, rebuilt: audit.NewCheck(audit.Rebuilt), versions: audit.NewCheck(audit.OneEvent),
	}
}

// apply applies the next event.
func (r *replay) apply(e events.Event) error {
	if err := r.change(e); err != nil { // a finding of the audit, not its failure
		r.rebuilt.Violate("event %s: %v", e.ID, err)
	}
	return nil
}

func (r *replay) change(e events.Event) error {
	switch e.Type {
	case inventory.TypeStockCreated:
		return usePayload(e, r.created)
	case inventory.TypeStockUpdated:
		return usePayload(e, r.updated)
	case inventory.TypeStockTransferred:
		return usePayload(e, r.transferred)
	case inventory.TypeStockReserved:
		return usePayload(e, r.reserved)
	case inventory.TypeStockReleased:
		return usePayload(e, r.released)
	case inventory.TypeStockStateChanged:
		return usePayload(e, r.stateChanged)
	case inventory.TypeStockDeleted:
		return usePayload(e, r.deleted)
	case inventory.TypeStockLow: // follows the event of the change
		return nil
	case inventory.TypeTransferRequested:
		return usePayload(e, func(e events.Event, p inventory.TransferRequested) { r.transfers.event(e, p.TransferState) })
	case inventory.TypeTransferShipped:
		return usePayload(e, func(e events.Event, p inventory.TransferShipped) { r.transfers.event(e, p.TransferState) })
	case inventory.TypeTransferReceived:
		return usePayload(e, func(e events.Event, p inventory.TransferReceived) { r.transfers.event(e, p.TransferState) })
	case inventory.TypeTransferCancelled:
		return usePayload(e, func(e events.Event, p inventory.TransferCancelled) { r.transfers.event(e, p.TransferState) })
	default:
		return fmt.Errorf("%s is not an event of stock", e.Type)
	}
}

func usePayload[T events.Body](e events.Event, use func(events.Event, T)) error {
	body, err := events.PayloadAs[T](e)
	if err == nil {
		use(e, body)
	}
	return err
}

// next returns the row that an event changes to the given version.
func (r *replay) next(productID, storeID string, version int64, e events.Event) *replayed {
	key := RowKey{productID, storeID}
	row := r.rows[key]
	if row == nil {
		row = &replayed{}
		r.rows[key] = row
	}
	r.versions.Checked++
	if version != row.version+1 {
		r.versions.Violate("%s: version %d follows version %d, with event %s", key, version, row.version, e.ID)
	}
	row.version = version
	return row
}

func (r *replay) created(e events.Event, p inventory.StockCreated) {
	row := r.next(p.ProductID, p.StoreID, e.Version, e)
	row.require(!row.made, "event %s creates the row again", e.ID)
	row.made = true
	row.quantity = p.Quantity
}

func (r *replay) updated(e events.Event, p inventory.StockUpdated) {
	row := r.next(p.ProductID, p.StoreID, e.Version, e)
	row.require(row.made, "event %s changes a row that no event created", e.ID)
	row.require(p.PreviousQuantity == row.quantity && p.NewQuantity == row.quantity+p.Change,
		"event %s changes %d by %d to %d, the quantity was %d", e.ID, p.PreviousQuantity, p.Change, p.NewQuantity, row.quantity)
	row.quantity += p.Change
	row.unavailable.Damaged += p.Damaged
	if p.ReservationID != "" && p.Reason == inventory.ReasonSale { // it ends the claim too
		row.reserved += p.Change
	}
}

func (r *replay) transferred(e events.Event, p inventory.StockTransferred) {
	from := r.next(p.ProductID, p.FromStore, p.FromVersion, e)
	from.require(from.made, "event %s takes from a row that no event created", e.ID)
	from.quantity -= p.Quantity
	to := r.next(p.ProductID, p.ToStore, p.ToVersion, e)
	to.made = true // the first transfer into a store creates the row
	to.quantity += p.Quantity
}

func (r *replay) reserved(e events.Event, p inventory.StockReserved) {
	row := r.next(p.ProductID, p.StoreID, e.Version, e)
	row.require(row.made, "event %s reserves from a row that no event created", e.ID)
	row.reserved += p.Quantity
}

func (r *replay) released(e events.Event, p inventory.StockReleased) {
	row := r.next(p.ProductID, p.StoreID, e.Version, e)
	row.require(row.made, "event %s gives back to a row that no event created", e.ID)
	row.reserved -= p.Quantity
}

func (r *replay) stateChanged(e events.Event, p inventory.StockStateChanged) {
	row := r.next(p.ProductID, p.StoreID, e.Version, e)
	row.require(row.made, "event %s changes a row that no event created", e.ID)
	if from := row.unavailable.Of(State(p.From)); from != nil {
		*from -= p.Quantity
	}
	if to := row.unavailable.Of(State(p.To)); to != nil {
		*to += p.Quantity
	}
}

func (r *replay) deleted(e events.Event, p inventory.StockDeleted) {
	row := r.next(p.ProductID, p.StoreID, e.Version, e)
	row.require(row.made && row.quantity == 0 && row.reserved == 0, "event %s deletes a row with units, or one that no event created", e.ID)
	row.made = false
}

// require keeps the first flaw of a row: the others follow from it.
func (r *replayed) require(ok bool, format string, args ...any) {
	if !ok && r.flaw == "" {
		r.flaw = fmt.Sprintf(format, args...)
	}
}

// compare compares the events of a row with the row in the table; nil
// for none.
func (r *replay) compare(key RowKey, row *Row) {
	rebuilt := r.rows[key]
	if rebuilt == nil && row == nil {
		return
	}
	r.rebuilt.Checked++
	switch {
	case rebuilt == nil:
		r.rebuilt.Violate("%s: there is a row, but no event", key)
		r.versions.Violate("%s: the row is at version %d, it has no event", key, row.Version)
		return
	case rebuilt.flaw != "":
		r.rebuilt.Violate("%s: %s", key, rebuilt.flaw)
	case row == nil:
		r.rebuilt.Violate("%s: there are events, but no row", key)
	case rebuilt.quantity != row.Quantity || rebuilt.reserved != row.Reserved || rebuilt.version != row.Version:
		r.rebuilt.Violate("%s: quantity %d, reserved %d, version %d; by the events %d, %d, %d",
			key, row.Quantity, row.Reserved, row.Version, rebuilt.quantity, rebuilt.reserved, rebuilt.version)
	case rebuilt.unavailable != row.Unavailable || rebuilt.made == row.Removed:
		r.rebuilt.Violate("%s: unavailable %+v, removed %t; by the events %+v, %t", key, row.Unavailable, row.Removed, rebuilt.unavailable, !rebuilt.made)
	}
	if row != nil && rebuilt.version != row.Version {
		r.versions.Violate("%s: the row is at version %d, its last event at %d", key, row.Version, rebuilt.version)
	}
}
