package ledger

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/problem"
)

// DeleteParams asks to remove a row.
type DeleteParams struct {
	ProductID string
	StoreID   string
	Version   *int64 // the version that the caller saw; nil: any
}

// Delete removes a row that has no units, none held and none on the way: otherwise it
// is a Conflict problem. Its movements stay, and its versions go on if it is
// created again.
func (s *Service) Delete(ctx context.Context, p DeleteParams) error {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	if err := checks.Err(); err != nil {
		return err
	}
	return s.write(ctx, rowNeeds(p.ProductID, p.StoreID), func(c *change) error {
		row, err := c.seenRow(p.ProductID, p.StoreID, p.Version)
		if err != nil {
			return err
		}
		if row.Quantity > 0 || row.Reserved > 0 || row.Incoming > 0 {
			return problem.New(problem.Conflict, "The row has %d units, %d of them reserved, and %d on the way: only a row without any can be deleted.",
				row.Quantity, row.Reserved, row.Incoming)
		}
		return c.remove(row)
	})
}

// remove removes a row, which the change has not updated.
func (c *change) remove(row Row) error {
	seen := row.Version
	row.Version++
	if c.at.After(row.UpdatedAt) {
		row.UpdatedAt = c.at
	}
	if err := c.tx.RemoveRow(row, seen); err != nil {
		return err
	}
	if err := c.record(row, Movement{Kind: MovementDeleted, Reason: inventory.ReasonDeletion}); err != nil {
		return err
	}
	return c.appendEvent(row.Version, inventory.StockDeleted{ProductID: row.ProductID, StoreID: row.StoreID})
}
