package inventory

import "inventory.example/pkg/events"

// Types returns every event type that the services make.
func Types() []events.Type {
	return []events.Type{
		TypeProductCreated, TypeProductUpdated, TypeProductDeleted,
		TypeStoreUpdated, TypeStoreDeleted,
		TypeStockCreated, TypeStockUpdated, TypeStockTransferred, TypeStockReserved, TypeStockReleased, TypeStockLow,
		TypeStockStateChanged, TypeStockDeleted,
		TypeTransferRequested, TypeTransferShipped, TypeTransferReceived, TypeTransferCancelled,
		TypeReservationCreated, TypeReservationConfirmed, TypeReservationCancelled, TypeReservationExpired,
		TypeReservationExtended, TypeReservationUpdated, TypeReservationReturned,
	}
}
