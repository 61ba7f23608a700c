package stream

import (
	"slices"

	"inventory.example/pkg/events"
	"inventory.example/services/notifier/internal/feed"
)

// Filter selects the entries that a reader wants and may see. The zero value passes
// all entries.
type Filter struct {
	Types   []events.Type // nil: all
	StoreID string        // only entries that concern this store; empty: all
	// Within hides entries that concern no store, or any store but these; nil: hides
	// none.
	Within []string
}

func (f Filter) passes(e feed.Entry) bool {
	if f.Types != nil && !slices.Contains(f.Types, e.Event.Type) {
		return false
	}
	if f.StoreID != "" && !slices.Contains(e.Stores, f.StoreID) {
		return false
	}
	if f.Within == nil {
		return true
	}
	for _, store := range e.Stores {
		if !slices.Contains(f.Within, store) {
			return false
		}
	}
	return len(e.Stores) > 0
}
