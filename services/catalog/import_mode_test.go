package catalog_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func (s *shop) importIn(query, csv string, headers ...string) *httptest.ResponseRecorder {
	return s.write("POST", importPath+"?"+query, csv, append([]string{"Content-Type", "text/csv"}, headers...)...)
}

// wantCounts expects created, updated, unchanged and failed lines, and the messages of
// the failed ones.
func wantCounts(t testing.TB, w *httptest.ResponseRecorder, counts string, failed ...string) {
	t.Helper()
	got := httpapitest.Decode[bulk.Summary](t, w, 200)
	var lines []string
	for _, e := range got.Errors {
		lines = append(lines, fmt.Sprintf("%d %s %s", e.Line, e.Code, e.Detail))
	}
	if have := countsOf(got); have != counts || strings.Join(lines, "\n") != strings.Join(failed, "\n") {
		t.Errorf("%s\n%s\nwant %s\n%s", have, strings.Join(lines, "\n"), counts, strings.Join(failed, "\n"))
	}
}

func countsOf(s bulk.Summary) string {
	return fmt.Sprintf("%d created, %d updated, %d unchanged, %d failed", s.Created, s.Updated, s.Unchanged, s.Failed)
}

func TestImport_modes(t *testing.T) {
	t.Run("create is the default", testImportCreate)
	t.Run("update", testImportUpdate)
	t.Run("upsert", testImportUpsert)
	t.Run("belong to an Idempotency-Key", testImportModeOfAKey)
	t.Run("take the files of exports", testImportOfAnExport)
}

func testImportCreate(t *testing.T) {
	s := openShop(t)
	s.mustCreate(`{"sku":"A-1","name":"Mug","price":19.90}`)
	for _, query := range []string{"", "mode=create"} {
		wantCounts(t, s.importIn(query, "sku,name,price\nA-1,Mug,19.9\nA-1,Cup,19.90\n"), "0 created, 0 updated, 1 unchanged, 1 failed",
			"3 CONFLICT The SKU is taken by product "+s.bySKU("A-1").ID+", which differs in name.")
	}
	httpapitest.WantProblem(t, s.importIn("mode=create", "sku,price\nA-1,1\n"), 400, problem.ValidationError)
}

func testImportUpdate(t *testing.T) {
	s := openShop(t)
	before := s.mustCreate(`{"sku":"A-1","name":"Mug","description":"Blue","category":"mugs","price":19.90}`)
	s.mustCreate(`{"sku":"A-2","name":"Cup","description":"Red","price":5}`)
	wantCounts(t, s.importIn("mode=update", "sku,price,category\n"+
		"A-1,21.50,mugs\n"+ // the price only
		"A-2,,\n"+ // an empty price leaves it
		"A-9,1,\n"+
		"a-1,1,\n"+
		"A-2,-1,\n"), "0 created, 1 updated, 1 unchanged, 3 failed",
		"4 NOT_FOUND There is no product with this SKU.",
		"5 NOT_FOUND There is no product with this SKU.",
		"6 VALIDATION_ERROR In the request, price must not be negative.")
	got := s.bySKU("A-1")
	want := item{ID: before.ID, SKU: "A-1", Name: "Mug", Description: "Blue", Category: "mugs", Price: "21.50", Version: 2, CreatedAt: before.CreatedAt, UpdatedAt: got.UpdatedAt}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	s.wantEvents(before.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated)
	wantCounts(t, s.importIn("mode=update", "sku,description,name\nA-1,,Mug\nA-2,Red, \n"), "0 created, 1 updated, 0 unchanged, 1 failed",
		"3 VALIDATION_ERROR In the request, name is required.")
	if got := s.bySKU("A-1"); got.Description != "" || got.Category != "mugs" || got.Version != 3 {
		t.Errorf("an empty description leaves %+v", got)
	}
	w := s.write("POST", importPath+"?mode=update", `{"sku":"A-1","category":null,"price":21.5}`+"\n"+`{"sku":"A-1","category":""}`+"\n"+`{"sku":"A-1"}`,
		"Content-Type", "application/x-ndjson")
	wantCounts(t, w, "0 created, 1 updated, 2 unchanged, 0 failed")
	if got := s.bySKU("A-1"); got.Category != "" || got.Price != "21.50" || got.Version != 4 {
		t.Errorf("%+v", got)
	}
	httpapitest.WantProblem(t, s.importIn("mode=update", "name\nMug\n"), 400, problem.ValidationError)
}

func testImportUpsert(t *testing.T) {
	s := openShop(t)
	s.mustCreate(`{"sku":"A-1","name":"Mug","category":"mugs","price":1}`)
	wantCounts(t, s.importIn("mode=upsert", "sku,name,price\nA-1,Cup,1.0\nA-2,Mug,\nA-2,Mug,0.00\nA-2,Mug,7\na-2,Mug,7\nA-3,,7\n"),
		"1 created, 2 updated, 1 unchanged, 2 failed",
		"6 CONFLICT The SKU differs only in case from A-2, the SKU of product "+s.bySKU("A-2").ID+".",
		"7 VALIDATION_ERROR In the request, name is required.")
	if got := s.bySKU("A-1"); got.Name != "Cup" || got.Category != "mugs" {
		t.Errorf("%+v", got)
	}
	wantCounts(t, s.importIn("mode=upsert", "sku,price\nA-1,3\nA-9,3\n"), "0 created, 1 updated, 0 unchanged, 1 failed",
		"3 VALIDATION_ERROR In the request, name is required.")
}

func testImportModeOfAKey(t *testing.T) {
	s := openShop(t)
	const csv = "sku,name\nA-1,Mug\n"
	first := s.importIn("mode=upsert", csv, "Idempotency-Key", "k-1")
	wantCounts(t, first, "1 created, 0 updated, 0 unchanged, 0 failed")
	again := s.importIn("mode=upsert", csv, "Idempotency-Key", "k-1")
	if again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("again %s %v", again.Body, again.Header())
	}
	for _, query := range []string{"", "mode=create", "mode=update"} {
		httpapitest.WantProblem(t, s.importIn(query, csv, "Idempotency-Key", "k-1"), 422, problem.IdempotencyKeyReused)
	}
	wantCounts(t, s.importIn("", csv, "Idempotency-Key", "k-2"), "0 created, 0 updated, 1 unchanged, 0 failed")
	wantCounts(t, s.importIn("mode=create", csv, "Idempotency-Key", "k-2"), "0 created, 0 updated, 1 unchanged, 0 failed") // one request
}

// testImportOfAnExport: an export restores the products in each mode.
func testImportOfAnExport(t *testing.T) {
	for format, mediaType := range map[string]string{"csv": "text/csv", "ndjson": "application/x-ndjson"} {
		s := openShop(t)
		for _, body := range []string{
			`{"sku":"=1+1","name":"@cmd","description":"a\nb, \"c\"\n","category":"-x","price":19.90}`,
			`{"sku":"'=2","name":" Mug ","description":" ","category":"'x","price":"0.000000000000000001"}`,
			`{"sku":"1.23E+12","name":"\u00a0日本; x\u3000","price":0}`,
		} {
			s.mustCreate(body)
		}
		file := s.request("GET", "/api/v1/products/export?format="+format, "").Body.String()
		send := func(to *shop, mode string) *httptest.ResponseRecorder {
			return to.write("POST", importPath+"?mode="+mode, file, "Content-Type", mediaType)
		}
		for _, mode := range []string{"create", "update", "upsert"} {
			wantCounts(t, send(s, mode), "0 created, 0 updated, 3 unchanged, 0 failed")
		}
		wantCounts(t, send(openShop(t), "create"), "3 created, 0 updated, 0 unchanged, 0 failed")
		wantCounts(t, send(openShop(t), "upsert"), "3 created, 0 updated, 0 unchanged, 0 failed")
		wantCounts(t, s.importIn("mode=update", "sku,name,description,category,price\n'=1+1,x,x,x,1\n''=2,x,x,x,1\n1.23E+12,x,x,x,1\n"),
			"0 created, 3 updated, 0 unchanged, 0 failed")
		wantCounts(t, send(s, "update"), "0 created, 3 updated, 0 unchanged, 0 failed")
		if again := s.request("GET", "/api/v1/products/export?format="+format, "").Body.String(); again != file {
			t.Errorf("%s: restored\n%s\nwant\n%s", format, again, file)
		}
	}
}

func TestImport_dryRun(t *testing.T) {
	files := map[string]string{
		"create": "sku,name,price\nA-1,Mug,1\nA-1,Mug,1.0\nA-1,Cup,1\na-1,Mug,1\nB-1,Old,2\nB-1,New,2\nC-1,,1\n1E+12,Mug,1\n",
		"update": "sku,name,price\nB-1,New,2\nB-1,New,2.0\nB-1,New,3\nB-1,Old,2\nb-1,Old,2\nA-1,Mug,1\nB-1,,1\n",
		"upsert": "sku,name,price\nA-1,Mug,1\nA-1,Cup,\nA-1,Cup,1.00\na-1,Cup,1\nB-1,New,2\nB-1,Old,2\nC-1,,1\nA-1,Mug,1\n",
	}
	for mode, file := range files {
		t.Run(mode, func(t *testing.T) {
			s := openShop(t)
			s.mustCreate(`{"sku":"B-1","name":"Old","price":2}`)
			// The lines of one batch meet each other, and those of two.
			far := file + strings.Repeat("\"\",filler,\n", 300) + strings.SplitN(file, "\n", 2)[1]
			for _, csv := range []string{file, far} {
				s := openShop(t)
				s.mustCreate(`{"sku":"B-1","name":"Old","price":2}`)
				events := len(s.events(""))
				dry := httpapitest.Decode[bulk.Summary](t, s.importIn("mode="+mode+"&dry_run=true", csv, "Idempotency-Key", "k"), 200)
				if n := len(s.events("")) - events; n > 0 || !dry.DryRun {
					t.Errorf("the dry run %t left %d events", dry.DryRun, n)
				}
				if got := s.bySKU("B-1"); got.Version != 1 {
					t.Errorf("the dry run changed %+v", got)
				}
				wet := httpapitest.Decode[bulk.Summary](t, s.importIn("mode="+mode, csv, "Idempotency-Key", "k"), 200)
				if countsOf(dry) != countsOf(wet) || wet.DryRun || len(dry.Warnings) != len(wet.Warnings) {
					t.Errorf("the dry run says %s, the import %s", countsOf(dry), countsOf(wet))
				}
				for i, e := range wet.Errors {
					if dry.Errors[i].Line != e.Line || dry.Errors[i].Code != e.Code || dry.Errors[i].Field != e.Field {
						t.Errorf("the dry run says %+v, the import %+v", dry.Errors[i], e)
					}
				}
			}
		})
	}
}

func TestImport_warnings(t *testing.T) {
	s := openShop(t)
	got := httpapitest.Decode[bulk.Summary](t, s.importIn("", "sku;name;price\n1.23E+12; Mug ; 7.0\nA-2;Mug;\n 4E+15 ;Mug;x\n"), 200)
	if got.Created != 2 || got.Failed != 1 || len(got.Warnings) != 1 || got.Warnings[0].Line != 2 || got.Warnings[0].Field != "sku" {
		t.Errorf("%+v", got)
	}
	if p := s.bySKU("1.23E+12"); p.Name != "Mug" || p.Price != "7.0" {
		t.Errorf("%+v", p)
	}
	var file strings.Builder
	file.WriteString("sku,name\n")
	for i := range 300 {
		fmt.Fprintf(&file, "%d.%dE+15,Mug\n", i%10, i)
	}
	if got := httpapitest.Decode[bulk.Summary](t, s.importIn("", file.String()), 200); len(got.Warnings) != bulk.MaxErrors {
		t.Errorf("%d warnings", len(got.Warnings))
	}
}

// reported is a line of the response with errors=all.
type reported struct {
	bulk.Report
	Line   int64        `json:"line"`
	Code   problem.Code `json:"code"`
	Detail string       `json:"detail"`
	Field  string       `json:"field"`
	Status int          `json:"status"`
	Import bulk.Summary `json:"import"`
}

func readReport(t testing.TB, body io.Reader) (lines []reported) {
	t.Helper()
	scanner := bufio.NewScanner(body)
	for scanner.Scan() {
		var line reported
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%q: %v", scanner.Bytes(), err)
		}
		lines = append(lines, line)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestImport_allErrors(t *testing.T) {
	t.Run("lists every line that fails, and the summary", testAllErrorsLists)
	t.Run("memory", testAllErrorsMemory)
	t.Run("a client that reads after it has sent", testAllErrorsServer)
	t.Run("a body that breaks off", testAllErrorsBrokenOff)
}

func testAllErrorsLists(t *testing.T) {
	s := openShop(t)
	file := "sku,name,price\nA-1,Mug,1\n" + strings.Repeat("A-1,Cup,1\nA-2,Mug,-1\n", 200)
	w := s.importIn("errors=all", file, "Idempotency-Key", "k")
	lines := readReport(t, w.Body)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-ndjson" || len(lines) != 401 {
		t.Fatalf("status %d, %v, %d lines", w.Code, w.Header(), len(lines))
	}
	for i, l := range lines[:400] {
		want := reported{Line: int64(i + 3), Code: problem.Conflict, Field: "name"}
		if i%2 == 1 {
			want.Code, want.Field = problem.ValidationError, "price"
		}
		if l.Line != want.Line || l.Code != want.Code || l.Field != want.Field || l.Detail == "" {
			t.Fatalf("line %+v, want %+v", l, want)
		}
	}
	if end := lines[400]; end.Created != 1 || end.Failed != 400 || end.Lines != 401 || end.Reported != 400 || end.Line != 0 {
		t.Errorf("summary %+v", end)
	}
	// A repetition has only the errors that were kept.
	w = s.importIn("errors=all", file, "Idempotency-Key", "k")
	lines = readReport(t, w.Body)
	if end := lines[len(lines)-1]; len(lines) != bulk.MaxErrors+1 || end.Failed != 400 || end.Reported != bulk.MaxErrors || w.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d lines, %+v", len(lines), lines[len(lines)-1])
	}
	if lines := readReport(t, s.importIn("errors=all&dry_run=true", file).Body); len(lines) != 401 || !lines[400].DryRun {
		t.Errorf("the dry run lists %d lines", len(lines))
	}
	if lines := readReport(t, s.importIn("errors=all", "sku,name\nA-3,Mug\n").Body); len(lines) != 1 || lines[0].Created != 1 || lines[0].Reported != 0 {
		t.Errorf("without errors: %+v", lines)
	}
	httpapitest.WantProblem(t, s.importIn("errors=all", "sku;colour\n"), 400, problem.ValidationError)
}

// discarded counts the bytes that are written.
type discarded struct {
	httptest.ResponseRecorder
	bytes int
}

func (d *discarded) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

// testAllErrorsMemory reports many failed lines with bounded memory.
func testAllErrorsMemory(t *testing.T) {
	const lines, maxGrowth = 200_000, 12 << 20
	s := openShop(t)
	before, most := heap(), uint64(0)
	body := &sent{lines: lines, end: io.EOF, line: func(i int) string {
		if i == 0 {
			return "sku,name,price\n"
		}
		return fmt.Sprintf("A-%d,Mug %d,%d,-\n", i, i*7919, i)
	}, each: func(line int) {
		if line%20_000 == 19_999 {
			most = max(most, heap())
		}
	}}
	r := httptest.NewRequest("POST", importPath+"?errors=all&mode=update", body)
	r.Header.Set("X-API-Key", admin)
	r.Header.Set("Content-Type", "text/csv")
	w := &discarded{ResponseRecorder: *httptest.NewRecorder()}
	s.service.Handler().ServeHTTP(w, r)
	t.Logf("response %d MiB, heap %d KiB before, at most %d KiB meanwhile", w.bytes>>20, before>>10, most>>10)
	if w.bytes < lines*100 || most > before+maxGrowth {
		t.Errorf("%d bytes; the heap grew from %d to %d bytes", w.bytes, before, most)
	}
}

// testAllErrorsServer: the response waits for the end of the body, so a client that
// reads no response before does not stop.
func testAllErrorsServer(t *testing.T) {
	s := openShop(t)
	server := httptest.NewServer(s.service.Handler())
	defer server.Close()
	const lines = 30_000 // 5 MB of errors, more than a connection takes
	body := &sent{lines: lines, end: io.EOF, line: func(i int) string {
		if i == 0 {
			return "sku,name\n"
		}
		return "A-1,\n"
	}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+importPath+"?errors=all", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", admin)
	r.Header.Set("Content-Type", "text/csv")
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body.next < lines {
		t.Errorf("the response began after %d lines", body.next)
	}
	got := readReport(t, response.Body)
	if end := got[len(got)-1]; len(got) != lines || end.Failed != lines-1 {
		t.Errorf("%d lines, %+v", len(got), end)
	}
}

// testAllErrorsBrokenOff: a body that breaks off before the response has begun has the
// response of any other import.
func testAllErrorsBrokenOff(t *testing.T) {
	s := openShop(t)
	body := &sent{lines: 1000, end: errors.New("reset"), line: func(i int) string {
		if i == 0 {
			return "sku,name\n"
		}
		return "A-1,\n"
	}}
	w := s.sendTo(importPath+"?errors=all", body, "text/csv")
	httpapitest.WantProblem(t, w, 400, problem.ValidationError)
	if got := httpapitest.Decode[struct{ Import bulk.Summary }](t, w, 400).Import; got.Failed != 999 {
		t.Errorf("it came to %+v", got)
	}
}
