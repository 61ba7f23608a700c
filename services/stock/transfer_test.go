package stock_test

import (
	"fmt"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

type transfer struct {
	ProductID   string `json:"product_id"`
	FromStoreID string `json:"from_store_id"`
	ToStoreID   string `json:"to_store_id"`
	Quantity    int64  `json:"quantity"`
	Reason      string `json:"reason"`
	From        item   `json:"from"`
	To          item   `json:"to"`
}

func transferBody(productID, from, to string, quantity int64) string {
	return fmt.Sprintf(`{"product_id": %q, "from_store_id": %q, "to_store_id": %q, "quantity": %d}`, productID, from, to, quantity)
}

const transferPath = "/api/v1/stock/transfer"

func TestTransfer(t *testing.T) {
	t.Run("usual case", testTransferUsualCase)
	t.Run("refuses", testTransferRefuses)
}

func testTransferUsualCase(t *testing.T) {
	t.Run("moves units between two rows at once", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.stocked("p-1", "BCN-001", 2)
		got := httpapitest.Decode[transfer](t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 25)), 200)
		if got.Quantity != 25 || got.Reason != "transfer" || got.From != s.row("p-1", "MAD-001") || got.To != s.row("p-1", "BCN-001") {
			t.Errorf("answer %+v", got)
		}
		s.wantRow("p-1", "MAD-001", 15, 0, 2)
		s.wantRow("p-1", "BCN-001", 27, 0, 2)
		s.wantEvents("?event_type=stock.transferred", `stock.transferred  0 {"product_id":"p-1","from_store":"MAD-001","to_store":"BCN-001","quantity":25,`+
			`"from_version":2,"to_version":2,"reason":"transfer"}`)
	})
	t.Run("makes the target row", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 0`)
		body := `{"product_id": "p-1", "from_store_id": "MAD-001", "to_store_id": "BCN-001", "quantity": 40, "reason": "closing"}`
		got := httpapitest.Decode[transfer](t, s.do("POST", transferPath, body), 200)
		if got.To.ReorderPoint != 10 || got.To.ProductName != "Name of p-1" || got.To != s.row("p-1", "BCN-001") || got.Reason != "closing" {
			t.Errorf("answer %+v", got)
		}
		s.wantRow("p-1", "MAD-001", 0, 0, 2)
		s.wantRow("p-1", "BCN-001", 40, 0, 1)
		s.wantEvents("?event_type=stock.transferred", `stock.transferred  0 {"product_id":"p-1","from_store":"MAD-001",`+
			`"to_store":"BCN-001","quantity":40,"from_version":2,"to_version":1,"reason":"closing"}`)
	})
	t.Run("moves nothing that is held", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 15)
		wantShort(t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 26)), 25, 26)
		httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/p-1/BCN-001", ""), 404, problem.NotFound)
		httpapitest.Decode[transfer](t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 25)), 200)
		s.wantRow("p-1", "MAD-001", 15, 15, 3)
	})
	t.Run("goes up to the maximum of the target and no further", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.stocked("p-1", "BCN-001", 999_999_990)
		httpapitest.WantProblem(t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 11)), 409, problem.Conflict)
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
		s.wantRow("p-1", "BCN-001", 999_999_990, 0, 1)
		httpapitest.Decode[transfer](t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 10)), 200)
	})
}

func testTransferRefuses(t *testing.T) {
	t.Run("a source row that is not there", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "BCN-001", 2)
		httpapitest.WantProblem(t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 1)), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.do("POST", transferPath, transferBody(unknown, "BCN-001", "MAD-001", 1)), 404, problem.NotFound)
	})
	t.Run("invalid input", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		for body, fields := range map[string][]string{
			transferBody("p-1", "MAD-001", "MAD-001", 1):             {"to_store_id"},
			transferBody("p-1", "MAD-001", "BCN-001", 0):             {"quantity"},
			transferBody("p-1", "MAD-001", "BCN-001", -1):            {"quantity"},
			transferBody("p-1", "MAD-001", "BCN-001", 1_000_000_001): {"quantity"},
			transferBody("", "", ".B", 0):                            {"product_id", "from_store_id", "to_store_id", "quantity"},
			`{"product_id": "p-1"}`:                                  {"from_store_id", "to_store_id", "to_store_id", "quantity"},
		} {
			t.Run(body, func(t *testing.T) { httpapitest.WantInvalid(t, s.do("POST", transferPath, body), fields...) })
		}
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
	})
	t.Run("a key for one of the stores", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		httpapitest.WantProblem(t, s.as("k-madrid", "POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 1)), 403, problem.Forbidden)
		httpapitest.WantProblem(t, s.as("k-madrid", "POST", transferPath, transferBody("p-1", "BCN-001", "MAD-001", 1)), 403, problem.Forbidden)
		httpapitest.Decode[transfer](t, s.as("k-two", "POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 1)), 200)
	})
}
