package ledger

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/problem"
)

// ThresholdsParams asks for new thresholds of a row.
type ThresholdsParams struct {
	ProductID  string
	StoreID    string
	Thresholds ThresholdChange
	Version    *int64 // the version that the caller saw; nil: any
}

// SetThresholds changes a row's thresholds and never its quantity, so units that are
// sold at the same time stay sold. A change to thresholds that the row has already
// writes nothing.
func (s *Service) SetThresholds(ctx context.Context, p ThresholdsParams) (Row, error) {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	p.Thresholds.check(&checks)
	if err := checks.Err(); err != nil {
		return Row{}, err
	}
	return write(ctx, s, rowNeeds(p.ProductID, p.StoreID), func(c *change) (Row, error) {
		row, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return Row{}, err
		}
		thresholds, err := row.Thresholds.with(p.Thresholds)
		if err != nil || row.Thresholds.has(p.Thresholds) {
			return row, err
		}
		return c.setQuantity(row, row.Quantity, thresholds, inventory.ReasonAdjustment)
	})
}
