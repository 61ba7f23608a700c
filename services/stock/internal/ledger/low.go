package ledger

import "inventory.example/pkg/contract/inventory"

// reportLow writes stock.low when the row is low and has not had its stock.low
// yet. A reported row must recover before it is reported again, so that
// a cart that comes and goes at the reorder point causes one event. It is called
// after every update of the available units or of the reorder point, and for a new
// row before that is inserted. It returns the row as it will be saved.
func (c *change) reportLow(row Row) (Row, error) {
	cached := c.rows[RowKey{row.ProductID, row.StoreID}]
	if cached.LowReported || !cached.low() {
		cached.LowReported = cached.LowReported && !cached.recovered()
		return cached.Row, nil
	}
	cached.LowReported = true
	return cached.Row, c.appendEvent(row.Version, inventory.StockLow{
		ProductID: row.ProductID, StoreID: row.StoreID,
		Available: row.Available(), ReorderPoint: row.EffectiveReorderPoint(), ReorderQty: row.Thresholds.ReorderQty,
	})
}
