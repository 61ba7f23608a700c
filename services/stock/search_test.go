package stock_test

import (
	"net/url"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

type found struct {
	Data       []item  `json:"data"`
	NextCursor string  `json:"next_cursor"`
	Totals     *totals `json:"totals"`
}

func (f found) rows() string {
	var rows []string
	for _, r := range f.Data {
		rows = append(rows, r.ProductID+" "+r.StoreID)
	}
	return strings.Join(rows, ", ")
}

func (s *shop) search(key, query string) found {
	s.t.Helper()
	return httpapitest.Decode[found](s.t, s.as(key, "GET", "/api/v1/stock"+query, ""), 200)
}

func TestSearch(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-2", "MAD-001", 7)
	s.stocked("p-1", "BCN-001", 0)
	s.hold("r-1", "p-1", "MAD-001", 5)
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/states", stateBody("available", "damaged", "1")), 200)
	sku := s.row("p-2", "MAD-001").ProductSKU

	t.Run("filters and sorts", func(t *testing.T) {
		for query, want := range map[string]string{
			"": "p-1 BCN-001, p-1 MAD-001, p-2 MAD-001", "?store_id=MAD-001": "p-1 MAD-001, p-2 MAD-001", "?product_id=p-1": "p-1 BCN-001, p-1 MAD-001",
			"?product_id=p-9": "", "?sku=" + url.QueryEscape(strings.ToLower(sku)): "p-2 MAD-001", "?q=" + url.QueryEscape(strings.ToLower(sku)): "p-2 MAD-001",
			"?state=low": "p-1 BCN-001, p-2 MAD-001", "?state=out": "p-1 BCN-001", "?state=ok": "p-1 MAD-001",
			"?sort=-available": "p-1 MAD-001, p-2 MAD-001, p-1 BCN-001", "?sort=available&state=low": "p-1 BCN-001, p-2 MAD-001",
		} {
			if got := s.search(admin, query); got.rows() != want || got.NextCursor != "" || got.Totals != nil {
				t.Errorf("%s: %s %+v, want %s", query, got.rows(), got, want)
			}
		}
	})
	t.Run("goes on after a cursor", func(t *testing.T) {
		first := s.search(admin, "?sort=available&limit=2")
		second := s.search(admin, "?sort=available&limit=2&cursor="+first.NextCursor)
		if first.rows() != "p-1 BCN-001, p-2 MAD-001" || second.rows() != "p-1 MAD-001" || second.NextCursor != "" {
			t.Errorf("%s; %s %q", first.rows(), second.rows(), second.NextCursor)
		}
		httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock?sort=sku&cursor="+first.NextCursor, ""), "cursor")
	})
	t.Run("adds totals up", func(t *testing.T) {
		for query, want := range map[string]totals{
			"?totals=true":                {Rows: 3, Quantity: 47, Reserved: 5, Available: 41, Low: 2, Out: 1},
			"?totals=true&limit=1":        {Rows: 3, Quantity: 47, Reserved: 5, Available: 41, Low: 2, Out: 1},
			"?totals=true&product_id=p-1": {Rows: 2, Quantity: 40, Reserved: 5, Available: 34, Low: 1, Out: 1},
			"?totals=true&state=ok":       {Rows: 1, Quantity: 40, Reserved: 5, Available: 34},
			"?totals=true&q=nothing":      {},
		} {
			if got := s.search(admin, query); got.Totals == nil || *got.Totals != want {
				t.Errorf("%s: %+v, want %+v", query, got.Totals, want)
			}
		}
	})
	t.Run("is narrowed to the key's stores", func(t *testing.T) {
		got := s.search("k-madrid", "?totals=true")
		if got.rows() != "p-1 MAD-001, p-2 MAD-001" || *got.Totals != (totals{Rows: 2, Quantity: 47, Reserved: 5, Available: 41, Low: 1}) {
			t.Errorf("%s %+v", got.rows(), got.Totals)
		}
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		for query, field := range map[string]string{
			"?sort=price": "sort", "?sort=": "sort", "?sort=-": "sort", "?state=full": "state", "?state=": "state", "?store_id=": "store_id",
			"?store_id=a%20b": "store_id", "?product_id=": "product_id", "?sku=": "sku", "?q=" + strings.Repeat("x", 201): "q", "?q=%00": "q",
			"?totals=1": "totals", "?limit=0": "limit", "?offset=1": "offset", "?cursor=x": "cursor", "?sku=a%0Ab": "sku",
		} {
			t.Run(query, func(t *testing.T) { httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock"+query, ""), field) })
		}
	})
}
