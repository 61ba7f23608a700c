package inventory

import "inventory.example/pkg/events"

// The event types of stock.
const (
	TypeStockCreated     events.Type = "stock.created"
	TypeStockUpdated     events.Type = "stock.updated"
	TypeStockTransferred events.Type = "stock.transferred"
	TypeStockReserved    events.Type = "stock.reserved"
	TypeStockReleased    events.Type = "stock.released"
	TypeStockLow         events.Type = "stock.low"
	// TypeStockStateChanged: units became available or unavailable.
	TypeStockStateChanged events.Type = "stock.state_changed"
	TypeStockDeleted      events.Type = "stock.deleted"
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
	ReasonStateChange  = "state_change"
	ReasonDeletion     = "deletion"
	ReasonCount        = "count"
)

// StockCreated is the payload of stock.created.
type StockCreated struct {
	ProductID string `json:"product_id" doc:"The product."`
	StoreID   string `json:"store_id" doc:"The store of the new row."`
	Quantity  int64  `json:"quantity" min:"0" doc:"Units in the new row."`
	Reason    string `json:"reason" enum:"initial_stock" doc:"The reason for the quantity."`
}

// Subject implements events.Body.
func (p StockCreated) Subject() events.Subject {
	return stockSubject(TypeStockCreated, p.ProductID, p.StoreID)
}

// StockUpdated is the payload of stock.updated: a new quantity by a count, an
// adjustment or a sale.
type StockUpdated struct {
	ProductID        string `json:"product_id" doc:"The product."`
	StoreID          string `json:"store_id" doc:"The store."`
	PreviousQuantity int64  `json:"previous_quantity" min:"0" doc:"Units before the change."`
	NewQuantity      int64  `json:"new_quantity" min:"0" doc:"Units after the change."`
	Change           int64  `json:"change" doc:"new_quantity minus previous_quantity."`
	Reason           string `json:"reason" doc:"The reason: restock, adjustment, sale, return, transfer, count, or the caller's own text. Only a sale has the reason sale, only a return of sold units has the reason return."`
	ReservationID    string `json:"reservation_id,omitempty" doc:"The reservation whose units were sold or returned; only of a sale and a return."`
	Damaged          int64  `json:"damaged,omitempty" min:"1" doc:"Units among those that a transfer brought which arrived damaged: they count in new_quantity and are unavailable. Absent when there are none."`
	TransferID       string `json:"transfer_id,omitempty" format:"uuid" doc:"The transfer by which the units left, arrived or are on the way; change is 0 when only the units on the way to the row changed. Absent when there is none."`
	CountID          string `json:"count_id,omitempty" format:"uuid" doc:"The count that was applied: change is the difference between the counted units and the quantity of the row when it was counted. Absent when there is none."`
}

// Subject implements events.Body.
func (p StockUpdated) Subject() events.Subject {
	return stockSubject(TypeStockUpdated, p.ProductID, p.StoreID)
}

// StockTransferred is the payload of stock.transferred. It concerns two rows,
// so the envelope has neither store_id nor version.
type StockTransferred struct {
	ProductID   string `json:"product_id" doc:"The product."`
	FromStore   string `json:"from_store" doc:"The store that gave the units."`
	ToStore     string `json:"to_store" doc:"The store that received the units."`
	Quantity    int64  `json:"quantity" min:"1" doc:"Units that were transferred."`
	FromVersion int64  `json:"from_version" min:"1" doc:"The version of the giving row after the transfer."`
	ToVersion   int64  `json:"to_version" min:"1" doc:"The version of the receiving row after the transfer."`
	Reason      string `json:"reason" doc:"The reason: transfer, or the caller's own text."`
}

// Subject implements events.Body.
func (p StockTransferred) Subject() events.Subject {
	return stockSubject(TypeStockTransferred, p.ProductID, "")
}

// StockReserved is the payload of stock.reserved: a hold was granted. It holds
// all that a reservation needs, so that a create that broke off can be
// repaired from it.
type StockReserved struct {
	ReservationID string `json:"reservation_id" doc:"The reservation that the units are held for."`
	ProductID     string `json:"product_id" doc:"The product."`
	StoreID       string `json:"store_id" doc:"The store."`
	Quantity      int64  `json:"quantity" min:"1" doc:"Units that are held."`
	CustomerID    string `json:"customer_id" doc:"The customer, as the caller named them."`
	ExpiresAt     string `json:"expires_at" format:"date-time" doc:"The time at which the reservation expires unless it is confirmed or cancelled before."`
}

// Subject implements events.Body.
func (p StockReserved) Subject() events.Subject {
	return stockSubject(TypeStockReserved, p.ProductID, p.StoreID)
}

// StockReleased is the payload of stock.released: a hold was given back.
// Reason is cancelled, expired or aborted.
type StockReleased struct {
	ReservationID string `json:"reservation_id" doc:"The reservation that the units were held for."`
	ProductID     string `json:"product_id" doc:"The product."`
	StoreID       string `json:"store_id" doc:"The store."`
	Quantity      int64  `json:"quantity" min:"1" doc:"Units that are available again."`
	Reason        string `json:"reason" enum:"cancelled,expired,aborted" doc:"How the reservation ended: it was cancelled, it expired, or its create was aborted."`
}

// Subject implements events.Body.
func (p StockReleased) Subject() events.Subject {
	return stockSubject(TypeStockReleased, p.ProductID, p.StoreID)
}

// StockLow is the payload of stock.low: available is at or below the row's
// reorder point. A row is reported once, from its first version on, until it has
// recovered.
type StockLow struct {
	ProductID    string `json:"product_id" doc:"The product."`
	StoreID      string `json:"store_id" doc:"The store."`
	Available    int64  `json:"available" min:"0" doc:"Units that can be reserved: quantity minus reserved and all that are unavailable."`
	ReorderPoint int64  `json:"reorder_point" min:"0" doc:"The reorder point of the row."`
	ReorderQty   int64  `json:"reorder_qty" min:"0" doc:"Units to order; 0 when the row has no such number."`
}

// Subject implements events.Body.
func (p StockLow) Subject() events.Subject { return stockSubject(TypeStockLow, p.ProductID, p.StoreID) }

// StockStateChanged is the payload of stock.state_changed. The quantity of the row
// stays as it is.
type StockStateChanged struct {
	ProductID string `json:"product_id" doc:"The product."`
	StoreID   string `json:"store_id" doc:"The store."`
	From      string `json:"from" enum:"available,damaged,quality_control,safety_stock,other" doc:"The state of the units before the change."`
	To        string `json:"to" enum:"damaged,available,quality_control,safety_stock,other" doc:"The state of the units after the change. Only units that are available can be reserved."`
	Quantity  int64  `json:"quantity" min:"1" doc:"Units that changed their state."`
	Reason    string `json:"reason" doc:"The reason: state_change, or the caller's own text."`
}

// Subject implements events.Body.
func (p StockStateChanged) Subject() events.Subject {
	return stockSubject(TypeStockStateChanged, p.ProductID, p.StoreID)
}

// StockDeleted is the payload of stock.deleted: a row without units was removed.
type StockDeleted struct {
	ProductID string `json:"product_id" doc:"The product."`
	StoreID   string `json:"store_id" doc:"The store."`
}

// Subject implements events.Body.
func (p StockDeleted) Subject() events.Subject {
	return stockSubject(TypeStockDeleted, p.ProductID, p.StoreID)
}

func stockSubject(t events.Type, productID, storeID string) events.Subject {
	return events.Subject{Type: t, AggregateType: AggregateStock, AggregateID: productID, StoreID: storeID}
}
