package catalog_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

func skuOf(p item) string { return p.SKU }

// testListShowsEachUnchangedProductOnce walks the list by its cursors while
// products are deleted, changed and created between the pages.
func testListShowsEachUnchangedProductOnce(t *testing.T) {
	const products = 60
	for name, query := range map[string]string{
		"all": "?limit=9", "of a category": "?limit=9&category=cups", "by text": "?limit=9&q=mug",
		"by text in a category": "?limit=9&category=cups&q=" + url.QueryEscape("MUG"),
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			var list []item
			for i := range products {
				list = append(list, s.mustCreate(fmt.Sprintf(`{"sku":"A-%02d","name":"Mug","category":"cups"}`, i)))
			}
			var want []string
			for i := 0; i < products; i += 2 {
				want = append(want, list[i].SKU)
			}
			next := 1 // the odd ones change
			get := func(target string) *httptest.ResponseRecorder { return s.request("GET", target, "") }
			seen := httpapitest.Walk[item](t, get, "/api/v1/products"+query, "data", func() {
				s.write("DELETE", "/api/v1/products/"+list[next].ID, "")
				s.write("PUT", "/api/v1/products/"+list[next+2].ID, fmt.Sprintf(`{"sku":"B-%d","name":"Cup","category":"old"}`, next))
				s.mustCreate(fmt.Sprintf(`{"sku":"C-%d","name":"Mug","category":"cups"}`, next))
				next += 4
			})
			httpapitest.Once(t, seen, skuOf, want...)
			if next == 1 {
				t.Error("nothing changed during the walk")
			}
		})
	}
}

// testListTotalFollowsEveryChange compares the totals, which are stored next to the
// products, with counted lists.
func testListTotalFollowsEveryChange(t *testing.T) {
	s := openShop(t)
	var list []item
	for i := range 12 {
		list = append(list, s.mustCreate(fmt.Sprintf(`{"sku":"A-%02d","name":"Mug","category":"c%d"}`, i, i%3)))
	}
	s.write("DELETE", "/api/v1/products/"+list[0].ID, "")
	s.write("DELETE", "/api/v1/products/"+list[0].ID, "")
	s.write("PUT", "/api/v1/products/"+list[1].ID, `{"sku":"A-01","name":"Mug","category":"c0"}`)
	s.write("PUT", "/api/v1/products/"+list[2].ID, `{"sku":"A-02","name":"Mug"}`)
	s.write("PUT", "/api/v1/products/"+list[3].ID, `{"sku":"A-03","name":"Cup","category":"c0"}`)
	for _, query := range []string{"", "category=c0", "category=c1", "category=c2", "category=", "category=none"} {
		p := httpapitest.Decode[page](t, s.request("GET", "/api/v1/products?limit=100&"+query, ""), 200)
		if p.Total != int64(len(p.Data)) {
			t.Errorf("%q: total %d, %d products", query, p.Total, len(p.Data))
		}
		if query == "" && (p.Total != 11 || slices.Contains(p.skus(), "A-00")) {
			t.Errorf("%d products: %v", p.Total, p.skus())
		}
	}
}
