package system_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The bounds of the response and of the log line of one request, in bytes.
const (
	maxResponse = 8 << 10
	maxLogLine  = 4 << 10
)

// TestBoundedText sends every operation of the API texts that are far too long,
// in each place where a caller can put one, with keys of each kind. No response
// and no line of the log grows with them.
func TestBoundedText(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "LOG_LEVEL=debug")
	s := &sweep{program: p}
	s.product = p.newStock(t, 100)
	s.reservation = p.reserved(t, orderOf(s.product, 1), "").ID
	s.webhook, s.rule = p.newWebhook(t), p.newAlertRule(t)
	before := len(p.stderr.String())

	l := &longTexts{sweep: s}
	for _, o := range operations(t, p.client) {
		for _, key := range []string{keyAll, keyMadrid, keyRead, ""} {
			l.client = p.as(key)
			l.inPath(t, o)
			l.inQuery(t, o)
			l.inHeaders(t, o)
			l.inBody(t, o)
			l.inFile(t, o)
		}
		l.client = p.as("")
		l.aroundIt(t, o)
	}
	t.Logf("%d requests", l.sent)

	log := p.stderr.String()[before:]
	lines := strings.Split(log, "\n")
	if len(lines) < l.sent {
		t.Errorf("%d requests left %d lines in the log", l.sent, len(lines))
	}
	for _, line := range lines {
		if len(line) > maxLogLine {
			t.Errorf("a line of the log has %d bytes: %.300s", len(line), line)
		}
	}
}

// longTexts sends texts that are too long.
type longTexts struct {
	*sweep

	client *client
	sent   int
}

// The longest texts: one fits into the head of a request, one into a body.
var (
	longHead = strings.Repeat("B", 20_000)
	longBody = strings.Repeat("B", 200_000)
)

// send sends a request and checks how long the response is.
func (l *longTexts) send(t testing.TB, method, path string, body []byte, header ...string) {
	t.Helper()
	l.sent++
	a, err := l.client.send(method, path, body, header...)
	switch about := fmt.Sprintf("%.40s %.100s %.100q", method, path, body); {
	case err != nil:
		t.Errorf("%s: %v", about, err)
	case a.status >= http.StatusInternalServerError:
		t.Errorf("%s: %.1000s", about, a)
	case len(a.body) > maxResponse:
		t.Errorf("%s: status %d, %d bytes: %.300s", about, a.status, len(a.body), a.body)
	}
}

func (l *longTexts) inPath(t testing.TB, o operation) {
	t.Helper()
	for _, p := range o.parameters {
		if p.in == "path" {
			l.send(t, o.method, l.fill(o, map[string]string{p.name: longHead}), l.encoded(t, o, l.valid(o)))
			l.send(t, o.method, l.fill(o, map[string]string{p.name: strings.Repeat("%2F", 6000)}), l.encoded(t, o, l.valid(o)))
		}
	}
}

func (l *longTexts) inQuery(t testing.TB, o operation) {
	t.Helper()
	path := l.fill(o, nil)
	if o.method != http.MethodGet {
		return // an ignored query would let the request take effect
	}
	for _, p := range o.parameters {
		if p.in == "query" {
			l.send(t, o.method, path+"?"+p.name+"="+longHead, nil)
			l.send(t, o.method, path+"?"+p.name+"="+url.QueryEscape(strings.Repeat("\u202e", 2000)), nil)
		}
	}
	l.send(t, o.method, path+"?"+longHead+"=1", nil)
	var names strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&names, "a%d&", i)
	}
	l.send(t, o.method, path+"?"+names.String(), nil)
}

func (l *longTexts) inHeaders(t testing.TB, o operation) {
	t.Helper()
	for _, p := range o.parameters {
		if p.in == "header" && (l.client.key == "" || p.name == "Idempotency-Key" || p.name == "If-Match") {
			l.send(t, o.method, l.fill(o, nil), l.encoded(t, o, l.valid(o)), p.name, longHead)
			l.send(t, o.method, l.fill(o, nil), l.encoded(t, o, l.valid(o)), p.name, `"`+longHead+`"`)
		}
	}
}

func (l *longTexts) inBody(t testing.TB, o operation) {
	t.Helper()
	if o.body == nil {
		return
	}
	path := l.fill(o, nil)
	for name := range o.body.fields {
		for _, value := range []any{longBody, []string{longBody}, make([]int, 50_000), map[string]any{longBody: longBody}} {
			body := l.valid(o)
			body[name] = value
			l.send(t, o.method, path, l.encoded(t, o, body))
		}
	}
	body := l.valid(o)
	body[longBody] = 1
	l.send(t, o.method, path, l.encoded(t, o, body))
}

func (l *longTexts) inFile(t testing.TB, o operation) {
	t.Helper()
	if o.file == "" {
		return
	}
	header, _, _ := strings.Cut(o.file, "\n")
	columns := strings.Count(header, ",") + 1
	for _, text := range []string{
		longBody + "\n", header + "\n" + longBody + "\n", header + "," + longBody + "\n",
		header + "\n" + strings.TrimSuffix(strings.Repeat(strings.Repeat("B", 10_000)+",", columns), ",") + "\n",
	} {
		l.send(t, o.method, o.path, []byte(text), "Content-Type", "text/csv")
	}
	l.send(t, o.method, o.path, []byte(`{"`+longBody+`":1}`), "Content-Type", "application/x-ndjson")
	l.send(t, o.method, o.path, []byte(`{"sku":"`+strings.Repeat("B", 10_000)+`","store_id":"`+strings.Repeat("B", 10_000)+`"}`), "Content-Type", "application/x-ndjson")
	l.send(t, o.method, o.path, []byte(o.file), "Content-Type", longHead)
}

// aroundIt sends unknown methods and paths without a key.
func (l *longTexts) aroundIt(t testing.TB, o operation) {
	t.Helper()
	path := l.fill(o, nil)
	l.send(t, longHead, path, nil)
	l.send(t, o.method, path+"/"+longHead, nil)
	if o.stream {
		return
	}
	for _, name := range []string{
		"X-Request-Id", "X-API-Key", "X-Service-Key", "Content-Type", "Content-Encoding", "Traceparent", "Accept", "User-Agent",
		"X-Forwarded-For", "Referer", "If-None-Match", longHead,
	} {
		l.send(t, o.method, path, nil, name, longHead[:min(len(longHead), 10_000)])
	}
}
