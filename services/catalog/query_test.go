package catalog_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

type page struct {
	Data   []item `json:"data"`
	Total  int64  `json:"total"`
	Limit  int    `json:"limit"`
	Offset int    `json:"offset"`
}

func (p page) skus() []string {
	skus := make([]string, len(p.Data))
	for i, d := range p.Data {
		skus[i] = d.SKU
	}
	return skus
}

func TestGet(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	w := s.request("GET", "/api/v1/products/"+p.ID, "")
	if got := httpapitest.Decode[item](t, w, 200); got != p || w.Header().Get("ETag") != `"1"` {
		t.Errorf("got %+v %v, want %+v", got, w.Header(), p)
	}
	for _, id := range []string{"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", "7", "sku", strings.ToUpper(p.ID), "a%2Fb", "%FF"} {
		httpapitest.WantProblem(t, s.request("GET", "/api/v1/products/"+id, ""), 404, problem.NotFound)
	}
	wantInvalid(t, s.request("GET", "/api/v1/products/"+p.ID+"?fields=sku", ""), "fields", "is not a known query parameter")
	for target, allow := range map[string]string{
		"PATCH /api/v1/products/" + p.ID: "DELETE, GET, HEAD, OPTIONS, PUT", "PUT /api/v1/products": "GET, HEAD, OPTIONS, POST",
		"GET /api/v1/products/import": "OPTIONS, POST",
	} {
		method, path, _ := strings.Cut(target, " ")
		w := s.write(method, path, "")
		httpapitest.WantProblem(t, w, 405, problem.MethodNotAllowed)
		if got := w.Header().Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", target, got, allow)
		}
	}
	for _, path := range []string{"/api/v1/products/", "/api/v1"} {
		httpapitest.WantProblem(t, s.write("GET", path, ""), 404, problem.NotFound)
	}
}

func TestList(t *testing.T) {
	t.Run("filters", testListFilters)
	t.Run("follows changes", testListFollowsChanges)
	t.Run("pages", testListPages)
	t.Run("refuses", testListRefuses)
	t.Run("shows each unchanged product once", testListShowsEachUnchangedProductOnce)
	t.Run("total follows every change", testListTotalFollowsEveryChange)
}

func testListFilters(t *testing.T) {
	s := openShop(t)
	for _, p := range []struct{ sku, name, category string }{
		{"CAF-1", "Café Crème", "drinks"},
		{"TEA-1", "Ägyptischer Tee", "drinks"},
		{"OIL-1", "ΕΛΑΙΟΛΑΔΟ ΤΗΣ ΘΑΛΑΣΣΑΣ", "food"},
		{"ЧАЙ-2", "Чай чёрный", "Drinks"},
		{"PCT-100%", "Under_score %", ""},
		{"K-273", "Thermometer \u212a", ""}, // Kelvin sign
	} {
		s.mustCreate(fmt.Sprintf(`{"sku":%q,"name":%q,"category":%q}`, p.sku, p.name, p.category))
	}
	for _, test := range []struct {
		name, query string
		want        []string
	}{
		{"all, in the order of their making", "", []string{"CAF-1", "TEA-1", "OIL-1", "ЧАЙ-2", "PCT-100%", "K-273"}},
		{"category", "category=drinks", []string{"CAF-1", "TEA-1"}},
		{"category, whose case counts", "category=Drinks", []string{"ЧАЙ-2"}},
		{"no category", "category=", []string{"PCT-100%", "K-273"}},
		{"part of a category", "category=drink", nil},
		{"part of a name", "q=Crème", []string{"CAF-1"}},
		{"other case", "q=cAFÉ cR", []string{"CAF-1"}},
		{"part of a SKU", "q=-1", []string{"CAF-1", "TEA-1", "OIL-1", "PCT-100%"}},
		{"other case of a SKU", "q=tea", []string{"TEA-1"}},
		{"umlaut", "q=äGYPT", []string{"TEA-1"}},
		{"cyrillic", "q=чАЙ", []string{"ЧАЙ-2"}},
		{"final sigma", "q=θαλασσας", []string{"OIL-1"}},
		{"sign that is a letter", "q=thermometer k", []string{"K-273"}},
		{"percent is a character", "q=%", []string{"PCT-100%"}},
		{"underscore is a character", "q=_", []string{"PCT-100%"}},
		{"not across name and SKU", "q=Teetea", nil},
		{"empty", "q=", []string{"CAF-1", "TEA-1", "OIL-1", "ЧАЙ-2", "PCT-100%", "K-273"}},
		{"nothing", "q=wine", nil},
		{"both filters", "q=1&category=food", []string{"OIL-1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			values, err := url.ParseQuery(strings.ReplaceAll(test.query, "%", "%25"))
			if err != nil {
				t.Fatal(err)
			}
			got := httpapitest.Decode[page](t, s.request("GET", "/api/v1/products?"+values.Encode(), ""), 200)
			if !slices.Equal(got.skus(), test.want) || got.Total != int64(len(test.want)) || got.Data == nil {
				t.Errorf("listed %q of %d, want %q", got.skus(), got.Total, test.want)
			}
		})
	}
}

func testListFollowsChanges(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"B-1","name":"CÙP","category":"cups"}`), 200)
	for query, want := range map[string]int64{"q=mug": 0, "q=a-1": 0, "q=cùp": 1, "q=b-1": 1, "category=cups": 1, "category=": 0} {
		if got := httpapitest.Decode[page](t, s.request("GET", "/api/v1/products?"+query, ""), 200); got.Total != want {
			t.Errorf("%s lists %d, want %d", query, got.Total, want)
		}
	}
}

func testListPages(t *testing.T) {
	s := openShop(t)
	var all []string
	for i := range 25 {
		all = append(all, s.mustCreate(fmt.Sprintf(`{"sku":"S-%02d","name":"Mug","category":"c%d"}`, i, i%2)).SKU)
	}
	for _, test := range []struct {
		query         string
		want          []string
		total         int64
		limit, offset int
	}{
		{"", all[:20], 25, 20, 0},
		{"limit=100", all, 25, 100, 0},
		{"limit=7&offset=21", all[21:], 25, 7, 21},
		{"offset=24", all[24:], 25, 20, 24},
		{"offset=25", nil, 25, 20, 25},
		{"offset=2147483547", nil, 25, 20, 2147483547},
		{"page=1&page_size=10", all[:10], 25, 10, 0},
		{"page=3&page_size=10", all[20:], 25, 10, 20},
		{"page=2", all[20:], 25, 20, 20},
		{"page_size=3", all[:3], 25, 3, 0},
		{"category=c1&limit=2&offset=1", []string{"S-03", "S-05"}, 12, 2, 1},
		{"q=S-1&limit=2&offset=9", []string{"S-19"}, 10, 2, 9},
	} {
		t.Run(test.query, func(t *testing.T) {
			got := httpapitest.Decode[page](t, s.request("GET", "/api/v1/products?"+test.query, ""), 200)
			if !slices.Equal(got.skus(), test.want) || got.Total != test.total || got.Limit != test.limit || got.Offset != test.offset {
				t.Errorf("listed %q, %+v", got.skus(), got)
			}
		})
	}
}

func testListRefuses(t *testing.T) {
	s := openShop(t)
	const unprintable = "must not contain control or other unprintable characters"
	for _, test := range []struct{ query, field, message string }{
		{"sort=name", "sort", "is not a known query parameter"},
		{"Q=mug", "Q", "is not a known query parameter"},
		{"q=a&q=b", "q", "must appear only once"},
		{"q=" + strings.Repeat("x", 201), "q", "must have 0 to 200 characters"},
		{"q=%0A", "q", unprintable},
		{"q=%FF", "q", unprintable},
		{"category=" + strings.Repeat("x", 65), "category", "must have 0 to 64 characters"},
		{"category=%00", "category", unprintable},
		{"q=%zz", "query", "is not percent-encoded correctly"},
		{"limit=0", "limit", "must be a whole number from 1 to 100"},
		{"limit=101", "limit", "must be a whole number from 1 to 100"},
		{"limit=ten", "limit", "must be a whole number from 1 to 100"},
		{"limit=", "limit", "must be a whole number from 1 to 100"},
		{"offset=-1", "offset", "must be a whole number from 0 to 2147483547"},
		{"page=0", "page", "must be a whole number from 1 to 21474836"},
		{"page_size=101", "page_size", "must be a whole number from 1 to 100"},
		{"page=1&limit=5", "page", "and page_size cannot be used together with limit and offset"},
	} {
		t.Run(test.query, func(t *testing.T) {
			wantInvalid(t, s.request("GET", "/api/v1/products?"+test.query, ""), test.field, test.message)
		})
	}
}
