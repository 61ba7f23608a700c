package catalog_test

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

const importPath = "/api/v1/products/import"

func (s *shop) importCSV(csv string, headers ...string) *httptest.ResponseRecorder {
	return s.write("POST", importPath, csv, append([]string{"Content-Type", "text/csv"}, headers...)...)
}

func (s *shop) importJSON(lines string, headers ...string) *httptest.ResponseRecorder {
	return s.write("POST", importPath, lines, append([]string{"Content-Type", "application/x-ndjson"}, headers...)...)
}

// wantImport expects the counts of created, unchanged and failed lines, and the
// messages of the failed ones.
func wantImport(t testing.TB, w *httptest.ResponseRecorder, created, unchanged int64, failed ...string) {
	t.Helper()
	got := httpapitest.Decode[bulk.Summary](t, w, 200)
	var lines []string
	for _, e := range got.Errors {
		lines = append(lines, fmt.Sprintf("%d %s %s", e.Line, e.Code, e.Detail))
	}
	if got.Created != created || got.Unchanged != unchanged || got.Updated != 0 || got.Failed != int64(len(failed)) ||
		got.Lines != created+unchanged+got.Failed || strings.Join(lines, "\n") != strings.Join(failed, "\n") {
		t.Errorf("%+v, want %d created, %d unchanged, and\n%s", got, created, unchanged, strings.Join(failed, "\n"))
	}
}

func (s *shop) bySKU(sku string) item {
	s.t.Helper()
	return httpapitest.Decode[item](s.t, s.request("GET", "/api/v1/products/sku/"+sku, ""), 200)
}

func TestImport_CSV(t *testing.T) {
	s := openShop(t)
	w := s.importCSV("\ufeffname,\"sku\",price,description,category\r\n" +
		"\"Mug, \"\"blue\"\"\",A-1,19.90,\"two\r\nlines\",mugs\r\n" +
		"\r\n" +
		"Käse 日本,A-2,,,\r\n" +
		"Last,A-3,0.5,x,y") // no line end
	wantImport(t, w, 3, 0)
	for sku, want := range map[string]item{
		"A-1": {Name: `Mug, "blue"`, Price: "19.90", Description: "two\nlines", Category: "mugs"},
		"A-2": {Name: "Käse 日本", Price: "0"},
		"A-3": {Name: "Last", Price: "0.5", Description: "x", Category: "y"},
	} {
		got := s.bySKU(sku)
		want.ID, want.SKU, want.Version, want.CreatedAt, want.UpdatedAt = got.ID, sku, 1, startText, startText
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		s.wantEvents(got.ID, inventory.TypeProductCreated)
	}
	t.Run("sent again it changes nothing", func(t *testing.T) {
		wantImport(t, s.importCSV("sku,name,price\nA-2,Käse 日本,\nA-2,Käse 日本,0\nA-2,Käse 日本,0.00\nA-3,Last,0.50\nA-2,Käse 日本,0.01\n"), 0, 3,
			"5 CONFLICT The SKU is taken by product "+s.bySKU("A-3").ID+", which differs in description, category.",
			"6 CONFLICT The SKU is taken by product "+s.bySKU("A-2").ID+", which differs in price.")
		// 19.90 and 19.9 are one price, and the product keeps its digits.
		wantImport(t, s.importCSV("sku,name,price,description,category\nA-3,Last,0.50,x,y\n\"A-1\",\"Mug, \"\"blue\"\"\",19.9,\"two\nlines\",mugs\n"), 0, 2)
		if got := s.bySKU("A-1"); got.Price != "19.90" || got.Version != 1 {
			t.Errorf("%+v", got)
		}
		w := httpapitest.Decode[bulk.Summary](t, s.importCSV("sku,name,price\nA-3,First,0.6\n"), 200)
		var fields []string
		for _, f := range w.Errors[0].Errors {
			fields = append(fields, f.Field)
		}
		if strings.Join(fields, " ") != "name description category price" {
			t.Errorf("the conflict names %q", fields)
		}
	})
	t.Run("only a header is a file without lines", func(t *testing.T) {
		wantImport(t, s.importCSV("sku,name"), 0, 0)
	})
}

func TestImport_NDJSON(t *testing.T) {
	s := openShop(t)
	long := `{"sku":"LONG","name":"` + strings.Repeat("a", 70_000) + `"}`
	w := s.importJSON("\ufeff" + `{"sku":"A-1","name":"Mug","price":19.90}` + "\r\n\n  \n" +
		`{"sku":"A-2","name":"Mug","price":-1}` + "\n" +
		`{"sku":"A-3"}` + "\n" +
		`{"sku":"A-4","name":"Mug","colour":"blue"}` + "\n" +
		`{"sku":"A-5","name":"Mug","price":1e400}` + "\n" +
		`{"sku":"A-6","name":"M` + "\x01" + `ug"}` + "\n" +
		`{"sku":"A-7","name":"\u0000"}` + "\n" +
		"{\"sku\":\"A-8\",\"name\":\"\xff\"}\n" +
		"not JSON\n[1]\nnull\n" +
		`{"sku":"A-9","name":"Mug"}{"sku":"A-10","name":"Mug"}` + "\n" +
		long + "\n" +
		`{"sku":"A-1","name":"Mug","price":19.90}` + "\n" +
		`{"sku":"A-11","name":"Mug"}`)
	got := httpapitest.Decode[bulk.Summary](t, w, 200)
	if got.Created != 2 || got.Unchanged != 1 || got.Failed != 12 || got.Lines != 15 {
		t.Errorf("%+v", got)
	}
	var failed []int64
	for _, e := range got.Errors {
		failed = append(failed, e.Line)
		if e.Code != problem.ValidationError || e.Detail == "" || len(e.Errors) == 0 || len(e.Detail) > 300 {
			t.Errorf("%+v", e)
		}
	}
	if text := fmt.Sprint(failed); text != "[4 5 6 7 8 9 10 11 12 13 14 15]" {
		t.Errorf("lines %s failed: %+v", text, got.Errors)
	}
	s.bySKU("A-1")
	s.bySKU("A-11")
}

func TestImport(t *testing.T) {
	t.Run("names the error of a CSV line", testImportNamesTheErrorOfACSVLine)
	t.Run("accepts other names of its media types", testImportAcceptsOtherNamesOfItsMediaTypes)
	t.Run("refuses a file as a whole", testImportRefusesAFileAsAWhole)
	t.Run("interrupted body", testImportInterruptedBody)
	t.Run("unreadable body", testImportUnreadableBody)
	t.Run("memory", testImportMemory)
}

func testImportNamesTheErrorOfACSVLine(t *testing.T) {
	s := openShop(t)
	wantImport(t, s.importCSV("sku,name,price\n"+
		"A-1,Mug\n"+
		"A-2,Mug,1,2\n"+
		"A-3,M\"ug,1\n"+
		"A-4,\"Mug\"x,1\n"+
		"A-5,Mug,1 0\n"+
		"A-6,Mug,1e5\n"+
		",Mug,1\n"+
		"A-7,\"  \",1\n"+
		"A-8,M\x00ug,99999999999999999999999\n"+
		"A-9,M\xffug,1\n"+
		"A-10,\""+strings.Repeat("long\n", 20_000)+"\",1\n"+
		"A-11,\"Mug\nof two lines\",1\n"+
		"A-12,Mug,1\n"+
		"A-13,\"never closed,1\n"+
		"A-14,Mug,1\n"), 1, 0,
		"2 VALIDATION_ERROR In the request, body has 2 columns here, the header has 3.",
		"3 VALIDATION_ERROR In the request, body has 4 columns here, the header has 3.",
		"4 VALIDATION_ERROR In the request, body is not valid CSV: a quote in a field that does not begin with one.",
		"5 VALIDATION_ERROR In the request, body is not valid CSV: a quoted field does not end, or goes on after its quote.",
		"6 VALIDATION_ERROR In the request, price must be a decimal number such as 19.90.",
		"7 VALIDATION_ERROR In the request, price must not have an exponent.",
		"8 VALIDATION_ERROR In the request, sku is required.",
		"9 VALIDATION_ERROR In the request, name must not be blank.",
		"10 VALIDATION_ERROR In the request, price must have at most 15 digits before the point.",
		"11 VALIDATION_ERROR In the request, name must not contain control or other unprintable characters.",
		"12 VALIDATION_ERROR In the request, body is longer than 65536 bytes here; in CSV, a quote that is never closed takes all that follows.",
		"20013 VALIDATION_ERROR In the request, name must not contain control or other unprintable characters.",
		"20016 VALIDATION_ERROR In the request, body is not valid CSV: a quoted field does not end, or goes on after its quote.",
	)
	s.bySKU("A-12")
}

func testImportAcceptsOtherNamesOfItsMediaTypes(t *testing.T) {
	s := openShop(t)
	for i, test := range []struct{ contentType, body string }{
		{"text/csv; charset=UTF-8; header=present", "sku,name\nA-%d,Mug\n"},
		{"application/csv", "sku,name\nA-%d,Mug\n"},
		{"application/vnd.ms-excel", "sku;name\nA-%d;Mug\n"},
		{"application/x-ndjson; charset=utf-8", `{"sku":"A-%d","name":"Mug","category":null}`},
		{"application/ndjson", `{"sku":"A-%d","name":"Mug"}`},
		{"application/jsonl", `{"sku":"A-%d","name":"Mug"}`},
		{"application/x-jsonlines", `{"sku":"A-%d","name":"Mug"}`},
	} {
		wantImport(t, s.write("POST", importPath, fmt.Sprintf(test.body, i), "Content-Type", test.contentType), 1, 0)
		s.bySKU(fmt.Sprintf("A-%d", i))
	}
}

func testImportRefusesAFileAsAWhole(t *testing.T) {
	s := openShop(t)
	for name, test := range map[string]struct{ contentType, body, detail string }{
		"empty CSV":         {"text/csv", "", "In the request, body is required."},
		"blank CSV":         {"text/csv", "\n\r\n", "In the request, body is required."},
		"empty NDJSON":      {"application/x-ndjson", "\n", "In the request, body is required."},
		"no type":           {"", "sku,name\n", "The Content-Type must be text/csv or application/x-ndjson."},
		"JSON":              {"application/json", `{}`, "The Content-Type must be text/csv or application/x-ndjson."},
		"a type that is no": {"text/csv; charset", "sku,name\n", "The Content-Type is not a media type."},
		"another charset":   {"text/csv; charset=latin1", "sku,name\n", "The charset of the Content-Type must be utf-8."},
		"no name":           {"text/csv", "sku,price\nA-1,5\n", "In the request, header lacks the column name."},
		"an unknown column": {"text/csv", "sku,name,colour\n", "In the request, header.3 is not a known column; columns are separated by commas or semicolons and named sku, name, description, category, price."},
		"other separators":  {"text/csv", "sku\tname\nA\tB\n", "In the request, header.1 is not a known column; columns are separated by commas or semicolons and named sku, name, description, category, price; errors has 2 more."},
		"a column twice":    {"text/csv", "sku,name,sku\n", "In the request, header.3 must appear only once."},
		"a malformed one":   {"text/csv", "sku,\"name\nA,B\n", "In the request, body is not valid CSV: a quoted field does not end, or goes on after its quote."},
		"a long header":     {"text/csv", "sku," + strings.Repeat("n", 70_000) + "\n", "In the request, body is longer than 65536 bytes here; in CSV, a quote that is never closed takes all that follows."},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{}
			if test.contentType != "" {
				headers = append(headers, "Content-Type", test.contentType)
			}
			status, code := 400, problem.ValidationError
			if strings.Contains(test.detail, "Content-Type") {
				status, code = 415, problem.UnsupportedMediaType
			}
			if d := httpapitest.WantProblem(t, s.write("POST", importPath, test.body, headers...), status, code); d.Detail != test.detail {
				t.Errorf("detail %q, want %q", d.Detail, test.detail)
			}
		})
	}
	for key, code := range map[string]problem.Code{"": problem.Unauthorized, "k-read": problem.Forbidden, "k-madrid": problem.Forbidden} {
		w := s.request("POST", importPath, "sku,name\nA,B\n", "Content-Type", "text/csv", "X-API-Key", key)
		if d := httpapitest.Decode[httpapitest.Problem](t, w, w.Code); d.Code != code {
			t.Errorf("key %q: %+v", key, d)
		}
	}
	for query, want := range map[string][2]string{
		"dryrun=true": {"dryrun", "is not a known query parameter"}, "mode=set": {"mode", "must be create or update or upsert"},
		"mode=": {"mode", "must be create or update or upsert"}, "dry_run=yes": {"dry_run", "must be true or false"},
		"errors=none": {"errors", "must be all"}, "errors=": {"errors", "must be all"}, "mode=update&mode=update": {"mode", "must appear only once"},
	} {
		wantInvalid(t, s.write("POST", importPath+"?"+query, "sku,name\nA-1,Mug\n", "Content-Type", "text/csv"), want[0], want[1])
	}
	if n := len(s.events("")); n > 0 {
		t.Errorf("refused files left %d events", n)
	}
}

// sent is a body that is generated while it is read, and that may be interrupted.
type sent struct {
	lines int
	line  func(i int) string
	end   error          // io.EOF, or how it breaks off
	each  func(line int) // called with each line before it is sent; may be nil
	next  int
	rest  []byte
}

func (b *sent) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.next >= b.lines {
			return 0, b.end
		}
		if b.each != nil {
			b.each(b.next)
		}
		b.rest = []byte(b.line(b.next))
		b.next++
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// send imports a body that must not be kept in memory.
func (s *shop) send(body io.Reader, contentType string, headers ...string) *httptest.ResponseRecorder {
	return s.sendTo(importPath, body, contentType, headers...)
}

func (s *shop) sendTo(target string, body io.Reader, contentType string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", target, body)
	r.Header.Set("X-API-Key", admin)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.service.Handler().ServeHTTP(w, r)
	return w
}

func testImportInterruptedBody(t *testing.T) {
	s := openShop(t)
	line := func(i int) string {
		if i == 0 {
			return "sku,name\n"
		}
		if i == 400 {
			return "A-400,a name that is cut o"
		}
		return fmt.Sprintf("A-%d,Mug\n", i)
	}
	w := s.send(&sent{lines: 401, line: line, end: io.ErrUnexpectedEOF}, "text/csv", "Idempotency-Key", "k-1")
	if d := httpapitest.WantProblem(t, w, 400, problem.ValidationError); d.Detail != "The body could not be read to its end." {
		t.Errorf("%+v", d)
	}
	if got := httpapitest.Decode[struct{ Import bulk.Summary }](t, w, 400).Import; got.Lines != 399 || got.Created != 399 {
		t.Errorf("it came to %+v", got)
	}
	s.bySKU("A-399")
	if w := s.request("GET", "/api/v1/products/sku/A-400", ""); w.Code != 404 {
		t.Errorf("the line that was cut off: %d %s", w.Code, w.Body)
	}
	whole := func(i int) string { return strings.Replace(line(i), "cut o", "cut off\n", 1) }
	w = s.send(&sent{lines: 500, line: whole, end: io.EOF}, "text/csv", "Idempotency-Key", "k-1")
	wantImport(t, w, 499, 0)
}

func testImportUnreadableBody(t *testing.T) {
	s := openShop(t)
	w := s.send(&sent{end: errors.New("reset")}, "text/csv")
	httpapitest.WantProblem(t, w, 400, problem.ValidationError)
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// testImportMemory imports a hundred thousand lines, 40 MB, and one in ten
// fails. The memory of the process must not grow with the file; most of it is
// events that the relay keeps ready, which are not published here.
func testImportMemory(t *testing.T) {
	const lines, maxGrowth = 100_000, 16 << 20
	s := openShop(t)
	description := strings.Repeat("d", 350)
	before, most, size := heap(), uint64(0), 0
	body := &sent{lines: lines, end: io.EOF, line: func(i int) string {
		line := fmt.Sprintf(`{"sku":"A-%d","name":"Product %d","description":"%s","price":%d.50}`+"\n", i, i, description, i)
		if i%10 == 9 {
			line = fmt.Sprintf(`{"sku":"A-%d","name":"","description":"%s"}`+"\n", i, description)
		}
		size += len(line)
		return line
	}, each: func(line int) {
		if line%5000 == 4999 {
			most = max(most, heap())
		}
	}}
	got := httpapitest.Decode[bulk.Summary](t, s.send(body, "application/x-ndjson", "Idempotency-Key", "k-1"), 200)
	if got.Created != lines*9/10 || got.Failed != lines/10 || len(got.Errors) != bulk.MaxErrors {
		t.Errorf("created %d, failed %d, told %d", got.Created, got.Failed, len(got.Errors))
	}
	t.Logf("file %d MiB, heap %d KiB before, at most %d KiB meanwhile", size>>20, before>>10, most>>10)
	if most > before+maxGrowth {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
}

// BenchmarkImport measures lines per second, with an fsync for each batch.
func BenchmarkImport(b *testing.B) {
	s := openShop(b)
	colours, things := strings.Fields("Blue Red Green Black White Grey Ivory"), strings.Fields("Mug Shirt Lamp Table Chair Bottle Jacket Bowl Vase Shelf Plate")
	body := &sent{lines: b.N, end: io.EOF, line: func(i int) string {
		colour, thing := colours[i%len(colours)], things[i%len(things)]
		return fmt.Sprintf(`{"sku":"B%c-%06d","name":"%s %s %d","category":"%s","price":9.50}`+"\n", 'A'+i%26, i, colour, thing, i%997, thing)
	}}
	b.ResetTimer()
	got := httpapitest.Decode[bulk.Summary](b, s.send(body, "application/x-ndjson"), 200)
	b.StopTimer()
	if got.Created != int64(b.N) {
		b.Errorf("%+v", got)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
