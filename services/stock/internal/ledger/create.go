package ledger

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// CreateParams asks for a new row.
type CreateParams struct {
	ProductID  string
	StoreID    string
	Quantity   int64
	Thresholds ThresholdChange
}

// Validate returns a ValidationError problem with all errors of p.
func (p CreateParams) Validate() error {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	checks.Range("initial_quantity", p.Quantity, 0, MaxQuantity)
	p.Thresholds.check(&checks)
	return checks.Err()
}

// Create creates a row. An unknown or deleted product is a NotFound problem, an
// existing row a Conflict. It reports whether the row is the saved result of an
// earlier request, which a repetition gets even when the product is deleted.
func (s *Service) Create(ctx context.Context, p CreateParams, once idempotency.Request) (Row, bool, error) {
	if err := p.Validate(); err != nil {
		return Row{}, false, err
	}
	thresholds, err := Thresholds{}.with(p.Thresholds)
	if err != nil {
		return Row{}, false, err
	}
	product, productErr := s.currentProduct(ctx, p.ProductID)
	if productErr == nil {
		productErr = s.knowStore(ctx, p.StoreID)
	}
	return writeOnce(ctx, s, createNeeds(product, p.StoreID), once, s.savedRows, func(c *change) (Row, error) {
		if productErr != nil {
			return Row{}, productErr
		}
		return c.createOf(product, p.StoreID, p.Quantity, thresholds)
	})
}

// createOf creates a row of a product that catalog has just returned, with its
// movement and events.
func (c *change) createOf(product Product, storeID string, quantity int64, thresholds Thresholds) (Row, error) {
	known, err := c.checkProduct(product, noProduct)
	if err != nil {
		return Row{}, err
	}
	if err := c.requireStore(storeID); err != nil {
		return Row{}, err
	}
	row, err := c.newRow(known, storeID, quantity, thresholds)
	if err != nil {
		return Row{}, err
	}
	err = c.appendEvent(row.Version, inventory.StockCreated{
		ProductID: row.ProductID, StoreID: row.StoreID, Quantity: row.Quantity, Reason: inventory.ReasonInitialStock,
	})
	if err != nil {
		return Row{}, err
	}
	if row, err = c.reportLow(row); err != nil {
		return Row{}, err
	}
	if err := c.tx.InsertRow(row); err != nil {
		return Row{}, err
	}
	return row, c.move(row, MovementCreated, quantity, inventory.ReasonInitialStock, "")
}

// newRow returns the first version of a row that must not exist. The caller
// inserts it, after its events, which record whether it was reported low, and
// before its movement.
func (c *change) newRow(product Product, storeID string, quantity int64, thresholds Thresholds) (Row, error) {
	_, found, err := c.row(product.ID, storeID)
	if err != nil {
		return Row{}, err
	}
	if found {
		return Row{}, problem.New(problem.Conflict, "Product %s has stock in store %s already.", product.ID, storeID)
	}
	past := c.removed[RowKey{product.ID, storeID}]
	row := Row{
		ProductID: product.ID, StoreID: storeID, Quantity: quantity, Thresholds: thresholds,
		Version: past.Version + 1, UpdatedAt: c.at, Product: product,
	}
	if past.UpdatedAt.After(c.at) { // as in update
		row.UpdatedAt = past.UpdatedAt
	}
	if row.NewStore, err = c.useStore(storeID); err != nil {
		return Row{}, err
	}
	c.rows[RowKey{product.ID, storeID}] = &cachedRow{Row: row, stored: row.Version}
	return row, nil
}
