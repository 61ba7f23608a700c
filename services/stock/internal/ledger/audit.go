package ledger

import (
	"cmp"
	"context"
	"slices"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
)

// Snapshot is one consistent snapshot of the database, for the audit. Its methods
// call each until it returns an error, which they return.
type Snapshot interface {
	// Rows yields each row, by its ids, without its thresholds and its product.
	Rows(each func(Row) error) error
	// Held yields the units of the holds in state held, one sum for each row.
	Held(each func(Line) error) error
	// InParts calls each with every hold that was settled in parts: its id, state and
	// lines.
	InParts(each func(Hold) error) error
	// Movements yields every movement, in the order of their creation.
	Movements(each func(Movement) error) error
	// TransferOrders yields every transfer order.
	TransferOrders(each func(TransferOrder) error) error
	// Counts yields every count, without lines, and CountLines every line of all counts,
	// in no order, without its product.
	Counts(each func(Count) error) error
	CountLines(each func(countID string, line CountLine) error) error
	// Events yields every event, by seq, with its id, type, version and payload
	// as they are stored.
	Events(each func(e events.Event) error) error
	// Outbox checks the table of the events itself.
	Outbox() (*audit.Check, audit.Outbox, error)
}

// Audit checks every invariant of stock's own data, on one consistent snapshot.
func (s *Service) Audit(ctx context.Context) (audit.Report, error) {
	report := audit.Report{Service: "stock"}
	err := s.repo.Snapshot(ctx, func(snapshot Snapshot) error {
		a := newAuditor()
		if err := a.run(snapshot); err != nil {
			return err
		}
		outbox, state, err := snapshot.Outbox()
		if err != nil {
			return err
		}
		report.Outbox = state
		report.Checks = []*audit.Check{
			a.within, a.held, a.totals, a.moved, a.events.rebuilt, a.events.versions,
			a.transfers.onTheWay, a.transfers.toRow, a.counts.booked, outbox,
		}
		return nil
	})
	return report, err
}

// HoldStates returns the states of the holds whose reservation's id is greater than
// after, limit at most, by id.
func (s *Service) HoldStates(ctx context.Context, after string, limit int) ([]audit.Hold, error) {
	return s.repo.HoldStates(ctx, after, limit)
}

// auditor compares each row with its holds, movements and events.
type auditor struct {
	rows      map[RowKey]*audited
	keys      []RowKey // of rows
	events    *replay
	transfers *transferAudit
	counts    *countAudit

	within, held, totals, moved *audit.Check
}

// audited is a row with the sums of its holds and movements.
type audited struct {
	row    *Row // nil: not in the table
	held   int64
	moved  int64
	apart  Unavailable // by the changes of state
	astray bool        // the movements contradict each other, which was reported
}

func newAuditor() *auditor {
	transfers := newTransferAudit()
	return &auditor{
		rows: map[RowKey]*audited{}, events: newReplay(transfers), transfers: transfers, counts: newCountAudit(),
		within: audit.NewCheck(audit.ReservedWithin), held: audit.NewCheck(audit.ReservedIsHeld),
		totals: audit.NewCheck(audit.TotalsWithin), moved: audit.NewCheck(audit.QuantityIsMoved),
	}
}

func (a *auditor) at(productID, storeID string) *audited {
	key := RowKey{productID, storeID}
	row := a.rows[key]
	if row == nil {
		row = &audited{}
		a.rows[key] = row
		a.keys = append(a.keys, key)
	}
	return row
}

func (a *auditor) run(s Snapshot) error {
	if err := s.Rows(a.row); err != nil {
		return err
	}
	if err := s.Held(a.hold); err != nil {
		return err
	}
	if err := s.InParts(a.inParts); err != nil {
		return err
	}
	if err := s.Movements(a.movement); err != nil {
		return err
	}
	if err := s.TransferOrders(a.transfers.order); err != nil {
		return err
	}
	if err := a.counts.run(s); err != nil {
		return err
	}
	if err := s.Events(a.events.apply); err != nil {
		return err
	}
	a.transfers.compare()
	for key := range a.transfers.incoming {
		a.at(key.ProductID, key.StoreID)
	}
	for key := range a.events.rows {
		a.at(key.ProductID, key.StoreID)
	}
	slices.SortFunc(a.keys, RowKey.compare)
	for _, key := range a.keys {
		a.compare(key, a.rows[key])
	}
	return nil
}

func (a *auditor) row(r Row) error {
	a.at(r.ProductID, r.StoreID).row = &r
	a.within.Checked++
	u := r.Unavailable
	switch least := min(u.Damaged, u.QualityControl, u.SafetyStock, u.Other); {
	case u == (Unavailable{}) && (r.Reserved < 0 || r.Reserved > r.Quantity):
		a.within.Violate("%s: quantity %d, reserved %d", RowKey{r.ProductID, r.StoreID}, r.Quantity, r.Reserved)
	case least < 0 || r.Reserved < 0 || r.Available() < 0:
		a.within.Violate("%s: quantity %d, reserved %d, unavailable %+v", RowKey{r.ProductID, r.StoreID}, r.Quantity, r.Reserved, u)
	}
	return nil
}

func (a *auditor) hold(l Line) error {
	a.at(l.ProductID, l.StoreID).held += l.Quantity
	return nil
}

// inParts checks the totals of a hold. The others have none: their state says that
// nothing or everything is settled.
func (a *auditor) inParts(h Hold) error {
	a.totals.Checked++
	if !protocol.ValidLines(h.Lines) || protocol.HoldOf(h.Lines) != h.State {
		a.totals.Violate("the hold of reservation %s is %s, its lines are %+v", h.ReservationID, h.State, h.Lines)
	}
	return nil
}

// movement adds a movement to the sum. Each movement also has the quantity after it,
// which is used for queries of a past time.
func (a *auditor) movement(m Movement) error {
	row := a.at(m.ProductID, m.StoreID)
	row.moved += m.Change
	if from := row.apart.Of(m.From); from != nil {
		*from -= m.Units
	}
	if to := row.apart.Of(m.To); to != nil {
		*to += m.Units
	}
	if row.apart != m.Unavailable && !row.astray {
		row.astray = true
		a.moved.Violate("%s: the changes of state up to version %d add up to %+v, the last one says %+v",
			RowKey{m.ProductID, m.StoreID}, m.Version, row.apart, m.Unavailable)
	}
	a.transfers.movement(m)
	a.counts.movement(m)
	if row.moved != m.Quantity && !row.astray {
		row.astray = true
		a.moved.Violate("%s: the movements up to version %d add up to %d, the last one says %d",
			RowKey{m.ProductID, m.StoreID}, m.Version, row.moved, m.Quantity)
	}
	return nil
}

func (a *auditor) compare(key RowKey, r *audited) {
	a.events.compare(key, r.row)
	a.transfers.compareRow(key, r.row)
	if r.row == nil {
		if r.held != 0 {
			a.held.Violate("%s: no such row, %d units are held", key, r.held)
		}
		if r.moved != 0 {
			a.moved.Violate("%s: no such row, its movements add up to %d", key, r.moved)
		}
		return
	}
	a.held.Checked++
	if r.row.Reserved != r.held {
		a.held.Violate("%s: reserved %d, the holds add up to %d", key, r.row.Reserved, r.held)
	}
	a.moved.Checked++
	switch {
	case r.astray:
	case r.row.Quantity != r.moved:
		a.moved.Violate("%s: quantity %d, the movements add up to %d", key, r.row.Quantity, r.moved)
	case r.row.Unavailable != r.apart:
		a.moved.Violate("%s: unavailable %+v, the changes of state add up to %+v", key, r.row.Unavailable, r.apart)
	}
}

// String names the row for people.
func (k RowKey) String() string { return "product " + k.ProductID + " in store " + k.StoreID }

func (k RowKey) compare(other RowKey) int {
	return cmp.Or(cmp.Compare(k.ProductID, other.ProductID), cmp.Compare(k.StoreID, other.StoreID))
}
