package system_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/problem"
)

// The keys that both harnesses accept, each with another scope, and the key
// that services show each other.
const (
	keyAll     = "key-of-everything"
	keyRead    = "key-to-read-everything"
	keyMadrid  = "key-of-the-store-of-madrid"
	apiKeys    = keyAll + ":All," + keyRead + ":Reader:read," + keyMadrid + ":Madrid:" + madrid
	serviceKey = "the-key-of-the-services"
)

// Two stores.
const (
	madrid    = "MAD-001"
	barcelona = "BCN-001"
)

const problemType = "application/problem+json"

// sentence is the form of the title and the detail of each problem.
var sentence = regexp.MustCompile(`(?s)\A[A-Z0-9].*\.\z`)

// client calls the system over its REST API.
type client struct {
	base string // such as http://localhost:8080
	key  string // X-API-Key; empty for none
	http *http.Client
}

// as returns a client with another key.
func (c *client) as(key string) *client {
	other := *c
	other.key = key
	return &other
}

// apiResponse is a response with its whole body.
type apiResponse struct {
	request string // method and path, for messages
	status  int
	header  http.Header
	body    []byte
}

func (a apiResponse) String() string { return fmt.Sprintf("%s: %d %s", a.request, a.status, a.body) }

// send sends a request and reads the response. body is sent unchanged when it is a
// []byte, otherwise as JSON; nil sends none. header has alternating names and
// values.
func (c *client) send(method, path string, body any, header ...string) (apiResponse, error) {
	var text io.Reader = http.NoBody
	if raw, ok := body.([]byte); ok {
		text = bytes.NewReader(raw)
	} else if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return apiResponse{}, err
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, c.base+path, text)
	if err != nil {
		return apiResponse{}, err
	}
	if c.key != "" {
		request.Header.Set("X-API-Key", c.key)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		return apiResponse{}, err
	}
	defer func() { _ = response.Body.Close() }()
	a := apiResponse{request: method + " " + path, status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	return a, err
}

// do is send for a request that must get a response.
func (c *client) do(t testing.TB, method, path string, body any, header ...string) apiResponse {
	t.Helper()
	a, err := c.send(method, path, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (c *client) get(t testing.TB, path string) apiResponse {
	t.Helper()
	return c.do(t, http.MethodGet, path, nil)
}

// wants fails the test unless the response has that status.
func (a apiResponse) wants(t testing.TB, status int) apiResponse {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s, want %d", a, status)
	}
	return a
}

// problem returns the code of a problem document, and an error unless the response
// is a well-formed one.
func (a apiResponse) problem() (problem.Code, error) {
	var p struct {
		Type, Title, Detail string
		Status              int
		Code                problem.Code
	}
	if t := a.header.Get("Content-Type"); t != problemType {
		return "", fmt.Errorf("%s: content type %q, want a problem document", a, t)
	}
	if err := json.Unmarshal(a.body, &p); err != nil {
		return "", fmt.Errorf("%s: %w", a, err)
	}
	if p.Type == "" || p.Status != a.status {
		return p.Code, fmt.Errorf("%s: the problem document is not complete", a)
	}
	for _, text := range []string{p.Title, p.Detail} {
		if !sentence.MatchString(text) {
			return p.Code, fmt.Errorf("%s: %q does not begin with a capital letter or a number and end with a full stop", a, text)
		}
	}
	return p.Code, nil
}

// wantsProblem fails the test unless the response is the problem with that code.
func (a apiResponse) wantsProblem(t testing.TB, code problem.Code) apiResponse {
	t.Helper()
	got, err := a.problem()
	if err != nil {
		t.Fatal(err)
	}
	if got != code {
		t.Fatalf("%s, want %s", a, code)
	}
	return a
}

// decode decodes the body of the response as a T.
func decode[T any](t testing.TB, a apiResponse) (v T) {
	t.Helper()
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	return v
}

// stockRow is a stock row as the API shows it.
type stockRow struct {
	ProductID      string `json:"product_id"`
	StoreID        string `json:"store_id"`
	Quantity       int64  `json:"quantity"`
	Reserved       int64  `json:"reserved"`
	Available      int64  `json:"available"`
	Version        int64  `json:"version"`
	ProductName    string `json:"product_name"`
	ProductDeleted bool   `json:"product_deleted"`
}

// reservation is a reservation as the API shows it.
type reservation struct {
	ID        string `json:"id"`
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Status    string `json:"status"`
	ExpiresAt string `json:"expires_at"`
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`

	Lines []reservedLine `json:"lines"`
}

// reservedLine is a line of a reservation.
type reservedLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Confirmed int64  `json:"confirmed"`
	Released  int64  `json:"released"`
	Returned  int64  `json:"returned"`
}

var serial atomic.Int64

// unique returns a text that no other call in this run returns.
func unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, serial.Add(1)) }

// sold returns the id of a reservation of 3 units of a product in Madrid that was
// confirmed.
func (c *client) sold(t testing.TB, product string) string {
	t.Helper()
	id := c.reserved(t, orderOf(product, 3), "").ID
	c.do(t, http.MethodPost, "/api/v1/reservations/"+id+"/confirm", nil).wants(t, http.StatusOK)
	return id
}

// returned is the body of a return of units of a product to Madrid.
func returned(product string, quantity int64) object { return partOf(product, quantity) }

// partOf is the body of a confirm or a cancel of units of a product in Madrid.
func partOf(product string, quantity int64) object {
	return object{"lines": []object{{"product_id": product, "store_id": madrid, "quantity": quantity}}}
}

// newProduct creates a product and returns its id.
func (c *client) newProduct(t testing.TB) string {
	t.Helper()
	sku := unique("SKU")
	a := c.do(t, http.MethodPost, "/api/v1/products", map[string]any{"sku": sku, "name": "Product " + sku, "price": 9.95})
	return decode[struct{ ID string }](t, a.wants(t, http.StatusCreated)).ID
}

// newWebhook creates an inactive webhook and returns its id.
func (c *client) newWebhook(t testing.TB) string {
	t.Helper()
	a := c.do(t, http.MethodPost, "/api/v1/webhooks", map[string]any{"url": "https://shop.example.com/hook", "active": false})
	return decode[struct{ ID string }](t, a.wants(t, http.StatusCreated)).ID
}

// newAlertRule creates a rule for alerts and returns its id.
func (c *client) newAlertRule(t testing.TB) string {
	t.Helper()
	a := c.do(t, http.MethodPost, "/api/v1/alerts/rules", alertRule(1000))
	return decode[struct{ ID string }](t, a.wants(t, http.StatusCreated)).ID
}

// alertRule is the body of a request that creates a rule.
func alertRule(threshold int) map[string]any {
	return map[string]any{
		"name": "Rule", "event_type": "stock.low", "threshold": threshold, "window_seconds": 60, "quiet_seconds": 60, "active": false,
	}
}

// liveWebhook creates a webhook for all events and returns its id.
func (c *client) liveWebhook(t testing.TB, url string) string {
	t.Helper()
	a := c.do(t, http.MethodPost, "/api/v1/webhooks", map[string]any{"url": url})
	return decode[struct{ ID string }](t, a.wants(t, http.StatusCreated)).ID
}

// delivered creates a webhook, waits until it has received a test event, and
// returns the path of that delivery below the webhooks.
func (c *client) delivered(t testing.TB, url string) string {
	t.Helper()
	id := c.liveWebhook(t, url)
	a := c.do(t, http.MethodPost, "/api/v1/webhooks/"+id+"/test", nil).wants(t, http.StatusAccepted)
	delivery := decode[struct{ ID string }](t, a).ID
	eventually(t, "the delivery of the test event", func() error {
		list := c.get(t, "/api/v1/webhooks/"+id+"/deliveries?state=delivered").wants(t, http.StatusOK)
		if decode[struct{ Total int }](t, list).Total == 0 {
			return errors.New("it is pending")
		}
		return nil
	})
	return "/" + id + "/deliveries/" + delivery
}

// newStock creates a product with stock in Madrid and returns its id.
func (c *client) newStock(t testing.TB, quantity int64) string {
	t.Helper()
	id := c.newProduct(t)
	c.addStock(t, id, madrid, quantity)
	return id
}

func (c *client) addStock(t testing.TB, product, store string, quantity int64) {
	t.Helper()
	c.do(t, http.MethodPost, "/api/v1/stock", map[string]any{
		"product_id": product, "store_id": store, "initial_quantity": quantity,
	}).wants(t, http.StatusCreated)
}

func (c *client) row(t testing.TB, product, store string) stockRow {
	t.Helper()
	return decode[stockRow](t, c.get(t, "/api/v1/stock/"+product+"/"+store).wants(t, http.StatusOK))
}

// wantsRow fails the test unless the row in Madrid has these figures.
func (c *client) wantsRow(t testing.TB, product string, quantity, reserved int64) {
	t.Helper()
	if r := c.row(t, product, madrid); r.Quantity != quantity || r.Reserved != reserved {
		t.Fatalf("%d units, %d of them reserved; want %d and %d", r.Quantity, r.Reserved, quantity, reserved)
	}
}

// rowBecomes waits until the row in Madrid has these figures.
func (c *client) rowBecomes(t testing.TB, product string, quantity, reserved int64) {
	t.Helper()
	eventually(t, "stock of "+product, func() error {
		if r := c.row(t, product, madrid); r.Quantity != quantity || r.Reserved != reserved {
			return fmt.Errorf("%d units, %d of them reserved; want %d and %d", r.Quantity, r.Reserved, quantity, reserved)
		}
		return nil
	})
}

// order is the body of POST /reservations.
type order struct {
	ProductID  string `json:"product_id"`
	StoreID    string `json:"store_id"`
	CustomerID string `json:"customer_id"`
	Quantity   int64  `json:"quantity"`
	TTLSeconds int64  `json:"ttl_seconds,omitempty"`
}

func orderOf(product string, quantity int64) order {
	return order{ProductID: product, StoreID: madrid, CustomerID: "customer-1", Quantity: quantity}
}

// reserve sends an order; key is the Idempotency-Key, empty for none.
func (c *client) reserve(o order, key string) (apiResponse, error) {
	return c.send(http.MethodPost, "/api/v1/reservations", o, once(key)...)
}

// reserved is reserve for an order that must succeed.
func (c *client) reserved(t testing.TB, o order, key string) reservation {
	t.Helper()
	a, err := c.reserve(o, key)
	if err != nil {
		t.Fatal(err)
	}
	return decode[reservation](t, a.wants(t, http.StatusCreated))
}

// once returns the header of an Idempotency-Key.
func once(key string) []string {
	if key == "" {
		return nil
	}
	return []string{"Idempotency-Key", key}
}

// finish sends confirm or cancel.
func (c *client) finish(id, how string, header ...string) (apiResponse, error) {
	return c.send(http.MethodPost, "/api/v1/reservations/"+url.PathEscape(id)+"/"+how, nil, header...)
}

// confirm and cancel fail the test unless the request succeeds.
func (c *client) confirm(t testing.TB, id string) reservation { return c.finished(t, id, "confirm") }
func (c *client) cancel(t testing.TB, id string) reservation  { return c.finished(t, id, "cancel") }

func (c *client) finished(t testing.TB, id, how string) reservation {
	t.Helper()
	a, err := c.finish(id, how)
	if err != nil {
		t.Fatal(err)
	}
	return decode[reservation](t, a.wants(t, http.StatusOK))
}

// status returns a reservation's status, "" when there is none.
func (c *client) status(t testing.TB, id string) string {
	t.Helper()
	a := c.get(t, "/api/v1/reservations/"+id)
	if a.status == http.StatusNotFound {
		return ""
	}
	return decode[reservation](t, a.wants(t, http.StatusOK)).Status
}

// reservations returns all reservations of a row.
func (c *client) reservations(t testing.TB, product, store string) (all []reservation) {
	t.Helper()
	for {
		a := c.get(t, fmt.Sprintf("/api/v1/reservations/product/%s/store/%s?limit=100&offset=%d", product, store, len(all)))
		page := decode[struct {
			Reservations []reservation
			Total        int
		}](t, a.wants(t, http.StatusOK))
		all = append(all, page.Reservations...)
		if len(all) >= page.Total || len(page.Reservations) == 0 {
			return all
		}
	}
}

// health is the response of GET /health.
type health struct {
	Status    string `json:"status"`
	Broker    string `json:"broker"`
	Pending   int64  `json:"pending_events"`
	Timestamp string `json:"timestamp"`
}

func (c *client) health(t testing.TB) health {
	t.Helper()
	return decode[health](t, c.get(t, "/health").wants(t, http.StatusOK))
}

// statuses counts reservations by their status, for messages.
func statuses(list []reservation) string {
	counts := map[string]int{}
	for _, r := range list {
		counts[r.Status]++
	}
	return strings.TrimPrefix(fmt.Sprint(counts), "map")
}
