package ledger

import (
	"fmt"

	"inventory.example/pkg/contract/inventory"
)

// restock adds returned units to a row, which is created when it is missing: the
// units may come back to a store that never had the product.
func (c *change) restock(p *SettleParams, l Line, units int64) error {
	row, found, err := c.row(l.ProductID, l.StoreID)
	if err == nil && !found {
		row, err = c.returnTarget(l)
	}
	if err != nil {
		return err
	}
	before := row.Quantity
	row = c.update(row, func(r *Row) { r.Quantity += units })
	if err := c.move(row, MovementReturned, units, inventory.ReasonReturn, p.ReservationID); err != nil {
		return err
	}
	err = c.appendEvent(row.Version, inventory.StockUpdated{
		ProductID: l.ProductID, StoreID: l.StoreID, PreviousQuantity: before, NewQuantity: row.Quantity,
		Change: units, Reason: inventory.ReasonReturn, ReservationID: p.ReservationID,
	})
	if err != nil {
		return err
	}
	_, err = c.reportLow(row)
	return err
}

// returnTarget creates a row without units. Its product may be deleted by now: the
// units are in the store all the same.
func (c *change) returnTarget(l Line) (Row, error) {
	product, known, err := c.tx.Product(l.ProductID)
	if err != nil {
		return Row{}, err
	}
	if !known {
		return Row{}, fmt.Errorf("return of product %s, which no row has", l.ProductID)
	}
	return c.emptyRow(product, l.StoreID)
}

// emptyRow creates a row without units, for units that follow. Whether the row is low
// is reported then.
func (c *change) emptyRow(product Product, storeID string) (Row, error) {
	row, err := c.newRow(product, storeID, 0, Thresholds{})
	if err != nil {
		return Row{}, err
	}
	err = c.appendEvent(row.Version, inventory.StockCreated{
		ProductID: row.ProductID, StoreID: row.StoreID, Quantity: 0, Reason: inventory.ReasonInitialStock,
	})
	if err != nil {
		return Row{}, err
	}
	if err := c.tx.InsertRow(row); err != nil {
		return Row{}, err
	}
	return row, c.move(row, MovementCreated, 0, inventory.ReasonInitialStock, "")
}
