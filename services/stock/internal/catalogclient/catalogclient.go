// Package catalogclient asks catalog for products and stores over HTTP.
package catalogclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/stock/internal/ledger"
)

const (
	maxAnswer  = 1 << 20 // bytes of a response that are read
	retryAfter = time.Second
)

// Options has the address of catalog and the time-out of a call; all fields are
// required.
type Options struct {
	BaseURL    string // such as http://catalog:8081
	Transport  http.RoundTripper
	ServiceKey func() string
	Timeout    time.Duration
}

// Client implements ledger.Products and ledger.Stores.
type Client struct {
	options Options
	http    *http.Client
}

// New returns a Client.
func New(o Options) *Client {
	return &Client{options: o, http: &http.Client{Transport: o.Transport, Timeout: o.Timeout}}
}

// Product implements ledger.Products.
func (c *Client) Product(ctx context.Context, id string) (ledger.Product, bool, error) {
	return c.ask(ctx, url.PathEscape(id), func(p ledger.Product) bool { return p.ID == id })
}

// ProductBySKU implements ledger.Products.
func (c *Client) ProductBySKU(ctx context.Context, text string) (ledger.Product, bool, error) {
	return c.ask(ctx, "sku/"+url.PathEscape(text), func(p ledger.Product) bool {
		return sku.Normal(p.SKU) == sku.Normal(text) && p.ID != ""
	})
}

// ask gets the product at a path below /api/v1/products/, which must satisfy
// meant.
func (c *Client) ask(ctx context.Context, path string, meant func(ledger.Product) bool) (ledger.Product, bool, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.options.BaseURL+"/api/v1/products/"+path, http.NoBody)
	if err != nil {
		return ledger.Product{}, false, fmt.Errorf("ask catalog: %w", err)
	}
	tracing.SetHeader(ctx, request.Header)
	response, err := c.http.Do(request)
	if err != nil {
		return ledger.Product{}, false, unavailable(err)
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return ledger.Product{}, false, nil
	default:
		return ledger.Product{}, false, unavailable(httpapi.ReadProblem(response))
	}
	var answer struct {
		ID      string `json:"id"`
		SKU     string `json:"sku"`
		Name    string `json:"name"`
		Version int64  `json:"version"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return ledger.Product{}, false, unavailable(err)
	}
	p := ledger.Product{ID: answer.ID, SKU: answer.SKU, Name: answer.Name, Version: answer.Version}
	if !meant(p) || p.Version < 1 { // the response is not from catalog
		return ledger.Product{}, false, unavailable(errors.New("the response is not this product"))
	}
	return p, true, nil
}

// unavailable is the problem of a request that needs to know from catalog whether a
// product exists.
func unavailable(cause error) error {
	return problem.Unavailable(problem.StockUnavailable, retryAfter, fmt.Errorf("ask catalog: %w", cause),
		"The catalog cannot be asked about this product at the moment; nothing was changed.")
}
