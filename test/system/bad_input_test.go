package system_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// TestBadInput sends every operation of the API requests that it must refuse. The
// operations come from the running process, so a new one is covered. Each response
// is a problem document with a known code and a 4xx status, and no request changes
// the state.
func TestBadInput(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	s := &sweep{program: p, codes: httpapi.Codes()}
	s.product = p.newStock(t, 100)
	p.addStock(t, s.product, barcelona, 100)
	s.reservation = p.reserved(t, orderOf(s.product, 1), "").ID
	other := orderOf(s.product, 1)
	other.StoreID = barcelona
	s.elsewhere = p.reserved(t, other, "").ID
	s.transfer = strings.TrimPrefix(p.transfer(t, s.product), transfersPath+"/")
	s.count, s.countElsewhere = strings.TrimPrefix(p.count(t, madrid), countsPath+"/"), strings.TrimPrefix(p.count(t, barcelona), countsPath+"/")
	s.webhook, s.rule = p.newWebhook(t), p.newAlertRule(t)
	p.balanced(t)
	before := s.state(t)

	for _, o := range operations(t, p.client) {
		if o.file != "" {
			s.files(t, o)
			continue
		}
		s.keys(t, o)
		s.paths(t, o)
		s.queries(t, o)
		s.headers(t, o)
		s.bodies(t, o)
		if after := s.state(t); after != before {
			t.Fatalf("after %s %s the state is\n%s, it was\n%s", o.method, o.path, after, before)
		}
	}
	t.Logf("%d requests", s.sent)
	for _, o := range operations(t, p.client) {
		s.taken(t, o)
	}
	p.balanced(t)
	p.audit(t)
}

// sweep is a system with a product in two stores, and a reservation in each.
type sweep struct {
	*program

	codes          []problem.Code
	product        string
	reservation    string // in Madrid
	elsewhere      string // a reservation in Barcelona
	transfer       string // from Madrid to Barcelona
	count          string // of Madrid
	countElsewhere string // a count of Barcelona
	webhook        string
	rule           string // of alerts
	sent           int
}

// state returns a text that differs after any change: the newest event of each
// service, the rows and the reservations.
func (s *sweep) state(t testing.TB) string {
	t.Helper()
	var text strings.Builder
	for _, service := range []string{"catalog", "stock", "reservation"} {
		list, err := s.events(service, "")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&text, service, len(list), list[len(list)-1].ID)
	}
	for _, path := range []string{"/api/v1/products", "/api/v1/stock/product/" + s.product, "/api/v1/reservations/stats", "/api/v1/webhooks", "/api/v1/alerts/rules"} {
		fmt.Fprintln(&text, s.get(t, path))
	}
	return text.String()
}

// fill replaces the parameters of the path by real ids, or by the given values,
// which are percent-encoded already.
func (s *sweep) fill(o operation, given map[string]string) string {
	parts := strings.Split(o.path, "/")
	for i, part := range parts {
		name, found := strings.CutPrefix(part, "{")
		if !found {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		value, known := given[name]
		switch {
		case known:
		case name == "store_id":
			value = madrid
		case strings.HasPrefix(o.path, "/api/v1/reservations/{"):
			value = s.reservation
		case strings.HasPrefix(o.path, transfersPath+"/{"):
			value = s.transfer
		case strings.HasPrefix(o.path, countsPath+"/{"):
			value = s.count
		case strings.HasPrefix(o.path, "/api/v1/webhooks/{") && name == "id":
			value = s.webhook
		case strings.HasPrefix(o.path, "/api/v1/alerts/rules/{"):
			value = s.rule
		default:
			value = s.product
		}
		parts[i] = value
	}
	return strings.Join(parts, "/")
}

// valid returns a body that the operation would take.
func (s *sweep) valid(o operation) map[string]any {
	if o.body == nil {
		return nil
	}
	body := maps.Clone(o.body.example)
	if _, found := body["product_id"]; found {
		body["product_id"] = s.product
	}
	if lines, found := body["lines"].([]any); found {
		body["lines"] = s.known(lines)
	}
	return body
}

// known returns the lines of an example with the product of the sweep.
func (s *sweep) known(lines []any) []any {
	known := make([]any, len(lines))
	for i, line := range lines {
		fields, _ := line.(map[string]any)
		fields = maps.Clone(fields)
		if _, found := fields["product_id"]; found {
			fields["product_id"] = s.product
		}
		known[i] = fields
	}
	return known
}

// encoded returns the bytes of a body, nil when the operation takes none.
func (s *sweep) encoded(t testing.TB, o operation, body map[string]any) []byte {
	t.Helper()
	if o.body == nil {
		return nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// refused sends a request that must be refused, with one of the codes when
// some are given.
func (s *sweep) refused(t testing.TB, c *client, method, path string, body []byte, header []string, codes ...problem.Code) {
	t.Helper()
	s.sent++
	a, err := c.send(method, path, body, header...)
	about := fmt.Sprintf("%s %.200s %.200q", method, path, body)
	if err != nil {
		t.Errorf("%s: %v", about, err)
		return
	}
	code, err := a.problem()
	switch {
	case err != nil:
		t.Errorf("%s: %v", about, err)
	case a.status/100 != 4 || !slices.Contains(s.codes, code) || httpapi.Status(code) != a.status:
		t.Errorf("%s: status %d with %s", about, a.status, code)
	case len(codes) > 0 && !slices.Contains(codes, code):
		t.Errorf("%s: %s, want %v: %s", about, code, codes, a.body)
	}
}

// taken sends the body from which the bad bodies were derived, which shows that
// they were refused for their mistakes. Then it sends the body with null in every
// nullable field. An earlier one of these requests may conflict with a later one.
func (s *sweep) taken(t testing.TB, o operation) {
	t.Helper()
	if o.file != "" {
		s.do(t, o.method, o.path, []byte(o.file), "Content-Type", "text/csv").wants(t, http.StatusOK)
		return
	}
	if o.body == nil {
		return
	}
	example, nulls := s.valid(o), s.valid(o)
	for name, types := range o.body.fields {
		if slices.Contains(types, "null") {
			nulls[name] = nil
		}
	}
	for _, body := range []map[string]any{example, nulls} {
		a := s.do(t, o.method, s.fill(o, nil), s.encoded(t, o, body))
		if a.status/100 != 2 && a.status != http.StatusConflict {
			t.Errorf("the example of the API's description: %v %s", body, a)
		}
	}
}

// files sends an import malformed files, and well-formed ones with keys that do not
// allow it.
func (s *sweep) files(t testing.TB, o operation) {
	t.Helper()
	csv := []string{"Content-Type", "text/csv"}
	for _, key := range []string{"", "wrong", serviceKey} {
		s.refused(t, s.as(key), o.method, o.path, []byte(o.file), csv, problem.Unauthorized)
	}
	s.refused(t, s.as(keyRead), o.method, o.path, []byte(o.file), csv, problem.Forbidden)
	for _, query := range []string{
		"unknown=1", "mode=", "mode=none", "mode=%00", "mode=" + strings.Repeat("a", 5000), "mode=set&mode=set", "dry_run=yes", "dry_run=1", "dry_run=",
		"errors=1", "errors=", "errors=all&errors=all", "dry_run=true&dry_run=true",
	} {
		s.refused(t, s.client, o.method, o.path+"?"+query, []byte(o.file), csv, problem.ValidationError)
	}
	for _, key := range []string{"", strings.Repeat("k", 256), "kéy", "a\tb"} {
		s.refused(t, s.client, o.method, o.path, []byte(o.file), append([]string{"Idempotency-Key", key}, csv...), problem.ValidationError)
	}
	for _, contentType := range []string{"", "application/json", "text/plain", "text/csv; charset=utf-16", "text", "/"} {
		s.refused(t, s.client, o.method, o.path, []byte(o.file), []string{"Content-Type", contentType}, problem.UnsupportedMediaType)
	}
	encoded := append([]string{"Content-Encoding", "gzip"}, csv...)
	s.refused(t, s.client, o.method, o.path, []byte(o.file), encoded, problem.UnsupportedMediaType)
	header, _, _ := strings.Cut(o.file, "\n")
	for _, text := range []string{
		"", "\n\n", "\x00", "\xff\xfe", "{}", "a;b", header + ",unknown", header + "," + header, `"` + header, strings.ToUpper(header),
		strings.Repeat("a", 2<<20), strings.Repeat("a,", 20000),
	} {
		s.refused(t, s.client, o.method, o.path, []byte(text), csv, problem.ValidationError)
	}
}

// keys sends the operation with keys that do not allow it.
func (s *sweep) keys(t testing.TB, o operation) {
	t.Helper()
	if o.public {
		return
	}
	send := func(key string, given map[string]string, body map[string]any, code problem.Code) {
		t.Helper()
		s.refused(t, s.as(key), o.method, s.fill(o, given), s.encoded(t, o, body), nil, code)
	}
	for _, key := range []string{"", "wrong", keyAll + "x", keyAll[:len(keyAll)-1], strings.Repeat("k", 2000), serviceKey} {
		send(key, nil, s.valid(o), problem.Unauthorized)
	}
	if o.method != http.MethodGet {
		send(keyRead, nil, s.valid(o), problem.Forbidden)
	}
	body := s.valid(o)
	for name := range body {
		if strings.HasSuffix(name, "store_id") && name != "from_store_id" { // a transfer has two stores
			body[name] = barcelona
		}
	}
	// A malformed store id is invalid with any key.
	for name := range body {
		if strings.HasSuffix(name, "store_id") {
			invalid := maps.Clone(body)
			invalid[name] = "no store"
			send(keyMadrid, nil, invalid, problem.ValidationError)
		}
	}
	if strings.HasPrefix(o.path, transfersPath+"/{id}") { // it concerns Barcelona as well
		send(keyMadrid, nil, body, problem.NotFound)
		return
	}
	given := map[string]string{"store_id": barcelona, "id": s.elsewhere}
	if strings.HasPrefix(o.path, "/api/v1/reservations/{id}") {
		send(keyMadrid, given, body, problem.NotFound)
		return
	}
	if strings.HasPrefix(o.path, countsPath+"/{id}") {
		send(keyMadrid, map[string]string{"id": s.countElsewhere}, body, problem.NotFound)
		return
	}
	ofStore := strings.Contains(o.path, "{store_id}")
	ofAll := strings.HasPrefix(o.path, "/api/v1/webhooks")
	if o.method != http.MethodGet || ofStore || ofAll {
		send(keyMadrid, given, body, problem.Forbidden)
		return
	}
	if o.stream {
		return // services/notifier tests the content of the stream
	}
	// A key of one store reads nothing of another store.
	a := s.as(keyMadrid).get(t, s.fill(o, nil))
	if a.status != http.StatusOK || strings.Contains(string(a.body), barcelona) {
		t.Errorf("with a key of %s: %s", madrid, a)
	}
}

// paths sends malformed ids, and one that does not exist.
func (s *sweep) paths(t testing.TB, o operation) {
	t.Helper()
	body := s.encoded(t, o, s.valid(o))
	for _, p := range o.parameters {
		if p.in != "path" {
			continue
		}
		for _, id := range []string{
			"\x00", "a\x00b", "\n", "\r\n", "\x7f", "\u0085", "\u202e", "\xff", "\xc3\x28", "a\xed\xa0\x80",
			"\U0010ffff", strings.Repeat("a", 65), strings.Repeat("a", 5000),
		} {
			s.refused(t, s.client, o.method, s.fill(o, map[string]string{p.name: url.PathEscape(id)}), body, nil)
		}
		for _, id := range []string{"unknown", "../../health", "' OR 1=1 --", "%", "."} {
			unknown := s.fill(o, map[string]string{p.name: url.PathEscape(id)})
			// A list may be empty, and a new store may have any valid id.
			if o.method == http.MethodPut && o.path == "/api/v1/stores/{store_id}" && id == "unknown" {
				continue
			}
			if o.method != http.MethodGet || s.get(t, unknown).status != http.StatusOK {
				s.refused(t, s.client, o.method, unknown, body, nil)
			}
		}
	}
	for _, method := range []string{http.MethodTrace, "NONSENSE"} {
		s.refused(t, s.client, method, s.fill(o, nil), body, nil, problem.MethodNotAllowed)
	}
	s.refused(t, s.client, o.method, s.fill(o, nil)+"/", body, nil)
}

// queries sends parameters that are out of range, given twice or unknown.
func (s *sweep) queries(t testing.TB, o operation) {
	t.Helper()
	if o.method != http.MethodGet {
		return
	}
	bad := func(query string) {
		t.Helper()
		s.refused(t, s.client, o.method, s.fill(o, nil)+"?"+query, nil, nil, problem.ValidationError)
	}
	bad("unknown=1")
	bad("%zz")
	for _, p := range o.parameters {
		if p.in != "query" {
			continue
		}
		bad(p.name + "=1&" + p.name + "=1")
		switch {
		case slices.Contains(p.types, "integer"):
			for _, value := range []string{"", "x", "-1", "1.5", "1e3", "+1", "%201", "9223372036854775808", "0x10", "%00"} {
				bad(p.name + "=" + value)
			}
		case slices.Contains(p.types, "boolean"):
			bad(p.name + "=yes")
		default:
			bad(p.name + "=%00")
			bad(p.name + "=%ff")
			bad(p.name + "=" + strings.Repeat("a", 5000))
		}
	}
}

// headers sends malformed headers.
func (s *sweep) headers(t testing.TB, o operation) {
	t.Helper()
	body := s.encoded(t, o, s.valid(o))
	for name, values := range map[string][]string{
		"Idempotency-Key": {"", strings.Repeat("k", 256), "kéy", "a\tb"},
		"If-Match":        {"7", "x", `"x`, `"a b"`, `"7", "8"`, `w/"7"`},
	} {
		if !o.has("header", name) {
			continue
		}
		for _, value := range values {
			s.refused(t, s.client, o.method, s.fill(o, nil), body, []string{name, value}, problem.ValidationError)
		}
	}
	if !o.has("header", "If-Match") {
		return
	}
	for _, tag := range []string{`"x"`, `""`, `"-1"`, `"07"`, `"99999999999999999999"`, `W/"x"`} {
		s.refused(t, s.client, o.method, s.fill(o, nil), body, []string{"If-Match", tag}, problem.VersionMismatch)
	}
}

// bodies sends invalid bodies.
func (s *sweep) bodies(t testing.TB, o operation) {
	t.Helper()
	if o.body == nil {
		return
	}
	bad := func(body []byte) {
		t.Helper()
		s.refused(t, s.client, o.method, s.fill(o, nil), body, nil, problem.ValidationError)
	}
	if o.body.needed {
		bad([]byte("null"))
	}
	for _, text := range []string{
		"{", "}", "[]", `"text"`, "7", "nonsense", "{}{}", `{"a"}`, "{'a':1}", "{\"a\":\xff}", "\xef\xbb\xbf{}", "\x00",
		strings.Repeat(`{"a":`, 20000), strings.Repeat("[", 100000),
	} {
		bad([]byte(text))
	}
	s.refused(t, s.client, o.method, s.fill(o, nil), []byte(`{"`+strings.Repeat("a", 2<<20)+`":1}`), nil, problem.PayloadTooLarge)
	for name, values := range map[string][]string{
		"Content-Type":     {"text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "json"},
		"Content-Encoding": {"gzip", "deflate, br", "unknown"},
	} {
		for _, value := range values {
			s.refused(t, s.client, o.method, s.fill(o, nil), s.encoded(t, o, s.valid(o)), []string{name, value}, problem.UnsupportedMediaType)
		}
	}
	with := func(name, value string) []byte {
		body := s.valid(o)
		delete(body, name)
		text := s.encoded(t, o, body)
		separator := ","
		if len(body) == 0 {
			separator = ""
		}
		return fmt.Appendf(nil, `%s%s%q:%s}`, text[:len(text)-1], separator, name, value)
	}
	bad(with("unknown_field", "1"))
	bad(with("Product_ID", `"x"`))
	for name, types := range o.body.fields {
		bad(fmt.Appendf(nil, `{%q:1,%q:1}`, name, name))
		for _, value := range wrongValues(types) {
			bad(with(name, value))
		}
		if !slices.Contains(types, "null") {
			bad(with(name, "null"))
		}
	}
	for _, name := range o.body.required {
		body := s.valid(o)
		delete(body, name)
		bad(s.encoded(t, o, body))
		bad(with(name, "null"))
	}
}

// wrongValues returns JSON values that no field of these types takes: the API
// has no field that is an object, and no array of numbers.
func wrongValues(types []string) []string {
	values := []string{`{}`, `[1]`, `{"a":1}`, "nonsense"}
	if !slices.Contains(types, "array") {
		values = append(values, `[]`)
	}
	if !slices.Contains(types, "boolean") {
		values = append(values, `true`)
	}
	number, whole := slices.Contains(types, "number"), slices.Contains(types, "integer")
	if number || whole {
		values = append(values, "1e400", "-1e400", "99999999999999999999999", "-0.5", "01", "0x10", "NaN", `"many"`)
	}
	if whole {
		values = append(values,
			"9223372036854775808", "-9223372036854775809", "1000000001", "-1000000001", "0.5", "1e-3", `"1"`)
	}
	if slices.Contains(types, "string") {
		values = append(values, `"\u0000"`, `"a\nb`+"\x01"+`"`, `"\ud800"`, "\"\xff\"", `"\u202e"`, `"`+strings.Repeat("a", 10000)+`"`)
		if !number && !whole {
			values = append(values, "1")
		}
	}
	return values
}
