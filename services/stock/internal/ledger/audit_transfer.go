package ledger

import (
	"maps"
	"reflect"
	"slices"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// transferAudit compares each transfer order with its movements and events, and each
// row with the orders that are on the way to it.
type transferAudit struct {
	orders map[string]*auditedTransfer
	// incoming has the units on the way to each row, according to the orders.
	incoming map[RowKey]int64

	onTheWay, toRow *audit.Check
}

// auditedTransfer is an order, the last of its events, and the sums of its movements.
type auditedTransfer struct {
	order   *TransferOrder // nil: not in the table
	state   *inventory.TransferState
	version int64 // of the last event
	moved   map[RowKey]int64
}

func newTransferAudit() *transferAudit {
	return &transferAudit{
		orders: map[string]*auditedTransfer{}, incoming: map[RowKey]int64{},
		onTheWay: audit.NewCheck(audit.OnTheWay), toRow: audit.NewCheck(audit.IncomingIsOnTheWay),
	}
}

func (a *transferAudit) at(id string) *auditedTransfer {
	t := a.orders[id]
	if t == nil {
		t = &auditedTransfer{moved: map[RowKey]int64{}}
		a.orders[id] = t
	}
	return t
}

func (a *transferAudit) order(t TransferOrder) error {
	a.at(t.ID).order = &t
	for _, l := range t.Lines {
		a.incoming[RowKey{l.ProductID, t.ToStore}] += l.OnTheWay()
	}
	return nil
}

func (a *transferAudit) movement(m Movement) {
	if m.TransferID != "" {
		a.at(m.TransferID).moved[RowKey{m.ProductID, m.StoreID}] += m.Change
	}
}

// event applies an event of a transfer to the replay.
func (a *transferAudit) event(e events.Event, s inventory.TransferState) {
	t := a.at(s.TransferID)
	if e.Version != t.version+1 || (e.Type == inventory.TypeTransferRequested) != (t.state == nil) {
		a.onTheWay.Violate("transfer %s: version %d follows version %d, with event %s", s.TransferID, e.Version, t.version, e.ID)
	}
	t.state, t.version = &s, e.Version
}

// compare compares everything that was read.
func (a *transferAudit) compare() {
	for _, id := range slices.Sorted(maps.Keys(a.orders)) {
		a.compareOrder(id, a.orders[id])
	}
}

func (a *transferAudit) compareOrder(id string, t *auditedTransfer) {
	a.onTheWay.Checked++
	if t.order == nil {
		a.onTheWay.Violate("transfer %s: there are events or movements, but no transfer", id)
		return
	}
	if state := t.order.state(); t.state == nil || t.version != t.order.Version || !reflect.DeepEqual(*t.state, state) {
		a.onTheWay.Violate("transfer %s: version %d %+v; by the events version %d %+v", id, t.order.Version, state, t.version, t.state)
	}
	if onTheWay := t.order.underWay(); onTheWay != (t.order.Status == TransferShipped) {
		a.onTheWay.Violate("transfer %s: it is %s, and units are on the way: %t", id, t.order.Status, onTheWay)
	}
	for _, l := range t.order.Lines {
		source, target := RowKey{l.ProductID, t.order.FromStore}, RowKey{l.ProductID, t.order.ToStore}
		if t.order.FromStore != "" && t.moved[source] != -l.Shipped {
			a.onTheWay.Violate("transfer %s: %d units of %s were shipped, the movements add up to %d", id, l.Shipped, source, t.moved[source])
		}
		if t.moved[target] != l.Received {
			a.onTheWay.Violate("transfer %s: %d units of %s arrived, the movements add up to %d", id, l.Received, target, t.moved[target])
		}
		delete(t.moved, source)
		delete(t.moved, target)
	}
	for key, units := range t.moved {
		a.onTheWay.Violate("transfer %s: it moved %d units of %s, which it does not name", id, units, key)
	}
}

// compareRow compares the incoming units of a row; nil for a row that is not in the
// table.
func (a *transferAudit) compareRow(key RowKey, row *Row) {
	a.toRow.Checked++
	var incoming int64
	if row != nil {
		incoming = row.Incoming
	}
	if incoming != a.incoming[key] {
		a.toRow.Violate("%s: incoming %d, the transfers on the way add up to %d", key, incoming, a.incoming[key])
	}
}
