package events

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Stores returns the stores that e concerns, sorted, each once: all that its
// envelope, its payload and the lines of its payload name. An event of a product
// concerns none, a transfer concerns two, a reservation of several lines as many
// as its lines name. A caller that is restricted to some stores may see e only if
// all of these are its own.
//
// The names of the fields decide and not the type of the event, so that an event
// of a newer release is not taken for one of fewer stores. An error means that
// the payload does not fit; trying again does not help.
func (e Event) Stores() ([]string, error) {
	var payload struct {
		placed
		Lines []placed `json:"lines"`
	}
	if err := json.Unmarshal(e.Payload, &payload); err != nil {
		return nil, fmt.Errorf("%w: stores of %s: %w", ErrMalformed, e.Type, err)
	}
	stores := payload.appendTo([]string{e.StoreID})
	for _, line := range payload.Lines {
		stores = line.appendTo(stores)
	}
	slices.Sort(stores)
	stores = slices.Compact(stores)
	if stores[0] == "" {
		stores = stores[1:]
	}
	return stores, nil
}

// placed are the fields in which a payload, or a line of one, names stores.
type placed struct {
	StoreID     string `json:"store_id"`
	FromStore   string `json:"from_store"`
	ToStore     string `json:"to_store"`
	FromStoreID string `json:"from_store_id"`
	ToStoreID   string `json:"to_store_id"`
}

// appendTo appends all fields to stores, the empty ones too.
func (p placed) appendTo(stores []string) []string {
	return append(stores, p.StoreID, p.FromStore, p.ToStore, p.FromStoreID, p.ToStoreID)
}
