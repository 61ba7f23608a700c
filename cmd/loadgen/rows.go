package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// rows are rows of stock on one server, in one store, each with the same number of
// units, and the requests that reserve one unit of each.
type rows struct {
	addr     string
	products []string
	units    int // of each row at the beginning
	bodies   [][]byte
}

// createRows creates products, each with a row of stock. The server needs no more of
// the API than the three paths that this file uses.
func createRows(ctx context.Context, addr, sku string, n, units int) (*rows, error) {
	r := &rows{addr: addr, units: units}
	for i := range n {
		var product struct {
			ID string `json:"id"`
		}
		err := post(ctx, addr, "/api/v1/products", map[string]any{"sku": fmt.Sprintf("%s-%d", sku, i+1), "name": "Row"}, &product)
		if err != nil {
			return nil, err
		}
		err = post(ctx, addr, "/api/v1/stock", map[string]any{"product_id": product.ID, "store_id": storeID, "initial_quantity": units}, nil)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(bareRequest{ProductID: product.ID, StoreID: storeID, CustomerID: "customer-1", Quantity: 1})
		if err != nil {
			return nil, err
		}
		r.products, r.bodies = append(r.products, product.ID), append(r.bodies, body)
	}
	return r, nil
}

// verify checks that as many units are gone from the rows as were granted, whether they
// are reserved or sold, and that no row gave more than it had.
func (r *rows) verify(ctx context.Context, granted int) error {
	gone := 0
	for _, product := range r.products {
		var row struct {
			Available int `json:"available"`
		}
		if err := sendRequest(ctx, http.MethodGet, r.addr, "/api/v1/stock/"+product+"/"+storeID, nil, &row); err != nil {
			return err
		}
		if row.Available < 0 {
			return fmt.Errorf("a row has %d available units", row.Available)
		}
		gone += r.units - row.Available
	}
	if gone != granted {
		return fmt.Errorf("%d units were granted, but %d are gone from the rows", granted, gone)
	}
	return nil
}
