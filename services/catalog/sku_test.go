package catalog_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestSKU(t *testing.T) {
	t.Run("found in every spelling", testSKUFoundInEverySpelling)
	t.Run("unknown SKU", testSKUUnknownSKU)
	t.Run("refuses", testSKURefuses)
	t.Run("in other forms", testSKUInOtherForms)
}

func testSKUFoundInEverySpelling(t *testing.T) {
	s := openShop(t)
	for _, sku := range []string{
		"A", "ABC-123", "a/b", "/", "a//b/", "100%", "%2F", "%", "a b", "a+b", "a?b", "a#b", "a&b=c", ";,:@", `"quoted"`, `back\slash`,
		"it's", "<b>", "ünï", "商品-1", "🍕", "e\u0301", "sku", "import", "...", ".a", "~", "*", "{id}", ":id", strings.Repeat("é", 64),
	} {
		t.Run(sku, func(t *testing.T) {
			body, err := json.Marshal(map[string]string{"sku": sku, "name": "Mug"})
			if err != nil {
				t.Fatal(err)
			}
			created := s.mustCreate(string(body))
			if created.SKU != norm.NFC.String(sku) {
				t.Errorf("created with SKU %q", created.SKU)
			}
			w := s.request("GET", "/api/v1/products/sku/"+url.PathEscape(sku), "")
			if got := httpapitest.Decode[item](t, w, 200); got != created || w.Header().Get("ETag") != `"1"` {
				t.Errorf("found %+v, want %+v", got, created)
			}
		})
	}
	t.Run("every byte encoded", func(t *testing.T) {
		if w := s.request("GET", "/api/v1/products/sku/%41%42%43%2D%31%32%33", ""); httpapitest.Decode[item](t, w, 200).SKU != "ABC-123" {
			t.Errorf("%s", w.Body)
		}
	})
	t.Run("plus is not a space", func(t *testing.T) {
		if w := s.request("GET", "/api/v1/products/sku/a+b", ""); httpapitest.Decode[item](t, w, 200).SKU != "a+b" {
			t.Errorf("%s", w.Body)
		}
	})
}

func testSKUUnknownSKU(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"ABC","name":"Mug"}`)
	for _, path := range []string{"abc", "ABC%20", "AB", "ABC%2F", p.ID, "%00", "%FF", strings.Repeat("x", 5000)} {
		httpapitest.WantProblem(t, s.request("GET", "/api/v1/products/sku/"+path, ""), 404, problem.NotFound)
	}
	for _, path := range []string{"/api/v1/products/sku", "/api/v1/products/sku/", "/api/v1/products/sku/ABC/"} {
		httpapitest.WantProblem(t, s.request("GET", path, ""), 404, problem.NotFound)
	}
	wantInvalid(t, s.request("GET", "/api/v1/products/sku/ABC?expand=1", ""), "expand", "is not a known query parameter")
}

func testSKURefuses(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	const spaces, unprintable = "must not begin or end with a space", "must not contain control or other unprintable characters"
	for _, test := range []struct{ sku, message string }{
		{`" A"`, spaces},
		{`"A "`, spaces},
		{`" "`, spaces},
		{`"A\tB"`, unprintable},
		{`"A\nB"`, unprintable},
		{`"A\u0000"`, unprintable},
		{`"A\u00a0B"`, unprintable}, // no-break space
		{`"A\u200bB"`, unprintable}, // zero width space
		{`"A\u202eB"`, unprintable}, // right-to-left override
		{`"A\ufeffB"`, unprintable}, // byte order mark
		{`"` + strings.Repeat("x", 65) + `"`, "must have 1 to 64 characters"},
		{`"` + strings.Repeat("é", 65) + `"`, "must have 1 to 64 characters"},
	} {
		t.Run(test.sku, func(t *testing.T) {
			body := `{"sku":` + test.sku + `,"name":"Mug"}`
			wantInvalid(t, s.write("POST", "/api/v1/products", body), "sku", test.message)
			wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, body), "sku", test.message)
		})
	}
}

// A keyboard writes é as one character, a file of a Mac as two; a scanner ignores
// capitals. People consider all of these one SKU.
func testSKUInOtherForms(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"Cafe\u0301-1","name":"Cafe\u0301"}`)
	if p.SKU != "Caf\u00e9-1" {
		t.Errorf("kept as %q", p.SKU)
	}
	for _, path := range []string{"Caf%C3%A9-1", "Cafe%CC%81-1"} {
		if got := httpapitest.Decode[item](t, s.request("GET", "/api/v1/products/sku/"+path, ""), 200); got.ID != p.ID {
			t.Errorf("%s: %+v", path, got)
		}
	}
	httpapitest.WantProblem(t, s.request("GET", "/api/v1/products/sku/caf%C3%A9-1", ""), 404, problem.NotFound)
	for _, sku := range []string{"Caf\u00e9-1", "CAF\u00c9-1", "cafe\u0301-1", "CAFE\u0301-1"} {
		httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", `{"sku":"`+sku+`","name":"Other"}`), 409, problem.Conflict)
	}
	for _, q := range []string{"caf%C3%89", "CAFE%CC%81-1"} {
		w := s.request("GET", "/api/v1/products?q="+q, "")
		if !strings.Contains(w.Body.String(), p.ID) {
			t.Errorf("%s: %s", q, w.Body)
		}
	}
	// Its own SKU in another case is not a conflict, the SKU of another product is.
	other := s.mustCreate(`{"sku":"B-1","name":"Other"}`)
	httpapitest.WantProblem(t, s.write("PUT", "/api/v1/products/"+other.ID, `{"sku":"CAF\u00c9-1","name":"Other"}`), 409, problem.Conflict)
	renamed := httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"CAFE\u0301-1","name":"Mug"}`), 200)
	if renamed.SKU != "CAF\u00c9-1" {
		t.Errorf("renamed to %q", renamed.SKU)
	}
}
