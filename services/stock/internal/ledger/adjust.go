package ledger

import (
	"cmp"
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// AdjustParams asks to add units to a quantity, or to remove some.
type AdjustParams struct {
	ProductID  string
	StoreID    string
	Adjustment int64 // units, not 0
	Reason     string
	Version    *int64 // the version that the caller saw; nil: any
}

// Adjust changes a row's quantity by a difference. Removing more than is available
// is an InsufficientStock problem, because held units cannot be removed. It reports
// whether the row is the saved result of an earlier request.
func (s *Service) Adjust(ctx context.Context, p AdjustParams, once idempotency.Request) (Row, bool, error) {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	checks.Require(p.Adjustment != 0, "adjustment", "must not be 0")
	checks.Range("adjustment", p.Adjustment, -MaxQuantity, MaxQuantity)
	p.Reason = problem.UnixLines(p.Reason)
	checkReason(&checks, p.Reason)
	if err := checks.Err(); err != nil {
		return Row{}, false, err
	}
	return writeOnce(ctx, s, rowNeeds(p.ProductID, p.StoreID), once, s.savedRows, func(c *change) (Row, error) {
		row, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return Row{}, err
		}
		return c.adjust(row, p.Adjustment, ThresholdChange{}, p.Reason)
	})
}

// adjust adds units to a row, or removes available ones, and sets thresholds.
func (c *change) adjust(row Row, units int64, change ThresholdChange, reason string) (Row, error) {
	if -units > row.Available() {
		return Row{}, problem.Insufficient(row.Available(), -units)
	}
	thresholds, err := row.Thresholds.with(change)
	if err != nil {
		return Row{}, err
	}
	return c.setQuantity(row, row.Quantity+units, thresholds, cmp.Or(reason, inventory.ReasonAdjustment))
}

// setQuantity gives a row a new quantity and new thresholds, with its movement
// and events. The caller has checked that the quantity covers the held units.
func (c *change) setQuantity(row Row, quantity int64, thresholds Thresholds, reason string) (Row, error) {
	if quantity > MaxQuantity {
		return Row{}, problem.New(problem.Conflict, "The quantity would be %d, above the maximum of %d.", quantity, int64(MaxQuantity))
	}
	before := row.Quantity
	row = c.update(row, func(r *Row) { r.Quantity, r.Thresholds = quantity, thresholds })
	difference := quantity - before
	if difference != 0 {
		if err := c.move(row, MovementAdjusted, difference, reason, ""); err != nil {
			return Row{}, err
		}
	}
	err := c.appendEvent(row.Version, inventory.StockUpdated{
		ProductID: row.ProductID, StoreID: row.StoreID, PreviousQuantity: before, NewQuantity: quantity,
		Change: difference, Reason: reason,
	})
	if err != nil {
		return Row{}, err
	}
	return c.reportLow(row)
}
