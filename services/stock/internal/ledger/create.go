package ledger

import (
	"context"

	"inventory.example/pkg/events"
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

// Validate returns a ValidationError problem with everything that is wrong with
// p.
func (p CreateParams) Validate() error {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	checks.Range("initial_quantity", p.Quantity, 0, MaxQuantity)
	p.Thresholds.check(&checks)
	return checks.Err()
}

// Create makes a row. An unknown or deleted product is a NotFound problem, a
// row that exists a Conflict. replayed tells that the row is the saved result
// of an earlier request.
func (s *Service) Create(ctx context.Context, p CreateParams, once idempotency.Request) (row Row, replayed bool, err error) {
	if err := p.Validate(); err != nil {
		return Row{}, false, err
	}
	thresholds, err := Thresholds{}.with(p.Thresholds)
	if err != nil {
		return Row{}, false, err
	}
	product, productErr := s.currentProduct(ctx, p.ProductID)
	err = s.write(ctx, func(c *change) error {
		var err error
		// A repeated request gets its first answer also when the product is gone.
		if replayed, err = idempotency.Replay(c.tx, once, &row); err != nil || replayed {
			return err
		}
		if productErr != nil {
			return productErr
		}
		created, err := c.createOf(product, p.StoreID, p.Quantity, thresholds)
		if err != nil {
			return err
		}
		row = *created
		return idempotency.Save(c.tx, once, row)
	})
	return row, replayed, err
}

// createOf creates a row of a product as catalog just had it, with its movement
// and events.
func (c *change) createOf(product Product, storeID string, quantity int64, thresholds Thresholds) (*Row, error) {
	if err := c.tx.SaveProduct(product); err != nil {
		return nil, err
	}
	// Its deletion may have come since catalog was asked.
	known, _, err := c.tx.Product(product.ID)
	if err != nil {
		return nil, err
	}
	if known.Deleted {
		return nil, noProduct(product.ID)
	}
	row, err := c.newRow(product.ID, storeID, quantity, thresholds)
	if err != nil {
		return nil, err
	}
	row.Product = known
	err = c.append(row.Version, events.StockCreated{
		ProductID: row.ProductID, StoreID: row.StoreID, Quantity: row.Quantity, Reason: events.ReasonInitialStock,
	})
	if err != nil {
		return nil, err
	}
	if err := c.reportLow(row); err != nil {
		return nil, err
	}
	if err := c.tx.InsertRow(*row); err != nil {
		return nil, err
	}
	return row, c.move(row, MovementCreated, quantity, events.ReasonInitialStock, "")
}

// newRow returns the first version of a row that must not exist. The caller
// inserts it, after its events, which say whether it was reported low, and
// before its movement.
func (c *change) newRow(productID, storeID string, quantity int64, thresholds Thresholds) (*Row, error) {
	existing, err := c.row(productID, storeID)
	if err != nil {
		return nil, err
	}
	if existing != nil {
		return nil, problem.New(problem.Conflict, "Product %s has stock in store %s already.", productID, storeID)
	}
	row := &Row{
		ProductID: productID, StoreID: storeID, Quantity: quantity, Thresholds: thresholds,
		Version: 1, UpdatedAt: c.at,
	}
	c.rows[rowKey{productID, storeID}] = row
	return row, nil
}
