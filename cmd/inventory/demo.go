package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"inventory.example/pkg/httpapi"
)

// demoMarker in the data folder records that the demo data was created, so that
// deleted demo data does not come back.
const demoMarker = "demo-seeded"

// demoKey is the development key that makes the demo data.
const demoKey = "dev-key-admin"

type demoProduct struct {
	sku, name, category string
	price               json.Number
	madrid, barcelona   int64 // units
}

var demoProducts = []demoProduct{
	{"CAF-ETH-250", "Ethiopia Yirgacheffe coffee beans, 250 g", "coffee", "9.95", 140, 85},
	{"CAF-COL-1000", "Colombia Huila coffee beans, 1 kg", "coffee", "27.90", 60, 42},
	{"CAF-DEC-250", "Decaf Mexico coffee beans, 250 g", "coffee", "10.40", 8, 25},
	{"TEA-SEN-100", "Sencha green tea, 100 g", "tea", "12.50", 75, 64},
	{"TEA-EGR-100", "Earl Grey black tea, 100 g", "tea", "8.75", 120, 96},
	{"MUG-STO-350", "Stoneware mug, 350 ml", "tableware", "14.00", 48, 36},
	{"GRI-HAN-STD", "Hand grinder with steel burrs", "equipment", "64.95", 12, 9},
	{"KET-GOO-900", "Gooseneck kettle, 900 ml", "equipment", "49.90", 18, 15},
	{"V60-CER-02", "Ceramic dripper, size 02", "equipment", "22.30", 33, 40},
	{"FIL-PAP-100", "Paper filters size 02, 100 pieces", "equipment", "6.20", 260, 310},
	{"SCA-DIG-2000", "Digital scale with timer, 2 kg", "equipment", "39.00", 5, 11},
	{"CHO-85-100", "Dark chocolate 85 %, 100 g", "pantry", "3.95", 190, 175},
}

// demo creates the demo data once, prints commands to try, and waits for ctx.
func demo(ctx context.Context, dataDir, url string, handler http.Handler) error {
	calls := &loopback{handler: handler}
	defer calls.waitForCalls()
	d := &demoClient{ctx: ctx, url: url, http: &http.Client{Transport: calls}}
	marker := filepath.Join(dataDir, demoMarker)
	_, err := os.Stat(marker)
	if errors.Is(err, fs.ErrNotExist) {
		if err = d.seed(); err == nil {
			err = os.WriteFile(marker, nil, 0o600)
		}
	}
	if ctx.Err() != nil {
		return nil // it was asked to stop; the next start continues
	}
	if err != nil {
		return fmt.Errorf("make the demo data: %w", err)
	}
	if err := d.welcome(dataDir); err != nil && ctx.Err() == nil {
		return fmt.Errorf("print the commands to try: %w", err)
	}
	<-ctx.Done()
	return nil
}

type demoClient struct {
	ctx  context.Context
	url  string
	http *http.Client
}

// seed makes products and stock. Each request has an Idempotency-Key, so that
// a start which was broken off half-way goes on.
func (d *demoClient) seed() error {
	for _, p := range demoProducts {
		var product struct {
			ID string `json:"id"`
		}
		err := d.post("/api/v1/products", "demo-product-"+p.sku, map[string]any{
			"sku": p.sku, "name": p.name, "category": p.category, "price": p.price,
		}, &product)
		if err != nil {
			return err
		}
		for _, store := range []struct {
			id       string
			quantity int64
		}{{"MAD-001", p.madrid}, {"BCN-001", p.barcelona}} {
			err := d.post("/api/v1/stock", "demo-stock-"+p.sku+"-"+store.id, map[string]any{
				"product_id": product.ID, "store_id": store.id, "initial_quantity": store.quantity,
				"reorder_point": 10, "reorder_qty": 50,
			}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *demoClient) post(path, once string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return d.do(http.MethodPost, path, once, text, answer)
}

func (d *demoClient) do(method, path, once string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(d.ctx, method, d.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-API-Key", demoKey)
	if once != "" {
		request.Header.Set("Idempotency-Key", once)
	}
	response, err := d.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %w", method, path, httpapi.ReadProblem(response))
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(answer)
}

// welcome prints lines that work when they are pasted.
func (d *demoClient) welcome(dataDir string) error {
	var store struct {
		Items []struct {
			ProductID string `json:"product_id"`
			Name      string `json:"product_name"`
		} `json:"items"`
	}
	if err := d.do(http.MethodGet, "/api/v1/stock/store/MAD-001?limit=1", "", nil, &store); err != nil {
		return err
	}
	fmt.Printf("\nInventory is running on %s (data in %s; Ctrl-C stops it)\n\n", d.url, dataDir)
	fmt.Printf("  The live page, to look at first     %s/\n", d.url)
	fmt.Printf("  API documentation, to try it out    %s/docs\n", d.url)
	fmt.Printf("  Health                              %s/health\n", d.url)
	fmt.Printf("  Development keys                    dev-key-admin, dev-key-store-001, dev-key-store-002\n\n")
	fmt.Printf("The products:\n  curl -s '%s/api/v1/products?limit=3'\n\n", d.url)
	if len(store.Items) > 0 {
		item := store.Items[0]
		fmt.Printf("Reserve one %s in Madrid:\n", item.Name)
		fmt.Printf("  curl -s -X POST %s/api/v1/reservations -H 'X-API-Key: %s' -H 'Content-Type: application/json' -d "+
			`'{"product_id":"%s","store_id":"MAD-001","customer_id":"customer-1","quantity":1}'`+"\n\n", d.url, demoKey, item.ProductID)
		fmt.Printf("Its stock, with the reserved units:\n  curl -s %s/api/v1/stock/%s/MAD-001 -H 'X-API-Key: %s'\n\n",
			d.url, item.ProductID, demoKey)
	}
	return nil
}
