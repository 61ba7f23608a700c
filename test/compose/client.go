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

// apiResponse is a response with its whole body.
type apiResponse struct {
	request string // method and path, for messages
	status  int
	header  http.Header
	body    []byte
}

func (r apiResponse) String() string { return fmt.Sprintf("%s: %d %s", r.request, r.status, r.body) }

// send sends a request; a nil body sends none. Header lines are "Name: value".
func (c *client) send(ctx context.Context, method, path string, body any, headers ...string) (apiResponse, error) {
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return apiResponse{}, err
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, text)
	if err != nil {
		return apiResponse{}, err
	}
	request.Header.Set("X-API-Key", c.key)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return apiResponse{}, err
	}
	defer response.Body.Close()
	r := apiResponse{request: method + " " + path, status: response.StatusCode, header: response.Header}
	r.body, err = io.ReadAll(response.Body)
	return r, err
}

// callAPI sends a request whose response must have the status, and decodes the
// response unless the status is that of a refusal.
func callAPI[T any](ctx context.Context, c *client, method, path string, body any, status int, headers ...string) (v T, err error) {
	r, err := c.send(ctx, method, path, body, headers...)
	if err != nil {
		return v, err
	}
	if r.status != status {
		return v, fmt.Errorf("%s, want %d", r, status)
	}
	if status >= http.StatusBadRequest {
		return v, nil
	}
	return decode[T](r)
}

func decode[T any](r apiResponse) (v T, err error) {
	if err := json.Unmarshal(r.body, &v); err != nil {
		return v, fmt.Errorf("%s: %w", r, err)
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

// stocked creates a product with stock in Madrid and returns its id.
func (c *client) stocked(ctx context.Context, sku string, quantity int64) (string, error) {
	product, err := callAPI[struct{ ID string }](ctx, c, http.MethodPost, "/api/v1/products",
		map[string]any{"sku": sku, "name": "Product " + sku, "price": 9.95}, http.StatusCreated)
	if err != nil {
		return "", err
	}
	_, err = callAPI[stockRow](ctx, c, http.MethodPost, "/api/v1/stock",
		map[string]any{"product_id": product.ID, "store_id": madrid, "initial_quantity": quantity}, http.StatusCreated)
	return product.ID, err
}

// wantsRow waits until the row in Madrid has these figures.
func (c *client) wantsRow(ctx context.Context, product string, quantity, reserved int64) error {
	return eventually(ctx, func(ctx context.Context) error {
		got, err := callAPI[stockRow](ctx, c, http.MethodGet, "/api/v1/stock/"+product+"/"+madrid, nil, http.StatusOK)
		if want := (stockRow{quantity, reserved}); err == nil && got != want {
			return fmt.Errorf("product %s: got %+v, want %+v", product, got, want)
		}
		return err
	})
}

// wantsOrder waits until the reservation has the status.
func (c *client) wantsOrder(ctx context.Context, id, status string) error {
	return eventually(ctx, func(ctx context.Context) error {
		got, err := callAPI[order](ctx, c, http.MethodGet, "/api/v1/reservations/"+id, nil, http.StatusOK)
		if err == nil && got.Status != status {
			return fmt.Errorf("reservation %s is %s, want %s", id, got.Status, status)
		}
		return err
	})
}

// wantsProblem checks that the response is the problem document that the API
// promises for every error, with this code and this path.
func (r apiResponse) wantsProblem(status int, code, path string) error {
	var p struct {
		Type, Title, Detail, Instance, Code string
		Status                              int
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		return fmt.Errorf("%s is not a problem document: %w", r, err)
	}
	noPause := status == http.StatusServiceUnavailable && r.header.Get("Retry-After") == ""
	if r.status != status || p.Status != status || p.Code != code || p.Instance != path || noPause ||
		p.Type != "urn:inventory:problem:"+strings.ReplaceAll(strings.ToLower(code), "_", "-") || p.Title == "" || p.Detail == "" ||
		r.header.Get("Content-Type") != "application/problem+json" {
		return fmt.Errorf("%s %v, want %d %s at %s", r, r.header, status, code, path)
	}
	return nil
}
