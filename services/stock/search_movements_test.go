package stock_test

import (
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

type ledgerPage struct {
	Data []struct {
		ProductID string `json:"product_id"`
		StoreID   string `json:"store_id"`
		Kind      string `json:"kind"`
		Change    int64  `json:"change"`
		Quantity  int64  `json:"quantity"`
		Actor     string `json:"actor"`
		FromState string `json:"from_state"`
		ToState   string `json:"to_state"`
		Units     int64  `json:"units"`
	} `json:"data"`
	NextCursor string `json:"next_cursor"`
}

func (p ledgerPage) lines() string {
	var lines []string
	for _, m := range p.Data {
		lines = append(lines, fmt.Sprintf("%s %s %+d =%d", m.StoreID, m.Kind, m.Change, m.Quantity))
	}
	return strings.Join(lines, ", ")
}

func (s *shop) ledgerOf(key, query string) ledgerPage {
	s.t.Helper()
	return httpapitest.Decode[ledgerPage](s.t, s.as(key, "GET", "/api/v1/stock/movements"+query, ""), 200)
}

func TestSearchMovements(t *testing.T) {
	s := moved(t)
	if w := s.as("k-owner", "POST", "/api/v1/stock/p-1/MAD-001/states", stateBody("available", "damaged", "4")); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	const apart, in, out = "MAD-001 state_changed +0 =31", "MAD-001 transferred_in +1 =31", "BCN-001 transferred_out -1 =29"
	t.Run("lists the movements of all rows, newest first", func(t *testing.T) {
		for query, want := range map[string]string{
			"?limit=3": apart + ", " + in + ", " + out, "?store_id=BCN-001&limit=1": out, "?kind=state_changed": apart, "?actor=Owner": apart,
			"?kind=sold": "MAD-001 sold -5 =35", "?product_id=p-1&limit=2": apart + ", " + in, "?product_id=p-9": "", "?reference=order-1": "",
			"?from=2026-08-01T12:06:00Z": apart + ", " + in + ", " + out, "?to=2026-08-01T12:00:00.001Z": "BCN-001 created +10 =10, MAD-001 created +40 =40",
			"?to=2026-08-01T12:00:00Z": "", "?from=2026-08-01T12:01:00Z&to=2026-08-01T12:02:00Z": "MAD-001 sold -5 =35",
			"?product_id=p-1&store_id=MAD-001&actor=Owner&kind=state_changed": apart,
		} {
			if got := s.ledgerOf(admin, query); got.lines() != want {
				t.Errorf("%s: %s, want %s", query, got.lines(), want)
			}
		}
		if m := s.ledgerOf(admin, "?limit=1").Data[0]; m.FromState != "available" || m.ToState != "damaged" || m.Units != 4 || m.Actor != "Owner" || m.ProductID != "p-1" {
			t.Errorf("%+v", m)
		}
	})
	t.Run("goes on after a cursor", func(t *testing.T) {
		var walked []string
		for query := "?limit=2"; ; {
			page := s.ledgerOf(admin, query)
			walked = append(walked, page.lines())
			if page.NextCursor == "" {
				break
			}
			query = "?limit=2&cursor=" + page.NextCursor
		}
		if got, want := strings.Join(walked, ", "), s.ledgerOf(admin, "").lines(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	t.Run("is narrowed to the key's stores", func(t *testing.T) {
		if got := s.ledgerOf("k-madrid", "?limit=3"); strings.Contains(got.lines(), "BCN-001") || len(got.Data) != 3 {
			t.Errorf("%s", got.lines())
		}
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		for query, field := range map[string]string{
			"?kind=lost": "kind", "?kind=": "kind", "?actor=": "actor", "?reference=": "reference", "?reference=" + strings.Repeat("x", 129): "reference",
			"?from=now": "from", "?to=2026-13-01T00:00:00Z": "to", "?store_id=a%20b": "store_id", "?product_id=": "product_id", "?since=1": "since",
			"?offset=1": "offset", "?cursor=x": "cursor",
		} {
			t.Run(query, func(t *testing.T) {
				httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/movements"+query, ""), field)
			})
		}
	})
}

func TestAsOf(t *testing.T) {
	s := moved(t)
	if w := s.do("POST", "/api/v1/stock/p-1/MAD-001/states", stateBody("available", "damaged", "4")); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.stocked("p-2", "MAD-001", 0)
	if w := s.do("DELETE", "/api/v1/stock/p-2/MAD-001", ""); w.Code != 204 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	type past struct {
		StoreID     string `json:"store_id"`
		Quantity    int64  `json:"quantity"`
		Version     int64  `json:"version"`
		Unavailable struct {
			Damaged int64 `json:"damaged"`
		} `json:"unavailable"`
	}
	t.Run("of a row", func(t *testing.T) {
		for at, want := range map[string][3]int64{
			"2026-08-01T11:59:59Z": {}, "2026-08-01T12:00:00Z": {40, 0, 1}, "2026-08-01T12:02:30Z": {32, 0, 4},
			"2026-08-01T12:05:59Z": {30, 0, 7}, "9999-01-01T00:00:00Z": {31, 4, 9},
		} {
			got := httpapitest.Decode[past](t, s.do("GET", "/api/v1/stock/p-1/MAD-001?as_of="+at, ""), 200)
			if got.Quantity != want[0] || got.Unavailable.Damaged != want[1] || got.Version != want[2] {
				t.Errorf("%s: %+v, want %v", at, got, want)
			}
		}
		if w := s.do("GET", "/api/v1/stock/p-2/MAD-001?as_of=9999-01-01T00:00:00Z", ""); !strings.Contains(w.Body.String(), `"quantity":0,"unavailable":{},"version":0`) {
			t.Errorf("a deleted row: %s", w.Body)
		}
	})
	t.Run("of a product", func(t *testing.T) {
		got := httpapitest.Decode[struct {
			AsOf          string `json:"as_of"`
			Stores        []past `json:"stores"`
			TotalQuantity int64  `json:"total_quantity"`
		}](t, s.do("GET", "/api/v1/stock/product/p-1?as_of=2026-08-01T12:05:30Z", ""), 200)
		if len(got.Stores) != 2 || got.TotalQuantity != 60 || got.Stores[0].Quantity != 30 || got.AsOf != "2026-08-01T12:05:30.000Z" {
			t.Errorf("%+v", got)
		}
		if w := s.do("GET", "/api/v1/stock/product/p-9?as_of=2026-08-01T12:05:30Z", ""); w.Code != 404 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("of a store", func(t *testing.T) {
		for query, want := range map[string]int{"?as_of=2026-08-01T12:00:00Z": 1, "?as_of=2026-08-01T11:00:00Z": 0, "?as_of=2026-08-01T12:00:00Z&limit=1": 1, "?as_of=9999-01-01T00:00:00Z": 1} {
			got := httpapitest.Decode[struct {
				Items []past `json:"items"`
				Count int    `json:"count"`
			}](t, s.do("GET", "/api/v1/stock/store/MAD-001"+query, ""), 200)
			if len(got.Items) != want || got.Count != want {
				t.Errorf("%s: %+v", query, got)
			}
		}
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		for path, field := range map[string]string{
			"p-1/MAD-001?as_of=now": "as_of", "product/p-1?as_of=": "as_of", "store/MAD-001?as_of=2026": "as_of",
			"store/MAD-001?as_of=2026-08-01T12:00:00Z&offset=1": "offset", "p-1/MAD-001?as_of=2026-08-01T12:00:00Z&limit=1": "limit",
		} {
			t.Run(path, func(t *testing.T) { httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/"+path, ""), field) })
		}
	})
}
