package eventschema

import (
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// The things that aggregate_id and version belong to.
const (
	product     = "product"
	store       = "store"
	stockRow    = "stock row, which is the product in the store,"
	reservation = "reservation"
	transfer    = "transfer"
)

// Catalog returns the events of catalog.
func Catalog() Set {
	kind := func(body events.Body, when string) Kind { return KindOf(body, when, product, product) }
	return Set{Service: "catalog", Published: []Kind{
		kind(inventory.ProductCreated{}, "A product was created, by a request or an import."),
		kind(inventory.ProductUpdated{}, "A product was changed. The payload is the whole product as it is now."),
		kind(inventory.ProductDeleted{}, "A product was deleted. Its stock stays for audit and takes no more reservations."),
		KindOf(inventory.StoreUpdated{}, "A store was created, changed, or used by stock for the first time. The payload is the whole store as it is now.", store, store),
		KindOf(inventory.StoreDeleted{}, "A store was deleted. Its stock stays.", store, store),
	}}
}

// Stock returns the events of stock.
func Stock() Set {
	kind := func(body events.Body, when string) Kind { return KindOf(body, when, product, stockRow) }
	ofTransfer := func(body events.Body, when string) Kind { return KindOf(body, when, transfer, transfer) }
	return Set{Service: "stock", Published: []Kind{
		kind(inventory.StockCreated{}, "A stock row was created, by a request or an import. A row that a transfer creates has no stock.created: its stock.transferred has to_version 1."),
		kind(inventory.StockUpdated{}, "The quantity of a row was set, adjusted or imported, or units were sold. Thresholds that are changed without the quantity have change 0."),
		KindOf(inventory.StockTransferred{}, "Units went from one store to another, both in one step. It concerns two rows, so the envelope has neither store_id nor version.", product, ""),
		kind(inventory.StockReserved{}, "Units are held for a reservation: they still count in quantity and are no longer available."),
		kind(inventory.StockReleased{}, "A hold ended without a sale: its units are available again."),
		kind(inventory.StockLow{}, "The available units of a row are at or below its reorder point. A row is reported once, from its first version on, until it has recovered. It comes after the event of the change that made the row low, and has the same version."),
		kind(inventory.StockStateChanged{}, "Units of a row became unavailable, such as damaged ones, or available again. The quantity of the row stays the same."),
		kind(inventory.StockDeleted{}, "A row without units was deleted. Its versions go on if the product gets a row in that store again."),
		ofTransfer(inventory.TransferRequested{}, "A transfer between two stores, or a delivery of a supplier, was requested. No unit has moved yet. The payload names the stores, so the envelope has no store_id; this holds for all events of transfers."),
		ofTransfer(inventory.TransferShipped{}, "The units of a transfer left and are on the way: its source has a stock.updated with fewer units, its target one with change 0."),
		ofTransfer(inventory.TransferReceived{}, "Some units of a transfer arrived or were lost. With status received, nothing is on the way any more."),
		ofTransfer(inventory.TransferCancelled{}, "A transfer was cancelled before any of its units arrived. Its shipped units went back to the source."),
	}}
}

// Reservation returns the events of reservation.
func Reservation() Set {
	kind := func(body events.Body, when string) Kind { return KindOf(body, when, reservation, reservation) }
	return Set{Service: "reservation", Published: []Kind{
		kind(inventory.ReservationCreated{}, "A reservation was created: it is pending until it is confirmed, cancelled or expires."),
		kind(inventory.ReservationConfirmed{}, "A reservation was confirmed: the units that were held until then are sold, or the lines say how many."),
		kind(inventory.ReservationCancelled{}, "A reservation was cancelled by a caller, or its create was aborted because its outcome in stock was unknown. Its status is confirmed when units of it were sold before."),
		kind(inventory.ReservationExpired{}, "A pending reservation reached the end of its time to live. Its status is confirmed when units of it were sold before."),
		kind(inventory.ReservationExtended{}, "A pending reservation was extended: it expires later."),
		kind(inventory.ReservationUpdated{}, "Some units of a pending reservation were sold or given back, and others stay held."),
		kind(inventory.ReservationReturned{}, "The customer brought sold units back. The status of the reservation stays."),
	}}
}

// Published returns the kinds that any service publishes.
func Published() []Kind { return kinds(Catalog(), Stock(), Reservation()) }
