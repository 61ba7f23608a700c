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

// Create makes a row. An unknown or deleted product is a NotFound problem, a
// row that exists a Conflict. replayed tells that the row is the saved result
// of an earlier request.
func (s *Service) Create(ctx context.Context, p CreateParams, once idempotency.Request) (row Row, replayed bool, err error) {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	checks.Range("initial_quantity", p.Quantity, 0, MaxQuantity)
	p.Thresholds.check(&checks)
	if err := checks.Err(); err != nil {
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
		if err := c.tx.SaveProduct(product); err != nil {
			return err
		}
		// Its deletion may have come since catalog was asked.
		known, _, err := c.tx.Product(p.ProductID)
		if err != nil {
			return err
		}
		if known.Deleted {
			return noProduct(p.ProductID)
		}
		created, err := c.create(p.ProductID, p.StoreID, p.Quantity, thresholds)
		if err != nil {
			return err
		}
		if err := c.move(created, MovementCreated, p.Quantity, events.ReasonInitialStock, ""); err != nil {
			return err
		}
		row = *created
		row.Product = known
		err = c.append(row.Version, events.StockCreated{
			ProductID: row.ProductID, StoreID: row.StoreID, Quantity: row.Quantity, Reason: events.ReasonInitialStock,
		})
		if err != nil {
			return err
		}
		return idempotency.Save(c.tx, once, row)
	})
	return row, replayed, err
}

// create inserts a row that must not exist.
func (c *change) create(productID, storeID string, quantity int64, thresholds Thresholds) (*Row, error) {
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
	if err := c.tx.InsertRow(*row); err != nil {
		return nil, err
	}
	c.rows[rowKey{productID, storeID}] = row
	return row, nil
}
