package ledger

import (
	"cmp"
	"context"

	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// AdjustParams asks to add to a quantity, or to take from it.
type AdjustParams struct {
	ProductID  string
	StoreID    string
	Adjustment int64 // units, not 0
	Reason     string
	Version    *int64 // the version that the caller saw; nil: any
}

// Adjust changes a row's quantity by a difference. Taking more than is
// available is an InsufficientStock problem: what is held cannot be taken.
func (s *Service) Adjust(ctx context.Context, p AdjustParams, once idempotency.Request) (row Row, replayed bool, err error) {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	checks.Require(p.Adjustment != 0, "adjustment", "must not be 0")
	checks.Range("adjustment", p.Adjustment, -MaxQuantity, MaxQuantity)
	p.Reason = problem.UnixLines(p.Reason)
	checkReason(&checks, p.Reason)
	if err := checks.Err(); err != nil {
		return Row{}, false, err
	}
	err = s.write(ctx, func(c *change) error {
		var err error
		if replayed, err = idempotency.Replay(c.tx, once, &row); err != nil || replayed {
			return err
		}
		current, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return err
		}
		if -p.Adjustment > current.Available() {
			return problem.Insufficient(current.Available(), -p.Adjustment)
		}
		reason := cmp.Or(p.Reason, events.ReasonAdjustment)
		if err := c.setQuantity(current, current.Quantity+p.Adjustment, current.Thresholds, reason); err != nil {
			return err
		}
		row = *current
		return idempotency.Save(c.tx, once, row)
	})
	return row, replayed, err
}

// setQuantity gives a row a new quantity and new thresholds, with its movement
// and events. The caller has checked that what is held stays covered.
func (c *change) setQuantity(row *Row, quantity int64, thresholds Thresholds, reason string) error {
	if quantity > MaxQuantity {
		return problem.New(problem.Conflict, "The quantity would be %d, above the maximum of %d.", quantity, int64(MaxQuantity))
	}
	before := *row
	row.Quantity, row.Thresholds = quantity, thresholds
	c.touch(row)
	difference := quantity - before.Quantity
	if difference != 0 {
		if err := c.move(row, MovementAdjusted, difference, reason, ""); err != nil {
			return err
		}
	}
	err := c.append(row.Version, events.StockUpdated{
		ProductID: row.ProductID, StoreID: row.StoreID, PreviousQuantity: before.Quantity, NewQuantity: quantity,
		Change: difference, Reason: reason,
	})
	if err != nil {
		return err
	}
	return c.reportLow(row)
}
