package inventory

import "inventory.example/pkg/events"

// The event types of transfers that take time. The units that they move have
// stock.updated of their rows as well.
const (
	TypeTransferRequested events.Type = "transfer.requested"
	TypeTransferShipped   events.Type = "transfer.shipped"
	TypeTransferReceived  events.Type = "transfer.received"
	TypeTransferCancelled events.Type = "transfer.cancelled"
)

// TransferState is the payload that all events of transfers have: the transfer after
// the change.
type TransferState struct {
	TransferID  string         `json:"transfer_id" format:"uuid" doc:"The transfer."`
	FromStoreID string         `json:"from_store_id,omitempty" doc:"The store that gives the units. Absent when a supplier delivers them."`
	Supplier    string         `json:"supplier,omitempty" doc:"The supplier that delivers the units. Absent when a store gives them."`
	ToStoreID   string         `json:"to_store_id" doc:"The store that receives the units."`
	Status      string         `json:"status" enum:"requested,shipped,received,cancelled" doc:"The status of the transfer: received once all of its units are accounted for."`
	Reference   string         `json:"reference,omitempty" doc:"The caller's own name of the transfer, such as the number of a delivery note. Absent when there is none."`
	ExpectedAt  string         `json:"expected_at,omitempty" format:"date-time" doc:"The time at which the caller expects the units. Absent when there is none."`
	Lines       []TransferLine `json:"lines" doc:"All lines of the transfer with their totals so far."`
}

// TransferLine is a line of a transfer. The units on the way are shipped minus
// received and lost.
type TransferLine struct {
	ProductID string `json:"product_id" doc:"The product."`
	Quantity  int64  `json:"quantity" min:"1" doc:"Units that were requested."`
	Shipped   int64  `json:"shipped" min:"0" doc:"Units that left; 0 again when the transfer was cancelled."`
	Received  int64  `json:"received" min:"0" doc:"Units that arrived, the damaged ones among them."`
	Damaged   int64  `json:"damaged" min:"0" doc:"Units among the received ones that arrived damaged."`
	Lost      int64  `json:"lost" min:"0" doc:"Units that did not arrive and are not on the way any more."`
}

// TransferRequested is the payload of transfer.requested.
type TransferRequested struct{ TransferState }

// Subject implements events.Body.
func (p TransferRequested) Subject() events.Subject { return p.subject(TypeTransferRequested) }

// TransferShipped is the payload of transfer.shipped.
type TransferShipped struct{ TransferState }

// Subject implements events.Body.
func (p TransferShipped) Subject() events.Subject { return p.subject(TypeTransferShipped) }

// TransferReceived is the payload of transfer.received: some units arrived or were
// lost.
type TransferReceived struct{ TransferState }

// Subject implements events.Body.
func (p TransferReceived) Subject() events.Subject { return p.subject(TypeTransferReceived) }

// TransferCancelled is the payload of transfer.cancelled.
type TransferCancelled struct {
	TransferState
	Reason string `json:"reason,omitempty" doc:"The caller's own text. Absent when there is none."`
}

// Subject implements events.Body.
func (p TransferCancelled) Subject() events.Subject { return p.subject(TypeTransferCancelled) }

// subject has no store, because most transfers have two.
func (p TransferState) subject(t events.Type) events.Subject {
	return events.Subject{Type: t, AggregateType: AggregateTransfer, AggregateID: p.TransferID}
}
