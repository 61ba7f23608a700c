package system_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"inventory.example/pkg/problem"
)

// TestProductChange: a caller that changes or deletes a product sees the change in
// stock at once, even while the broker is down. If stock itself was down, it learns
// the change from the event.
func TestProductChange(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.outage.mode.Store(brokerDown)
	first, second := c.newStock(t, 10), c.newStock(t, 10)
	r := c.reserved(t, orderOf(first, 1), "")
	c.do(t, http.MethodPut, "/api/v1/products/"+first, map[string]any{"sku": "renamed", "name": "Renamed"}).wants(t, http.StatusOK)
	if row := c.row(t, first, madrid); row.ProductName != "Renamed" {
		t.Errorf("stock knows the product as %+v", row)
	}
	c.do(t, http.MethodDelete, "/api/v1/products/"+first, nil).wants(t, http.StatusNoContent)
	c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(first, 1)).wantsProblem(t, problem.ProductDeleted)
	if row := c.row(t, first, madrid); !row.ProductDeleted {
		t.Errorf("stock does not mark the row %+v", row)
	}
	c.do(t, http.MethodPost, "/api/v1/stock", map[string]any{
		"product_id": first, "store_id": barcelona, "initial_quantity": 1,
	}).wantsProblem(t, problem.NotFound)
	c.confirm(t, r.ID) // the earlier reservation stays valid
	c.wantsRow(t, first, 9, 0)

	c.stock.stop()
	c.do(t, http.MethodDelete, "/api/v1/products/"+second, nil).wants(t, http.StatusNoContent)
	c.stock.start()
	c.clock.Advance(time.Second) // reservation asks again
	c.reserved(t, orderOf(second, 1), "")
	c.outage.mode.Store(noOutage)
	c.passing(t, 100*time.Millisecond, "the event of the deletion", func() error {
		if a := c.do(t, http.MethodPost, "/api/v1/reservations", orderOf(second, 1)); a.status != http.StatusConflict {
			return errors.New("stock still takes reservations")
		}
		return nil
	})
	c.passing(t, 100*time.Millisecond, "the backlog", c.drained)
	c.balanced(t)
}
