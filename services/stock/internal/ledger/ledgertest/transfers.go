package ledgertest

import (
	"context"
	"fmt"
	"reflect"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// transfer is a transfer according to its events.
type transfer struct {
	version   int64
	toStore   string
	status    string
	reference string
	lines     []inventory.TransferLine
}

// transferChecks are the rules of transfers, as in checks.
var transferChecks = []struct{ name, query string }{
	{"incoming = units on the way", `SELECT s.product_id || ' ' || s.store_id FROM stock s WHERE s.incoming <> COALESCE((
		SELECT SUM(l.shipped - l.received - l.lost) FROM transfer_lines l JOIN transfers t ON t.id = l.transfer_id
		WHERE l.product_id = s.product_id AND t.to_store_id = s.store_id), 0)`},
	{"shipped units = movements of the source", `SELECT t.id || ' ' || l.product_id FROM transfers t JOIN transfer_lines l ON l.transfer_id = t.id
		WHERE t.from_store_id IS NOT NULL AND l.shipped <> -COALESCE((SELECT SUM(change) FROM movements m
		WHERE m.transfer_id = t.id AND m.product_id = l.product_id AND m.store_id = t.from_store_id), 0)`},
	{"arrived units = movements of the target", `SELECT t.id || ' ' || l.product_id FROM transfers t JOIN transfer_lines l ON l.transfer_id = t.id
		WHERE l.received <> COALESCE((SELECT SUM(change) FROM movements m
		WHERE m.transfer_id = t.id AND m.product_id = l.product_id AND m.store_id = t.to_store_id), 0)`},
	{"a transfer is shipped while units are on the way", `SELECT t.id FROM transfers t WHERE (t.status = 'shipped') <> EXISTS (
		SELECT 1 FROM transfer_lines l WHERE l.transfer_id = t.id AND l.shipped > l.received + l.lost)`},
}

// applyTransfer applies an event of a transfer. Each is the next version of it.
func (f *fold) applyTransfer(e events.Event) error {
	switch e.Type {
	case inventory.TypeTransferRequested:
		return with(e, func(p inventory.TransferRequested) error { return f.transfer(e, p.TransferState) })
	case inventory.TypeTransferShipped:
		return with(e, func(p inventory.TransferShipped) error { return f.transfer(e, p.TransferState) })
	case inventory.TypeTransferReceived:
		return with(e, func(p inventory.TransferReceived) error { return f.transfer(e, p.TransferState) })
	case inventory.TypeTransferCancelled:
		return with(e, func(p inventory.TransferCancelled) error { return f.transfer(e, p.TransferState) })
	default:
		return fmt.Errorf("not an event of stock")
	}
}

func (f *fold) transfer(e events.Event, s inventory.TransferState) error {
	before := f.transfers[s.TransferID]
	if e.AggregateID != s.TransferID || e.Version != before.version+1 || (e.Type == inventory.TypeTransferRequested) != (e.Version == 1) {
		return fmt.Errorf("version %d follows %+v", e.Version, before)
	}
	f.transfers[s.TransferID] = transfer{e.Version, s.ToStoreID, s.Status, s.Reference, s.Lines}
	return nil
}

// compareTransfers compares the transfers with their events.
func (a *Auditor) compareTransfers(ctx context.Context) (wrong []string, err error) {
	rows, err := a.db.QueryContext(ctx, `SELECT t.id, t.version, t.to_store_id, t.status, COALESCE(t.reference, ''),
	l.product_id, l.quantity, l.shipped, l.received, l.damaged, l.lost
	FROM transfers t JOIN transfer_lines l ON l.transfer_id = t.id ORDER BY t.id, l.line`)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	have := map[string]transfer{}
	for rows.Next() {
		var id string
		var t transfer
		var l inventory.TransferLine
		err := rows.Scan(&id, &t.version, &t.toStore, &t.status, &t.reference, &l.ProductID, &l.Quantity, &l.Shipped, &l.Received, &l.Damaged, &l.Lost)
		if err != nil {
			return nil, err
		}
		t.lines = have[id].lines
		t.lines = append(t.lines, l)
		have[id] = t
	}
	if !reflect.DeepEqual(have, a.fold.transfers) {
		wrong = append(wrong, fmt.Sprintf("transfers %+v, by the events %+v", have, a.fold.transfers))
	}
	return wrong, rows.Err()
}
