// Package eventsapi serves GET /api/v1/events/{service}, queries of a service's
// own event table, and GET /internal/v1/audit/{service}/events, the list of
// events that the audit compares with the broker.
package eventsapi

import (
	"context"
	"encoding/json"
	"math"
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/problem"
)

// response is a page of the table. An event is the document as the broker gets
// it, with seq and synced_at beside its members.
type response struct {
	Events     []map[string]json.RawMessage `json:"events"`
	Count      int                          `json:"count"`
	NextCursor *int64                       `json:"next_cursor"` // nil at the end of the table
}

// Register adds the routes of service's event table to api.
func Register(api *httpapi.API, service string, reader outbox.Reader) {
	api.Handle(http.MethodGet, "/api/v1/events/"+service, httpapi.Reader, func(c *gin.Context) error {
		return list(c, reader)
	})
	api.Handle(http.MethodGet, audit.Path+service+"/events", httpapi.Internal, func(c *gin.Context) error {
		return entries(c, reader)
	})
}

func list(c *gin.Context, reader outbox.Reader) error {
	if err := httpapi.KnownQuery(c, "event_type", "aggregate_id", "actor", "store_id", "pending", "cursor", "limit"); err != nil {
		return err
	}
	filter, err := filterOf(c)
	if err != nil {
		return err
	}
	page, err := reader.Page(c.Request.Context(), filter)
	if err != nil {
		return err
	}
	a := response{Events: make([]map[string]json.RawMessage, len(page)), Count: len(page)}
	for i, r := range page {
		if a.Events[i], err = render(r); err != nil {
			return err
		}
	}
	if len(page) == filter.Limit {
		a.NextCursor = &page[len(page)-1].Seq
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

// maxFilterText bounds a filter by text: types and ids are not longer.
const maxFilterText = 64

func filterOf(c *gin.Context) (outbox.Filter, error) {
	f := outbox.Filter{Within: httpapi.CallerOf(c).Stores()}
	var checks problem.Checks
	text := func(name string) string {
		value, given := c.GetQuery(name)
		if given {
			checks.Text(name, value, 1, maxFilterText)
		}
		return value
	}
	f.Type, f.AggregateID, f.Actor = text("event_type"), text("aggregate_id"), text("actor")
	store, given := c.GetQuery("store_id")
	if given {
		checks.StoreID("store_id", store)
	}
	if err := checks.Err(); err != nil {
		return f, err
	}
	if given {
		if err := httpapi.CallerOf(c).CheckStore("store_id", store); err != nil {
			return f, err
		}
		f.StoreID = store
	}
	pending, err := httpapi.QueryBool(c, "pending")
	if err != nil {
		return f, err
	}
	f.Pending = pending != nil && *pending
	cursor, err := httpapi.QueryInt(c, "cursor", 0, math.MaxInt64)
	if err != nil {
		return f, err
	}
	if cursor != nil {
		f.After = *cursor
	}
	limit, err := httpapi.QueryInt(c, "limit", 1, httpapi.MaxPageLimit)
	if err != nil {
		return f, err
	}
	f.Limit = httpapi.DefaultPageLimit
	if limit != nil {
		f.Limit = int(*limit)
	}
	return f, nil
}

// render puts seq and synced_at beside the members of the event.
func render(r outbox.Row) (map[string]json.RawMessage, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Document, &members); err != nil {
		return nil, err
	}
	place, err := json.Marshal(r.Seq)
	if err != nil {
		return nil, err
	}
	members["seq"] = place
	members["synced_at"] = json.RawMessage("null")
	if r.SyncedAt != "" {
		members["synced_at"] = json.RawMessage(`"` + r.SyncedAt + `"`)
	}
	return members, nil
}

// Pinger is a database whose connection can be checked.
type Pinger interface {
	// Ping returns nil when the database responds to a query.
	Ping(ctx context.Context) error
}

// Health returns the health of a service with an outbox: whether its database
// responds, whether its relay reaches the broker, and how many events wait.
// broker is the broker's name, "none" when there is none.
func Health(ctx context.Context, broker string, db Pinger, relay *outbox.Relay) httpapi.Health {
	h := httpapi.Health{DatabaseOK: db.Ping(ctx) == nil, Broker: httpapi.BrokerOK, PendingEvents: relay.Pending()}
	switch {
	case broker == "none":
		h.Broker = httpapi.BrokerNone
	case !relay.Reachable():
		h.Broker = httpapi.BrokerUnavailable
	}
	return h
}
