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

// caller calls the API as a shop does.
type caller struct {
	t      *testing.T
	base   string
	client *http.Client
	orders int
}

// call sends a request that must be answered with that status, and returns the
// id in the answer, if any.
func (c *caller) call(method, path string, status int, body any) (id string) {
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
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode != status {
		c.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	var with struct{ ID string }
	_ = json.Unmarshal(answer, &with) // not every answer has one
	return with.ID
}

// stocked makes a product with stock that is low once one unit is taken.
func (c *caller) stocked() (product string) {
	product = c.call("POST", "/products", 201, map[string]any{"sku": fmt.Sprintf("SKU-%d", c.orders), "name": "Tea", "price": 1})
	c.call("POST", "/stock", 201, map[string]any{
		"product_id": product, "store_id": "MAD-001", "initial_quantity": 1000, "reorder_point": 999,
	})
	return product
}

// order lets reservations of a product come to each of their ends, and one be
// refused.
func (c *caller) order(product string) {
	c.t.Helper()
	c.orders++
	reserve := func(status, quantity, ttlSeconds int) string {
		c.t.Helper()
		return c.call("POST", "/reservations", status, map[string]any{
			"product_id": product, "store_id": "MAD-001", "customer_id": "ada", "quantity": quantity, "ttl_seconds": ttlSeconds,
		})
	}
	c.call("POST", "/reservations/"+reserve(201, 1, 3600)+"/confirm", 200, nil)
	c.call("POST", "/reservations/"+reserve(201, 1, 3600)+"/cancel", 200, nil)
	reserve(201, 1, 1) // expires
	reserve(409, 5000, 3600)
	c.call("POST", "/stock/"+product+"/MAD-001/adjust", 200, map[string]any{"adjustment": 3, "reason": "found"})
	c.call("GET", "/stock/"+product+"/MAD-001", 200, nil)
}
