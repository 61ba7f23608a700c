package ledger

import (
	"context"

	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
)

// ThresholdsParams asks for new thresholds of a row.
type ThresholdsParams struct {
	ProductID  string
	StoreID    string
	Thresholds ThresholdChange
	Version    *int64 // the version that the caller saw; nil: any
}

// SetThresholds changes a row's thresholds and leaves its quantity as it is,
// whatever is sold at the same time. A change to the thresholds that the row has
// writes nothing.
func (s *Service) SetThresholds(ctx context.Context, p ThresholdsParams) (row Row, err error) {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	p.Thresholds.check(&checks)
	if err := checks.Err(); err != nil {
		return Row{}, err
	}
	err = s.write(ctx, func(c *change) error {
		current, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return err
		}
		thresholds, err := current.Thresholds.with(p.Thresholds)
		if err != nil {
			return err
		}
		if !current.Thresholds.has(p.Thresholds) {
			if err := c.setQuantity(current, current.Quantity, thresholds, events.ReasonAdjustment); err != nil {
				return err
			}
		}
		row = *current
		return nil
	})
	return row, err
}
