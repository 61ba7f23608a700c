package stock_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
)

func TestMetrics(t *testing.T) {
	t.Run("hold outcomes", testMetricsHoldOutcomes)
	t.Run("lines of counts", testMetricsLinesOfCounts)
	t.Run("steps of transfers", testMetricsStepsOfTransfers)
}

func testMetricsHoldOutcomes(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 10)
	for range 2 { // the second is a repetition
		s.hold("r-1", "p-1", "MAD-001", 4)
	}
	s.holds(holdOf("r-1", "p-1", "MAD-001", 5), holdOf("r-2", "p-1", "MAD-001", 7), holdOf("r-3", "p-1", "BCN-001", 1))
	s.settle("r-1", "commit", "")
	s.holds(holdOf("r-1", "p-1", "MAD-001", 4))
	s.apply(deleted, "p-1", "", 2)
	s.holds(holdOf("r-9", "p-1", "MAD-001", 1))
	s.internal("POST", stockwire.HoldsPath, stockwire.HoldsRequest{}) // is refused as a whole

	w := httptest.NewRecorder()
	s.service.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for outcome, count := range map[string]string{"granted": "2", "mismatch": "1", "insufficient": "1", "no_row": "1", "product_deleted": "1", "settled": "1"} {
		line := `inventory_holds_total{outcome="` + outcome + `",service="stock"} ` + count
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("%s is missing in\n%s", line, w.Body)
		}
	}
	for outcome, count := range map[string]string{"applied": "1", "repeated": "0", "overtaken": "0", "tombstoned": "0", "contradiction": "0"} {
		line := `inventory_settlements_total{outcome="` + outcome + `",service="stock"} ` + count
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("%s is missing in\n%s", line, w.Body)
		}
	}
}

func testMetricsLinesOfCounts(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-2", "MAD-001", 40)
	s.hold("r-1", "p-2", "MAD-001", 40)
	c := s.openCount("MAD-001")
	s.counted(c, "p-1", 39)
	s.counted(c, "p-2", 39)
	for range 2 { // the second tries the failed line again
		httpapitest.Decode[count](t, s.applyCount(c), 200)
	}
	w := httptest.NewRecorder()
	s.service.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for outcome, count := range map[string]string{"applied": "1", "failed": "2"} {
		line := `inventory_count_lines_total{outcome="` + outcome + `",service="stock"} ` + count
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("%s is missing in\n%s", line, w.Body)
		}
	}
}

func testMetricsStepsOfTransfers(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	order := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
	for range 2 {
		s.acted(order, "receive", `{"lines": [{"product_id": "p-1", "received": 1}]}`)
	}
	s.act(order, "cancel", "")
	for range 2 { // the second is a repetition
		s.do("POST", transfersPath, "{"+madridToBarcelona+tenOfOne+"}", "Idempotency-Key", "k")
	}
	w := httptest.NewRecorder()
	s.service.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for outcome, count := range map[string]string{"requested": "2", "shipped": "1", "received": "2", "cancelled": "0"} {
		line := `inventory_transfers_total{outcome="` + outcome + `",service="stock"} ` + count
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("%s is missing in\n%s", line, w.Body)
		}
	}
}
