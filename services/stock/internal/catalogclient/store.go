package catalogclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"inventory.example/pkg/contract/catalogwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/stock/internal/ledger"
)

// Store implements ledger.Stores. A catalog of the release before stores has no such
// route, and its response means the same as that of an unknown store.
func (c *Client) Store(ctx context.Context, id string) (ledger.Store, bool, error) {
	var s catalogwire.Store
	err := c.callInternal(ctx, http.MethodGet, catalogwire.StoresPath+url.PathEscape(id), nil, &s)
	var p *problem.Error
	if errors.As(err, &p) && p.Code == problem.NotFound {
		return ledger.Store{}, false, nil
	}
	if err == nil && (s.ID != id || s.Version < 1) {
		err = errors.New("the response is not this store")
	}
	if err != nil {
		return ledger.Store{}, false, problem.Unavailable(problem.StockUnavailable, retryAfter, fmt.Errorf("ask catalog: %w", err),
			"The catalog cannot be asked about this store at the moment; nothing was changed.")
	}
	return ledger.Store{ID: s.ID, Version: s.Version, Deleted: s.Deleted}, true, nil
}

// Use implements ledger.Stores.
func (c *Client) Use(ctx context.Context, used []ledger.UsedStore) ([]ledger.Store, error) {
	question := catalogwire.UsedStores{Stores: make([]catalogwire.UsedStore, len(used))}
	for i, u := range used {
		question.Stores[i] = catalogwire.UsedStore{ID: u.ID, Version: u.Version, Actor: u.Actor}
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("announce stores: %w", err)
	}
	var answer catalogwire.Stores
	if err := c.callInternal(ctx, http.MethodPost, catalogwire.UsedStoresPath, body, &answer); err != nil {
		return nil, fmt.Errorf("announce stores: %w", err)
	}
	if len(answer.Stores) != len(used) {
		return nil, fmt.Errorf("announce stores: catalog returned %d of %d", len(answer.Stores), len(used))
	}
	stores := make([]ledger.Store, len(used))
	for i, s := range answer.Stores {
		if s.ID != used[i].ID || s.Version < 1 {
			return nil, errors.New("announce stores: catalog returned other stores")
		}
		stores[i] = ledger.Store{ID: s.ID, Version: s.Version, Deleted: s.Deleted}
	}
	return stores, nil
}

// callInternal sends a request to an internal route and decodes its response.
func (c *Client) callInternal(ctx context.Context, method, path string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.options.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set(httpapi.ServiceKeyHeader, c.options.ServiceKey())
	tracing.SetHeader(ctx, request.Header)
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return httpapi.ReadProblem(response)
	}
	return json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(answer)
}
