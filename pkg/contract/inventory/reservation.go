package inventory

import "inventory.example/pkg/events"

// The event types of reservation.
const (
	TypeReservationCreated   events.Type = "reservation.created"
	TypeReservationConfirmed events.Type = "reservation.confirmed"
	TypeReservationCancelled events.Type = "reservation.cancelled"
	TypeReservationExpired   events.Type = "reservation.expired"
	TypeReservationExtended  events.Type = "reservation.extended"
	TypeReservationUpdated   events.Type = "reservation.updated"
	TypeReservationReturned  events.Type = "reservation.returned"
)

// The reasons of reservation.cancelled that are not the caller's own.
const (
	ReasonManualCancellation = "manual_cancellation"
	ReasonAborted            = "aborted"
)

// The reasons of stock.released.
const (
	ReasonCancelled = "cancelled"
	ReasonExpired   = "expired"
)

// ReservationState is the part that the payloads of all events of reservations have:
// the reservation after the change. Events of the releases before lines do not have
// it.
type ReservationState struct {
	Status    string            `json:"status,omitempty" enum:"pending,confirmed,cancelled,expired" doc:"The status of the reservation. Absent in events of releases before lines."`
	Reference string            `json:"reference,omitempty" doc:"The caller's own name of the reservation, such as an order number. Absent when there is none."`
	Lines     []ReservationLine `json:"lines,omitempty" doc:"All lines of the reservation with their totals so far. Absent in events of releases before lines."`
}

// ReservationLine is a line of a reservation. The totals only grow.
type ReservationLine struct {
	ProductID string `json:"product_id" doc:"The product. Empty when the create was aborted and named it by its SKU only."`
	StoreID   string `json:"store_id" doc:"The store. When the create was aborted, the first one of the line's ranking."`
	Requested int64  `json:"requested" min:"0" doc:"Units that the caller asked for; 0 in a line that only takes the returned units of another store."`
	Quantity  int64  `json:"quantity" min:"0" doc:"Units that were granted."`
	Confirmed int64  `json:"confirmed" min:"0" doc:"Units that are sold."`
	Released  int64  `json:"released" min:"0" doc:"Units that were given back before they were sold."`
	Returned  int64  `json:"returned" min:"0" doc:"Sold units that the customer brought back."`
	Restocked int64  `json:"restocked" min:"0" doc:"Units that the customer brought back and that were added to the quantity of this line's stock row."`
}

// ReservationCreated is the payload of reservation.created.
type ReservationCreated struct {
	ReservationID string `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID     string `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID       string `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity      int64  `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	CustomerID    string `json:"customer_id" doc:"The customer, as the caller named them."`
	ExpiresAt     string `json:"expires_at" format:"date-time" doc:"The time at which the reservation expires unless it is confirmed or cancelled before."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationCreated) Subject() events.Subject {
	return reservationSubject(TypeReservationCreated, p.ReservationID, p.StoreID)
}

// ReservationConfirmed is the payload of reservation.confirmed.
type ReservationConfirmed struct {
	ReservationID string `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID     string `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID       string `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity      int64  `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	ConfirmedAt   string `json:"confirmed_at" format:"date-time" doc:"The time of the confirmation."`
	CustomerID    string `json:"customer_id,omitempty" doc:"The customer, as the caller named them. Absent in events of releases before lines."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationConfirmed) Subject() events.Subject {
	return reservationSubject(TypeReservationConfirmed, p.ReservationID, p.StoreID)
}

// ReservationCancelled is the payload of reservation.cancelled.
type ReservationCancelled struct {
	ReservationID string `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID     string `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID       string `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity      int64  `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	Reason        string `json:"reason" doc:"The reason: manual_cancellation, the caller's own text, or aborted."`
	// Aborted is true when the create's outcome in stock was unknown: no caller
	// was ever given this reservation, and no reservation.created came before.
	Aborted    bool   `json:"aborted,omitempty" doc:"True when the outcome of the create in stock was unknown: no caller was given this reservation, and it has no reservation.created. Absent otherwise."`
	CustomerID string `json:"customer_id,omitempty" doc:"The customer, as the caller named them. Absent in events of releases before lines."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationCancelled) Subject() events.Subject {
	return reservationSubject(TypeReservationCancelled, p.ReservationID, p.StoreID)
}

// ReservationExpired is the payload of reservation.expired.
type ReservationExpired struct {
	ReservationID string `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID     string `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID       string `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity      int64  `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	ExpiredAt     string `json:"expired_at" format:"date-time" doc:"The time of the expiry."`
	CustomerID    string `json:"customer_id,omitempty" doc:"The customer, as the caller named them. Absent in events of releases before lines."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationExpired) Subject() events.Subject {
	return reservationSubject(TypeReservationExpired, p.ReservationID, p.StoreID)
}

// ReservationExtended is the payload of reservation.extended.
type ReservationExtended struct {
	ReservationID     string `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID         string `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID           string `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity          int64  `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	CustomerID        string `json:"customer_id" doc:"The customer, as the caller named them."`
	ExpiresAt         string `json:"expires_at" format:"date-time" doc:"The time at which the reservation expires from now on."`
	PreviousExpiresAt string `json:"previous_expires_at" format:"date-time" doc:"The time at which it would have expired."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationExtended) Subject() events.Subject {
	return reservationSubject(TypeReservationExtended, p.ReservationID, p.StoreID)
}

// ReservationUnits are the units of one line that a change concerns.
type ReservationUnits struct {
	ProductID string `json:"product_id" doc:"The product."`
	StoreID   string `json:"store_id" doc:"The store."`
	Quantity  int64  `json:"quantity" min:"1" doc:"The units."`
}

// ReservationUpdated is the payload of reservation.updated.
type ReservationUpdated struct {
	ReservationID string             `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID     string             `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID       string             `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity      int64              `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	CustomerID    string             `json:"customer_id" doc:"The customer, as the caller named them."`
	Change        string             `json:"change" enum:"confirmed,cancelled" doc:"Whether the units were sold or given back."`
	Units         []ReservationUnits `json:"units" doc:"The units of this change. The lines have the totals after it."`
	Reason        string             `json:"reason,omitempty" doc:"The reason of units that were given back: manual_cancellation, or the caller's own text."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationUpdated) Subject() events.Subject {
	return reservationSubject(TypeReservationUpdated, p.ReservationID, p.StoreID)
}

// ReservationReturned is the payload of reservation.returned.
type ReservationReturned struct {
	ReservationID string             `json:"reservation_id" format:"uuid" doc:"The reservation."`
	ProductID     string             `json:"product_id,omitempty" doc:"The product, when the reservation has one line."`
	StoreID       string             `json:"store_id,omitempty" doc:"The store, when the reservation has one line."`
	Quantity      int64              `json:"quantity,omitempty" min:"1" doc:"Units that were granted, when the reservation has one line."`
	CustomerID    string             `json:"customer_id" doc:"The customer, as the caller named them."`
	Units         []ReservationUnits `json:"units" doc:"The sold units that came back with this return. The lines have the totals after it."`
	Restock       bool               `json:"restock" doc:"Whether the units were added to the quantity of a stock row."`
	ToStoreID     string             `json:"to_store_id,omitempty" doc:"The store whose rows took the units. Absent when those of the units did, or none."`
	Reason        string             `json:"reason,omitempty" doc:"The caller's own text. Absent when there is none."`
	ReservationState
}

// Subject implements events.Body.
func (p ReservationReturned) Subject() events.Subject {
	return reservationSubject(TypeReservationReturned, p.ReservationID, p.StoreID)
}

func reservationSubject(t events.Type, id, storeID string) events.Subject {
	return events.Subject{Type: t, AggregateType: AggregateReservation, AggregateID: id, StoreID: storeID}
}

// IsReservedReason reports whether a reason is one that only the services
// themselves give, so that a caller cannot make one kind of change look like
// another.
func IsReservedReason(reason string) bool {
	switch reason {
	case ReasonSale, ReasonTransfer, ReasonInitialStock, ReasonExpired, ReasonReturn, ReasonAborted:
		return true
	default:
		return false
	}
}

// ReleaseReason returns the reason of stock.released for a reservation that was
// cancelled for cancelReason: cancelled for any text of the caller, or aborted when
// the create was aborted.
func ReleaseReason(cancelReason string) string {
	if cancelReason == ReasonAborted {
		return ReasonAborted
	}
	return ReasonCancelled
}
