package brokersystem_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/events"
)

const (
	key        = "key-of-everything"
	serviceKey = "the-key-of-the-services"
	madrid     = "MAD-001"
)

// client calls the system over its REST API, each path at its service.
type client struct {
	http  *http.Client
	bases map[string]string // of each service

	mu       sync.Mutex
	products map[string]bool // with stock in Madrid
}

// only returns a client of one service.
func (c *client) only(name string) *client {
	bases := map[string]string{}
	for _, n := range allNames {
		bases[n] = c.bases[name]
	}
	return &client{http: c.http, bases: bases}
}

// response is a response of the system, read to its end.
type answer struct {
	request string // method and path, for messages
	status  int
	header  http.Header
	body    []byte
}

func (a answer) String() string { return fmt.Sprintf("%s: %d %s", a.request, a.status, a.body) }

// id returns the id of the object in the response; stock rows have none.
func (a answer) id() (string, error) {
	var shown struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(a.body, &shown); err != nil {
		return "", fmt.Errorf("%s: %w", a, err)
	}
	return shown.ID, nil
}

// total returns the total of a list.
func (c *client) total(path string) (int, error) {
	list, err := callFor[struct{ Total int }](c, http.MethodGet, path+"?limit=1", nil, http.StatusOK)
	return list.Total, err
}

// base returns the address of the service that has the path.
func (c *client) base(path string) string {
	switch {
	case strings.HasPrefix(path, "/api/v1/products"):
		return c.bases[catalog]
	case strings.HasPrefix(path, "/api/v1/stock"):
		return c.bases[stock]
	case strings.HasPrefix(path, "/api/v1/webhooks"):
		return c.bases[notifier]
	default:
		return c.bases[reservation]
	}
}

// send sends a request and reads the response. A nil body sends none; header has
// alternating names and values. With an error, a response that has a status was
// interrupted.
func (c *client) send(method, path string, body any, header ...string) (answer, error) {
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, c.base(path)+path, text)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("X-API-Key", key)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	a := answer{request: method + " " + path, status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	return a, err
}

// callFor sends a request, expects the status and decodes the response.
func callFor[T any](c *client, method, path string, body any, status int) (v T, err error) {
	a, err := c.send(method, path, body)
	if err != nil {
		return v, err
	}
	if a.status != status {
		return v, fmt.Errorf("%s, want %d", a, status)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		return v, fmt.Errorf("%s: %w", a, err)
	}
	return v, nil
}

// must fails the test on an error.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// order is a reservation as the API shows it.
type order struct {
	ID        string `json:"id"`
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Status    string `json:"status"`
}

// stockRow is a stock row as the API shows it.
type stockRow struct {
	Quantity    int64  `json:"quantity"`
	Reserved    int64  `json:"reserved"`
	ProductName string `json:"product_name"`
}

var serial atomic.Int64

// product creates a product and returns its id.
func (c *client) product(name string) (string, error) {
	p, err := callFor[struct{ ID string }](c, http.MethodPost, "/api/v1/products", map[string]any{
		"sku": fmt.Sprintf("SKU-%d", serial.Add(1)), "name": name, "price": 9.95,
	}, http.StatusCreated)
	return p.ID, err
}

// stocked creates a product with stock in Madrid and returns its id.
func (c *client) stocked(t testing.TB, quantity int64) string {
	t.Helper()
	id := must[string](t)(c.product("Product"))
	if _, err := callFor[stockRow](c, http.MethodPost, "/api/v1/stock", map[string]any{
		"product_id": id, "store_id": madrid, "initial_quantity": quantity,
	}, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.products == nil {
		c.products = map[string]bool{}
	}
	c.products[id] = true
	return id
}

func (c *client) row(product string) (stockRow, error) {
	return callFor[stockRow](c, http.MethodGet, "/api/v1/stock/"+product+"/"+madrid, nil, http.StatusOK)
}

// wantsRow fails the test unless the row in Madrid has these figures.
func (c *client) wantsRow(t testing.TB, product string, quantity, reserved int64) {
	t.Helper()
	if r := must[stockRow](t)(c.row(product)); r.Quantity != quantity || r.Reserved != reserved {
		t.Errorf("%d units, %d of them reserved; want %d and %d", r.Quantity, r.Reserved, quantity, reserved)
	}
}

// reserve creates a reservation.
func (c *client) reserve(product string, quantity int64, ttlSeconds int) (order, error) {
	return callFor[order](c, http.MethodPost, "/api/v1/reservations", map[string]any{
		"product_id": product, "store_id": madrid, "customer_id": "customer", "quantity": quantity, "ttl_seconds": ttlSeconds,
	}, http.StatusCreated)
}

// finish confirms or cancels a reservation.
func (c *client) finish(id, how string) (order, error) {
	return callFor[order](c, http.MethodPost, "/api/v1/reservations/"+id+"/"+how, nil, http.StatusOK)
}

// pendingUnits returns the units that the pending reservations of each product
// hold.
func (c *client) pendingUnits() (map[string]int64, error) {
	units := map[string]int64{}
	for n := 0; ; {
		page, err := callFor[struct {
			Reservations []order
			Total        int
		}](c, http.MethodGet, fmt.Sprintf("/api/v1/reservations/store/%s/pending?limit=100&offset=%d", madrid, n), nil, http.StatusOK)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Reservations {
			units[r.ProductID] += r.Quantity
		}
		if n += len(page.Reservations); n >= page.Total || len(page.Reservations) == 0 {
			return units, nil
		}
	}
}

// health is the body of GET /health.
type health struct {
	Status  string `json:"status"`
	Version string `json:"version"`
	Broker  string `json:"broker"`
	Pending int64  `json:"pending_events"`
}

func (s *service) health() (health, error) {
	return callFor[health](s.client, http.MethodGet, "/health", nil, http.StatusOK)
}

// tableEvent is a record of an event table in the API.
type tableEvent struct {
	Seq      int64       `json:"seq"`
	ID       string      `json:"id"`
	Type     events.Type `json:"event_type"`
	SyncedAt *string     `json:"synced_at"`
}

// events returns the service's event table; filter is empty or begins with &.
func (s *service) events(filter string) (all []tableEvent, err error) {
	for cursor := int64(0); ; {
		page, err := callFor[struct {
			Events []tableEvent
			Next   *int64 `json:"next_cursor"`
		}](s.client, http.MethodGet, fmt.Sprintf("/api/v1/events/%s?limit=100&cursor=%d%s", s.name, cursor, filter), nil, http.StatusOK)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Events...)
		if page.Next == nil {
			return all, nil
		}
		if *page.Next <= cursor {
			return nil, errors.New("the cursor does not move on")
		}
		cursor = *page.Next
	}
}
