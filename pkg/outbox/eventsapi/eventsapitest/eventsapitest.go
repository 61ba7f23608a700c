// Package eventsapitest reads the responses of package eventsapi as a client
// does.
package eventsapitest

import (
	"encoding/json"
	"strings"

	"inventory.example/pkg/events"
)

// Event is one event of a service's table.
type Event struct {
	ID            string          `json:"id"`
	Type          events.Type     `json:"event_type"`
	AggregateType string          `json:"aggregate_type"`
	AggregateID   string          `json:"aggregate_id"`
	StoreID       string          `json:"store_id"`
	CreatedAt     string          `json:"created_at"`
	Version       int64           `json:"version"`
	Actor         string          `json:"actor"`
	Traceparent   string          `json:"traceparent"`
	Payload       json.RawMessage `json:"payload"`
	Seq           int64           `json:"seq"`
	SyncedAt      *string         `json:"synced_at"` // nil while pending
}

// Page is the response of GET /api/v1/events/….
type Page struct {
	Events     []Event `json:"events"`
	Count      int     `json:"count"`
	NextCursor *int64  `json:"next_cursor"` // nil on the last page
}

// Types returns the types of the events, such as "stock.created stock.low".
func Types(list []Event) string {
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = string(e.Type)
	}
	return strings.Join(names, " ")
}
