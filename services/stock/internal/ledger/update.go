package ledger

import (
	"cmp"
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/problem"
)

// UpdateParams asks for a counted quantity and, where they are not nil, new
// thresholds.
type UpdateParams struct {
	ProductID  string
	StoreID    string
	Quantity   int64
	Thresholds ThresholdChange
	Reason     string
	Version    *int64 // the version that the caller saw; nil: any
}

// Update sets a row's quantity and thresholds. A quantity below the held units is
// a Conflict problem.
func (s *Service) Update(ctx context.Context, p UpdateParams) (Row, error) {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	checks.Range("quantity", p.Quantity, 0, MaxQuantity)
	p.Thresholds.check(&checks)
	p.Reason = problem.UnixLines(p.Reason)
	checkReason(&checks, p.Reason)
	if err := checks.Err(); err != nil {
		return Row{}, err
	}
	return write(ctx, s, rowNeeds(p.ProductID, p.StoreID), func(c *change) (Row, error) {
		row, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return Row{}, err
		}
		return c.set(row, p.Quantity, p.Thresholds, p.Reason)
	})
}

// set gives a row a counted quantity, and thresholds.
func (c *change) set(row Row, quantity int64, change ThresholdChange, reason string) (Row, error) {
	if quantity < row.Claimed() {
		return Row{}, belowClaimed(row)
	}
	thresholds, err := row.Thresholds.with(change)
	if err != nil {
		return Row{}, err
	}
	fallback := inventory.ReasonAdjustment
	if quantity > row.Quantity {
		fallback = inventory.ReasonRestock
	}
	return c.setQuantity(row, quantity, thresholds, cmp.Or(reason, fallback))
}

// belowClaimed is the problem of a quantity that is less than the held units, or
// than those and the unavailable ones.
func belowClaimed(row Row) error {
	if row.Unavailable.Sum() == 0 {
		return problem.New(problem.Conflict, "The quantity must not be below the %d units that are reserved.", row.Reserved)
	}
	return problem.New(problem.Conflict, "The quantity must not be below the %d units that are reserved and the %d that are unavailable.",
		row.Reserved, row.Unavailable.Sum())
}
