package stock_test

import (
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

type totals struct {
	StoreID   string `json:"store_id"`
	Rows      int64  `json:"rows"`
	Quantity  int64  `json:"quantity"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available"`
	Low       int64  `json:"low"`
	Out       int64  `json:"out"`
}

func TestSummary(t *testing.T) {
	s := openShop(t)
	want := func(key string, stores ...totals) {
		t.Helper()
		got := httpapitest.Decode[struct {
			Data []totals `json:"data"`
		}](t, s.as(key, "GET", "/api/v1/stock/summary", ""), 200).Data
		if len(got) != len(stores) {
			t.Fatalf("the key %s sees %+v", key, got)
		}
		for i, store := range stores {
			if got[i] != store {
				t.Errorf("the key %s sees %+v, want %+v", key, got[i], store)
			}
		}
	}
	want(admin)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-2", "MAD-001", 7)
	s.stocked("p-1", "BCN-001", 0)
	barcelona := totals{StoreID: "BCN-001", Rows: 1, Low: 1, Out: 1}
	want(admin, barcelona, totals{StoreID: "MAD-001", Rows: 2, Quantity: 47, Available: 47, Low: 1})

	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -38}`), 200)
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-2/MAD-001/adjust", `{"adjustment": -7}`), 200)
	madrid := totals{StoreID: "MAD-001", Rows: 2, Quantity: 2, Available: 2, Low: 2, Out: 1}
	want(admin, barcelona, madrid)
	want("k-madrid", madrid)
	want("k-two", barcelona, madrid)
}
