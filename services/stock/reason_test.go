package stock_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

// A caller gives the reasons of a caller, and none that would make the change
// look like one of the system's own.
func TestReason(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	const row = "/api/v1/stock/p-1/MAD-001"
	bodies := []struct{ method, path, fields string }{
		{"POST", row + "/adjust", `"adjustment": 1`},
		{"PUT", row, `"quantity": 50`},
		{"POST", "/api/v1/stock/transfer", `"product_id": "p-1", "from_store_id": "MAD-001", "to_store_id": "BCN-001", "quantity": 1`},
	}
	for _, reason := range []string{"sale", "transfer", "initial_stock", "expired", "return", "aborted"} {
		for _, b := range bodies {
			w := s.do(b.method, b.path, fmt.Sprintf(`{%s, "reason": %q}`, b.fields, reason))
			httpapitest.WantInvalid(t, w, "reason")
		}
	}
	s.wantRow("p-1", "MAD-001", 40, 0, 1)
	written := []string{"restock", "count", "adjustment", "cancelled", "Sale", "sale of the year", `two\r\nlines\tof 50\u00a0g`, `خانه\u200cها 👨\u200d👧 ❤\ufe0f`}
	for _, reason := range written {
		for _, b := range bodies {
			if w := s.do(b.method, b.path, fmt.Sprintf(`{%s, "reason": "%s"}`, b.fields, reason)); w.Code != 200 {
				t.Errorf("%s of %q: %d %s", b.path, reason, w.Code, w.Body)
			}
		}
	}
	kept := map[string]int{}
	for _, e := range s.events("") {
		var body struct{ Reason string }
		if err := json.Unmarshal(e.Payload, &body); err != nil {
			t.Fatal(err)
		}
		kept[body.Reason]++
	}
	for _, reason := range []string{"restock", "Sale", "two\nlines\tof 50\u00a0g", "خانه\u200cها 👨\u200d👧 ❤\ufe0f"} {
		if kept[reason] != len(bodies) {
			t.Errorf("%d events say %q, want %d: %v", kept[reason], reason, len(bodies), kept)
		}
	}
}
