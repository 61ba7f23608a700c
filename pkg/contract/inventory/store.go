package inventory

import "inventory.example/pkg/events"

// The event types of catalog's stores.
const (
	TypeStoreUpdated events.Type = "store.updated"
	TypeStoreDeleted events.Type = "store.deleted"
)

// StoreUpdated is the payload of store.updated.
type StoreUpdated struct {
	ID       string `json:"id" doc:"The store."`
	Name     string `json:"name" doc:"The name for people. A store that exists because stock used it has its id as the name until it gets one."`
	Timezone string `json:"timezone" doc:"The time zone of the store, a name of the IANA database; may be empty."`
	Address  string `json:"address" doc:"The address; may be empty."`
	Active   bool   `json:"active" doc:"Whether the store is in operation."`
	Version  int64  `json:"version" min:"1" doc:"The version of the store after the change."`
}

// Subject implements events.Body.
func (p StoreUpdated) Subject() events.Subject { return storeSubject(TypeStoreUpdated, p.ID) }

// StoreDeleted is the payload of store.deleted.
type StoreDeleted struct {
	ID      string `json:"id" doc:"The store."`
	Version int64  `json:"version" min:"1" doc:"The version of the store after the change."`
}

// Subject implements events.Body.
func (p StoreDeleted) Subject() events.Subject { return storeSubject(TypeStoreDeleted, p.ID) }

func storeSubject(t events.Type, id string) events.Subject {
	return events.Subject{Type: t, AggregateType: AggregateStore, AggregateID: id, StoreID: id}
}
