package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestExport(t *testing.T) {
	t.Run("round trip", testExportRoundTrip)
	t.Run("of several pages", testExportPages)
	t.Run("forms", testExportForms)
}

// testExportRoundTrip: an export is an import of the same products.
func testExportRoundTrip(t *testing.T) {
	for format, mediaType := range map[string]string{"csv": "text/csv", "ndjson": "application/x-ndjson"} {
		s := openShop(t)
		s.mustCreate(`{"sku":"=1+1","name":"@cmd","description":"a\nb, \"c\"","category":"-x","price":19.90}`)
		s.mustCreate(`{"sku":"'=2","name":"Mug","price":"0.000000000000000001"}`)
		s.write("DELETE", "/api/v1/products/"+s.mustCreate(`{"sku":"gone","name":"Mug"}`).ID, "")
		file := s.request("GET", "/api/v1/products/export?format="+format, "")
		if format == "csv" {
			want := "sku,name,description,category,price\n'=1+1,'@cmd,\"a\nb, \"\"c\"\"\",'-x,19.90\n''=2,Mug,,,0.000000000000000001\n"
			if file.Body.String() != want {
				t.Errorf("got\n%s\nwant\n%s", file.Body, want)
			}
		}
		for name, to := range map[string]*shop{"unchanged 2": s, "created 2": openShop(t)} {
			w := to.write("POST", "/api/v1/products/import", file.Body.String(), "Content-Type", mediaType)
			got := httpapitest.Decode[bulk.Summary](t, w, 200)
			if text := fmt.Sprintf("unchanged %d created %d", got.Unchanged, got.Created); !strings.Contains(text, name) || got.Failed > 0 {
				t.Errorf("%s: %s %+v, want %s", format, text, got, name)
			}
			if list := to.request("GET", "/api/v1/products/sku/%27%3D2", ""); list.Code != 200 {
				t.Errorf("%s: %d %s", format, list.Code, list.Body)
			}
		}
	}
}

func testExportPages(t *testing.T) {
	s := openShop(t)
	var file strings.Builder
	file.WriteString("sku,name,category\n")
	for i := range 1203 {
		fmt.Fprintf(&file, "A-%04d,Mug,%d\n", i, i%2)
	}
	if w := s.write("POST", "/api/v1/products/import", file.String(), "Content-Type", "text/csv"); w.Code != 200 {
		t.Fatal(w.Body)
	}
	for query, want := range map[string]int{"": 1204, "?category=1": 602, "?category=2": 1} {
		body := s.request("GET", "/api/v1/products/export"+query, "").Body.String()
		if lines := strings.Count(body, "\n"); lines != want {
			t.Errorf("%s: %d lines, want %d", query, lines, want)
		}
		if query == "" && !strings.Contains(body, "\nA-0499,Mug,,1,0\nA-0500,Mug,,0,0\n") {
			t.Error("the pages are not in order")
		}
	}
}

func testExportForms(t *testing.T) {
	s := openShop(t)
	for header, want := range map[string]string{
		"": "text/csv", "*/*": "text/csv", "text/csv": "text/csv", "application/x-ndjson": "application/x-ndjson",
		"application/xml;q=0.1, application/x-ndjson;q=0.5": "application/x-ndjson", "image/png": "text/csv",
	} {
		w := s.request("GET", "/api/v1/products/export", "", "Accept", header)
		if got := w.Header().Get("Content-Type"); w.Code != 200 || got != want {
			t.Errorf("Accept %q: %d %s, want %s", header, w.Code, got, want)
		}
	}
	for _, query := range []string{"format=xml", "format=", "limit=1", "format=csv&format=csv"} {
		httpapitest.WantProblem(t, s.request("GET", "/api/v1/products/export?"+query, ""), 400, problem.ValidationError)
	}
}
