package system_test

import (
	"net/http"
	"testing"

	"inventory.example/pkg/problem"
)

// TestReturnToUnknownStore: where stores are registered, returned units create no row
// in a store that does not exist, and the customer can bring them to another one.
func TestReturnToUnknownStore(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	product := c.newStock(t, 10)
	c.stock.stop()
	c.stores = "registered"
	c.stock.start()
	id := c.sold(t, product)
	back := func(store string) apiResponse {
		body := returned(product, 1)
		body["to_store_id"] = store
		return c.do(t, http.MethodPost, "/api/v1/reservations/"+id+"/return", body)
	}
	back(barcelona).wantsProblem(t, problem.UnknownStore)
	c.get(t, "/api/v1/stock/"+product+"/"+barcelona).wants(t, http.StatusNotFound)
	c.do(t, http.MethodPut, "/api/v1/stores/"+barcelona, object{"name": "Barcelona"}).wants(t, http.StatusCreated)
	back(barcelona).wants(t, http.StatusOK)
	if row := c.row(t, product, barcelona); row.Quantity != 1 {
		t.Errorf("%+v, want the returned unit", row)
	}
}
