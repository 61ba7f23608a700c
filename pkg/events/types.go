package events

// Types returns every event type that the services make.
func Types() []Type {
	return []Type{
		TypeProductCreated, TypeProductUpdated, TypeProductDeleted,
		TypeStockCreated, TypeStockUpdated, TypeStockTransferred, TypeStockReserved, TypeStockReleased, TypeStockLow,
		TypeReservationCreated, TypeReservationConfirmed, TypeReservationCancelled, TypeReservationExpired,
	}
}
