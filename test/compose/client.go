package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const madrid = "MAD-001"

// client calls the system through its proxy.
type client struct {
	base string
	key  string
	http *http.Client
}

func newClient(base, key string) *client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
	return &client{base: base, key: key, http: &http.Client{Transport: transport, Timeout: 15 * time.Second}}
}

// answer is what came back, read to its end.
type answer struct {
	request string // method and path, for messages
	status  int
	header  http.Header
	body    []byte
}

func (a answer) String() string { return fmt.Sprintf("%s: %d %s", a.request, a.status, a.body) }

// send sends a request; a nil body sends none. Header lines are "Name: value".
func (c *client) send(ctx context.Context, method, path string, body any, headers ...string) (answer, error) {
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, text)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("X-API-Key", c.key)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{request: method + " " + path, status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	return a, err
}

// call sends a request whose answer must have the status, and decodes it unless
// that is a refusal.
func call[T any](ctx context.Context, c *client, method, path string, body any, status int, headers ...string) (v T, err error) {
	a, err := c.send(ctx, method, path, body, headers...)
	if err != nil {
		return v, err
	}
	if a.status != status {
		return v, fmt.Errorf("%s, want %d", a, status)
	}
	if status >= http.StatusBadRequest {
		return v, nil
	}
	return decode[T](a)
}

func decode[T any](a answer) (v T, err error) {
	if err := json.Unmarshal(a.body, &v); err != nil {
		return v, fmt.Errorf("%s: %w", a, err)
	}
	return v, nil
}

// order is a reservation as the API shows it.
type order struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// stockRow is a stock row as the API shows it.
type stockRow struct {
	Quantity int64 `json:"quantity"`
	Reserved int64 `json:"reserved"`
}

// stocked makes a product with stock in Madrid and returns its id.
func (c *client) stocked(ctx context.Context, sku string, quantity int64) (string, error) {
	product, err := call[struct{ ID string }](ctx, c, http.MethodPost, "/api/v1/products",
		map[string]any{"sku": sku, "name": "Product " + sku, "price": 9.95}, http.StatusCreated)
	if err != nil {
		return "", err
	}
	_, err = call[stockRow](ctx, c, http.MethodPost, "/api/v1/stock",
		map[string]any{"product_id": product.ID, "store_id": madrid, "initial_quantity": quantity}, http.StatusCreated)
	return product.ID, err
}

// wantsRow waits until the row in Madrid has these figures.
func (c *client) wantsRow(ctx context.Context, product string, quantity, reserved int64) error {
	return eventually(ctx, func(ctx context.Context) error {
		got, err := call[stockRow](ctx, c, http.MethodGet, "/api/v1/stock/"+product+"/"+madrid, nil, http.StatusOK)
		if want := (stockRow{quantity, reserved}); err == nil && got != want {
			return fmt.Errorf("product %s: got %+v, want %+v", product, got, want)
		}
		return err
	})
}

// wantsOrder waits until the reservation has the status.
func (c *client) wantsOrder(ctx context.Context, id, status string) error {
	return eventually(ctx, func(ctx context.Context) error {
		got, err := call[order](ctx, c, http.MethodGet, "/api/v1/reservations/"+id, nil, http.StatusOK)
		if err == nil && got.Status != status {
			return fmt.Errorf("reservation %s is %s, want %s", id, got.Status, status)
		}
		return err
	})
}

// wantsProblem checks that the answer is a refusal as the API promises it for
// every error: a problem document with this code, at this path.
func (a answer) wantsProblem(status int, code, path string) error {
	var p struct {
		Type, Title, Detail, Instance, Code string
		Status                              int
	}
	if err := json.Unmarshal(a.body, &p); err != nil {
		return fmt.Errorf("%s is no problem document: %w", a, err)
	}
	noPause := status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == ""
	if a.status != status || p.Status != status || p.Code != code || p.Instance != path || noPause ||
		p.Type != "urn:inventory:problem:"+strings.ReplaceAll(strings.ToLower(code), "_", "-") || p.Title == "" || p.Detail == "" ||
		a.header.Get("Content-Type") != "application/problem+json" {
		return fmt.Errorf("%s %v, want %d %s at %s", a, a.header, status, code, path)
	}
	return nil
}
