// Package inventory is the contract of the services' events: their types, their
// payloads, and the names that producers and consumers agree on. The tags of a
// payload are its documentation for package eventschema. The bytes of an event are
// a promise to consumers outside this repository; docs/events.md lists the
// allowed changes.
package inventory

import "inventory.example/pkg/events"

// Stream is the name of the stream or topic that carries all events, unless the
// configuration of a broker names another one.
const Stream = "inventory-events"

// The aggregates. Events of product and stock carry the product's id, events of
// store the store's, events of reservation the reservation's, and events of transfer
// the transfer's.
const (
	AggregateProduct     events.Aggregate = "product"
	AggregateStore       events.Aggregate = "store"
	AggregateStock       events.Aggregate = "stock"
	AggregateReservation events.Aggregate = "reservation"
	AggregateTransfer    events.Aggregate = "transfer"
)

// The actors of changes that a service makes by itself, such as an expiry.
const (
	ActorCatalog     = "catalog"
	ActorStock       = "stock"
	ActorReservation = "reservation"
	ActorNotifier    = "notifier"
)

// Actors returns the actors of all services. No API key may have one of these
// names.
func Actors() []string {
	return []string{ActorCatalog, ActorStock, ActorReservation, ActorNotifier}
}
