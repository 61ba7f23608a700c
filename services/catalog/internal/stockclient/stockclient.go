// Package stockclient notifies stock of changed products and stores over HTTP.
package stockclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/store"
)

// Options has the address of stock and the time-out of a call; all fields are
// required.
type Options struct {
	BaseURL    string // such as http://stock:8082
	Transport  http.RoundTripper
	ServiceKey func() string
	Timeout    time.Duration
	Logger     *slog.Logger
}

// Client implements product.Stock and store.Stock.
type Client struct {
	options Options
	http    *http.Client
}

// New returns a Client.
func New(o Options) *Client {
	return &Client{options: o, http: &http.Client{Transport: o.Transport, Timeout: o.Timeout}}
}

// Changed implements product.Stock. It waits for stock's response until the
// time-out, even for a caller that has left: the change is committed.
func (c *Client) Changed(ctx context.Context, k product.Kept) {
	p := stockwire.Product{ID: k.ID, SKU: k.SKU, Name: k.Name, Version: k.Version, Deleted: k.Deleted}
	if err := c.notify(context.WithoutCancel(ctx), stockwire.ProductsPath, p); err != nil {
		c.options.Logger.InfoContext(ctx, "product left to the event", slog.String("product_id", k.ID), slog.Any("reason", err))
	}
}

// StoreChanged implements store.Stock, as Changed does.
func (c *Client) StoreChanged(ctx context.Context, s store.Store) {
	changed := stockwire.Store{ID: s.ID, Version: s.Version, Deleted: s.Deleted}
	if err := c.notify(context.WithoutCancel(ctx), stockwire.StoresPath, changed); err != nil {
		c.options.Logger.InfoContext(ctx, "store left to the event", slog.String("store_id", s.ID), slog.Any("reason", err))
	}
}

func (c *Client) notify(ctx context.Context, path string, content any) error {
	body, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("notify stock: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.options.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("notify stock: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(httpapi.ServiceKeyHeader, c.options.ServiceKey())
	tracing.SetHeader(ctx, request.Header)
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("notify stock: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("notify stock: %w", httpapi.ReadProblem(response))
	}
	return nil
}
