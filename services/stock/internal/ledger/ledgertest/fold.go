package ledgertest

import (
	"context"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/services/stock/internal/ledger"
)

// fold is the state according to the events alone.
type fold struct {
	seq   int64 // of the last event that was read
	ids   map[string]bool
	rows  map[rowKey]*row
	lines map[lineKey]*line
	// returned has the units that came back into a row, of each reservation.
	returned  map[lineKey]int64
	transfers map[string]transfer
	counted   map[countedKey]int64 // the units that a count booked
}

type rowKey struct{ product, store string }

type row struct {
	quantity, reserved, version int64
	at                          string // of the last change
	unavailable                 ledger.Unavailable
	removed                     bool
}

type lineKey struct {
	reservation string
	rowKey
}

// line is a part of a hold. Its units are settled in one event or in several.
type line struct{ quantity, committed, released int64 }

func newFold() fold {
	return fold{ids: map[string]bool{}, rows: map[rowKey]*row{}, lines: map[lineKey]*line{}, returned: map[lineKey]int64{}, transfers: map[string]transfer{}, counted: map[countedKey]int64{}}
}

// read folds the events after the last one that was read.
func (a *Auditor) read(ctx context.Context) error {
	for {
		page, err := a.events(ctx, a.fold.seq)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			if err := a.fold.next(r.Seq, r.Document); err != nil {
				return fmt.Errorf("event %d %s: %w", r.Seq, r.Document, err)
			}
		}
	}
}

func (f *fold) next(seq int64, document []byte) error {
	e, err := events.Decode(document)
	switch {
	case err != nil:
		return err
	case seq != f.seq+1:
		return fmt.Errorf("follows event %d: the table has a gap", f.seq)
	case f.ids[e.ID]:
		return fmt.Errorf("the id %s was there before", e.ID)
	}
	f.seq, f.ids[e.ID] = seq, true
	return f.apply(e)
}

func (f *fold) apply(e events.Event) error {
	at := events.FormatTime(e.CreatedAt)
	switch e.Type {
	case inventory.TypeStockCreated:
		return with(e, func(p inventory.StockCreated) error {
			return f.change(rowKey{p.ProductID, p.StoreID}, e.Version, at, p.Quantity, 0)
		})
	case inventory.TypeStockUpdated:
		return with(e, func(p inventory.StockUpdated) error { return f.update(e.Version, at, p) })
	case inventory.TypeStockTransferred:
		return with(e, func(p inventory.StockTransferred) error {
			if err := f.change(rowKey{p.ProductID, p.FromStore}, p.FromVersion, at, -p.Quantity, 0); err != nil {
				return err
			}
			return f.change(rowKey{p.ProductID, p.ToStore}, p.ToVersion, at, p.Quantity, 0)
		})
	case inventory.TypeStockReserved:
		return with(e, func(p inventory.StockReserved) error {
			k := rowKey{p.ProductID, p.StoreID}
			l := lineKey{p.ReservationID, k}
			if f.lines[l] != nil {
				return fmt.Errorf("this hold was granted before")
			}
			f.lines[l] = &line{quantity: p.Quantity}
			return f.change(k, e.Version, at, 0, p.Quantity)
		})
	case inventory.TypeStockReleased:
		return with(e, func(p inventory.StockReleased) error {
			k := rowKey{p.ProductID, p.StoreID}
			if err := f.settle(lineKey{p.ReservationID, k}, 0, p.Quantity); err != nil {
				return err
			}
			return f.change(k, e.Version, at, 0, -p.Quantity)
		})
	case inventory.TypeStockStateChanged:
		return with(e, func(p inventory.StockStateChanged) error { return f.changeState(e.Version, at, p) })
	case inventory.TypeStockDeleted:
		return with(e, func(p inventory.StockDeleted) error {
			k := rowKey{p.ProductID, p.StoreID}
			if r := f.rows[k]; r == nil || r.removed || r.quantity+r.reserved > 0 {
				return fmt.Errorf("deletes the row %+v", r)
			}
			err := f.change(k, e.Version, at, 0, 0)
			f.rows[k].removed = true
			return err
		})
	case inventory.TypeStockLow:
		return with(e, func(p inventory.StockLow) error { return f.low(e.Version, p) })
	default:
		return f.applyTransfer(e)
	}
}

func with[T events.Body](e events.Event, use func(T) error) error {
	p, err := events.PayloadAs[T](e)
	if err != nil {
		return err
	}
	return use(p)
}

// change creates the next version of a row.
func (f *fold) change(k rowKey, version int64, at string, quantity, reserved int64) error {
	r := f.rows[k]
	if r == nil {
		r = &row{}
		f.rows[k] = r
	}
	if version != r.version+1 {
		return fmt.Errorf("version %d of %v follows version %d", version, k, r.version)
	}
	*r = row{r.quantity + quantity, r.reserved + reserved, version, max(r.at, at), r.unavailable, false}
	return nil
}

func (f *fold) update(version int64, at string, p inventory.StockUpdated) error {
	k := rowKey{p.ProductID, p.StoreID}
	r := f.rows[k]
	if r == nil || r.quantity != p.PreviousQuantity || p.PreviousQuantity+p.Change != p.NewQuantity {
		return fmt.Errorf("does not follow from %+v", r)
	}
	if p.Reason == inventory.ReasonReturn {
		f.returned[lineKey{p.ReservationID, k}] += p.Change
	}
	if p.CountID != "" {
		f.counted[countedKey{p.CountID, k}] += p.Change
	}
	r.unavailable.Damaged += p.Damaged
	if p.ReservationID == "" || p.Reason == inventory.ReasonReturn {
		return f.change(k, version, at, p.Change, 0)
	}
	if err := f.settle(lineKey{p.ReservationID, k}, -p.Change, 0); err != nil {
		return err
	}
	return f.change(k, version, at, p.Change, p.Change)
}

func (f *fold) changeState(version int64, at string, p inventory.StockStateChanged) error {
	k := rowKey{p.ProductID, p.StoreID}
	if err := f.change(k, version, at, 0, 0); err != nil {
		return err
	}
	if from := f.rows[k].unavailable.Of(ledger.State(p.From)); from != nil {
		*from -= p.Quantity
	}
	if to := f.rows[k].unavailable.Of(ledger.State(p.To)); to != nil {
		*to += p.Quantity
	}
	return nil
}

func (f *fold) settle(k lineKey, committed, released int64) error {
	l := f.lines[k]
	if l == nil || committed+released < 1 || l.committed+l.released+committed+released > l.quantity {
		return fmt.Errorf("settles %d units of a hold that is %+v", committed+released, l)
	}
	l.committed += committed
	l.released += released
	return nil
}

// low checks that a stock.low describes the row after the event before it.
func (f *fold) low(version int64, p inventory.StockLow) error {
	r := f.rows[rowKey{p.ProductID, p.StoreID}]
	if r == nil || r.version != version || r.quantity-r.reserved-r.unavailable.Sum() != p.Available || p.Available > p.ReorderPoint {
		return fmt.Errorf("does not fit the row %+v", r)
	}
	return nil
}
