// Package healthclient reads the health of the other services over HTTP.
package healthclient

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"inventory.example/services/notifier/internal/console/system"
)

const maxResponse = 64 << 10 // bytes of a response that are read

// Client implements system.Peer.
type Client struct {
	service string
	url     string
	http    *http.Client
}

// New returns a client of the service of that name at baseURL, such as
// http://stock:8082, that sends its requests through transport.
func New(service, baseURL string, transport http.RoundTripper) *Client {
	return &Client{service: service, url: baseURL + "/health", http: &http.Client{Transport: transport}}
}

// Health implements system.Peer. An unhealthy service responds with 503 and the same
// document.
func (c *Client) Health(ctx context.Context) system.Health {
	unreachable := system.Health{
		Service: c.service, Status: system.Unreachable, Broker: system.Unknown, Database: system.Unknown,
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, http.NoBody)
	if err != nil {
		return unreachable
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unreachable
	}
	defer func() { _ = response.Body.Close() }()
	var h struct {
		Status        string `json:"status"`
		Service       string `json:"service"`
		Database      string `json:"database"`
		Broker        string `json:"broker"`
		PendingEvents int64  `json:"pending_events"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxResponse)).Decode(&h); err != nil || h.Service != c.service {
		return unreachable // the response is from another program
	}
	return system.Health{
		Service: c.service, Status: h.Status, PendingEvents: h.PendingEvents, Broker: h.Broker, Database: h.Database,
	}
}
