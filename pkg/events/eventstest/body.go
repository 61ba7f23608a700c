package eventstest

import "inventory.example/pkg/events"

// The suite's own event types: a broker carries any.
const (
	typeCounted events.Type = "item.counted"
	typeRemoved events.Type = "item.removed"
	typeUnused  events.Type = "item.unused" // of no event of the suite
)

// counted is the payload of most events of the suite.
type counted struct {
	Key     string `json:"key"`
	StoreID string `json:"store_id"`
	Number  int64  `json:"number"`
	Text    string `json:"text"`
}

// Subject implements events.Body.
func (c counted) Subject() events.Subject {
	return events.Subject{Type: typeCounted, AggregateType: "item", AggregateID: c.Key, StoreID: c.StoreID}
}

// removed is a payload of another type, whose envelope names no store.
type removed struct {
	Key string `json:"key"`
}

// Subject implements events.Body.
func (r removed) Subject() events.Subject {
	return events.Subject{Type: typeRemoved, AggregateType: "item", AggregateID: r.Key}
}
