package events

// The event types of stock.
const (
	TypeStockCreated     Type = "stock.created"
	TypeStockUpdated     Type = "stock.updated"
	TypeStockTransferred Type = "stock.transferred"
	TypeStockReserved    Type = "stock.reserved"
	TypeStockReleased    Type = "stock.released"
	TypeStockLow         Type = "stock.low"
)

// The reasons that stock gives by itself; a caller's own reason takes the
// place of ReasonAdjustment, ReasonRestock and ReasonTransfer.
const (
	ReasonInitialStock = "initial_stock"
	ReasonRestock      = "restock"
	ReasonAdjustment   = "adjustment"
	ReasonSale         = "sale"
	ReasonTransfer     = "transfer"
	ReasonReturn       = "return"
)

// StockCreated is the payload of stock.created.
type StockCreated struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Reason    string `json:"reason"`
}

func (p StockCreated) subject() Subject {
	return stockSubject(TypeStockCreated, p.ProductID, p.StoreID)
}

// StockUpdated is the payload of stock.updated: a new quantity by a count, an
// adjustment or a sale.
type StockUpdated struct {
	ProductID        string `json:"product_id"`
	StoreID          string `json:"store_id"`
	PreviousQuantity int64  `json:"previous_quantity"`
	NewQuantity      int64  `json:"new_quantity"`
	Change           int64  `json:"change"`
	Reason           string `json:"reason"`
	ReservationID    string `json:"reservation_id,omitempty"` // for a sale
}

func (p StockUpdated) subject() Subject {
	return stockSubject(TypeStockUpdated, p.ProductID, p.StoreID)
}

// StockTransferred is the payload of stock.transferred. It concerns two rows,
// so the envelope has neither store_id nor version.
type StockTransferred struct {
	ProductID   string `json:"product_id"`
	FromStore   string `json:"from_store"`
	ToStore     string `json:"to_store"`
	Quantity    int64  `json:"quantity"`
	FromVersion int64  `json:"from_version"`
	ToVersion   int64  `json:"to_version"`
	Reason      string `json:"reason"`
}

func (p StockTransferred) subject() Subject {
	return stockSubject(TypeStockTransferred, p.ProductID, "")
}

// StockReserved is the payload of stock.reserved: a hold was granted. It holds
// all that a reservation needs, so that a create that broke off can be
// repaired from it.
type StockReserved struct {
	ReservationID string `json:"reservation_id"`
	ProductID     string `json:"product_id"`
	StoreID       string `json:"store_id"`
	Quantity      int64  `json:"quantity"`
	CustomerID    string `json:"customer_id"`
	ExpiresAt     string `json:"expires_at"` // TimeFormat
}

func (p StockReserved) subject() Subject {
	return stockSubject(TypeStockReserved, p.ProductID, p.StoreID)
}

// StockReleased is the payload of stock.released: a hold was given back.
// Reason is cancelled, expired or aborted.
type StockReleased struct {
	ReservationID string `json:"reservation_id"`
	ProductID     string `json:"product_id"`
	StoreID       string `json:"store_id"`
	Quantity      int64  `json:"quantity"`
	Reason        string `json:"reason"`
}

func (p StockReleased) subject() Subject {
	return stockSubject(TypeStockReleased, p.ProductID, p.StoreID)
}

// StockLow is the payload of stock.low: available is at or below the row's
// reorder point. A row is reported once, from its first version on, until it has
// recovered.
type StockLow struct {
	ProductID    string `json:"product_id"`
	StoreID      string `json:"store_id"`
	Available    int64  `json:"available"`
	ReorderPoint int64  `json:"reorder_point"`
	ReorderQty   int64  `json:"reorder_qty"`
}

func (p StockLow) subject() Subject { return stockSubject(TypeStockLow, p.ProductID, p.StoreID) }

func stockSubject(t Type, productID, storeID string) Subject {
	return Subject{Type: t, AggregateType: AggregateStock, AggregateID: productID, StoreID: storeID}
}
