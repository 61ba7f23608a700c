package observability_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

const apiKey = "key-of-everything"

// caller sends the usual requests of a shop to the API.
type caller struct {
	t      *testing.T
	base   string
	client *http.Client
	orders int
}

// send sends a request, whose response must have that status, and returns the id
// in the response, if any.
func (c *caller) send(method, path string, status int, body any) (id string) {
	c.t.Helper()
	text, err := json.Marshal(body)
	if body == nil {
		text = nil
	}
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("X-API-Key", apiKey)
	response, err := c.client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	document, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode != status {
		c.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, document)
	}
	var with struct{ ID string }
	_ = json.Unmarshal(document, &with) // not every response has an id
	return with.ID
}

// stocked creates a product whose stock is low after the first reserved unit.
func (c *caller) stocked() (product string) {
	product = c.send("POST", "/products", 201, map[string]any{"sku": fmt.Sprintf("SKU-%d", c.orders), "name": "Tea", "price": 1})
	c.send("POST", "/stock", 201, map[string]any{
		"product_id": product, "store_id": "MAD-001", "initial_quantity": 1000, "reorder_point": 999,
	})
	return product
}

// order creates reservations of a product that end in each way, and one that is
// refused.
func (c *caller) order(product string) {
	c.t.Helper()
	c.orders++
	reserve := func(status, quantity, ttlSeconds int) string {
		c.t.Helper()
		return c.send("POST", "/reservations", status, map[string]any{
			"product_id": product, "store_id": "MAD-001", "customer_id": "ada", "quantity": quantity, "ttl_seconds": ttlSeconds,
		})
	}
	c.send("POST", "/reservations/"+reserve(201, 1, 3600)+"/confirm", 200, nil)
	c.send("POST", "/reservations/"+reserve(201, 1, 3600)+"/cancel", 200, nil)
	reserve(201, 1, 1) // expires
	reserve(409, 5000, 3600)
	c.send("POST", "/stock/"+product+"/MAD-001/adjust", 200, map[string]any{"adjustment": 3, "reason": "found"})
	c.send("GET", "/stock/"+product+"/MAD-001", 200, nil)
}
