package httpapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/pkg/telemetry/tracing/tracingtest"
)

// TestAPI_brokenOff: when a handler breaks its response off, as a reverse proxy
// does, the caller gets an error; metrics, spans and log have the request like
// any other.
func TestAPI_brokenOff(t *testing.T) {
	registry := prometheus.NewRegistry()
	observe, err := telemetry.RegisterHTTP(registry)
	if err != nil {
		t.Fatal(err)
	}
	collector := tracingtest.New(t)
	tracer, err := tracing.Open(t.Context(), tracing.Config{Endpoint: collector.URL, SampleRatio: 1},
		tracing.Service{Name: "test"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a := mustNew(t, httpapi.Options{Observe: observe, Tracer: tracer, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	a.Handle("GET", "/part", httpapi.Public, func(c *gin.Context) error {
		c.Header("Content-Length", "100")
		c.String(http.StatusOK, "part")
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	a.Handle("GET", "/none", httpapi.Public, func(*gin.Context) error {
		panic(fmt.Errorf("no response: %w", http.ErrAbortHandler))
	})
	var trouble bytes.Buffer
	server := httptest.NewUnstartedServer(a.Handler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(&trouble, nil), slog.LevelError)
	server.Start()
	for path, wantText := range map[string]string{"/part": "part", "/none": ""} {
		text := ""
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(r)
		if err == nil {
			var body []byte
			body, err = io.ReadAll(response.Body)
			_ = response.Body.Close()
			text = string(body)
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) || text != wantText {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	server.Close() // its handlers have returned then, and the logs are complete
	tracer.Close()

	want := `# HELP inventory_http_requests_total Finished requests.
		# TYPE inventory_http_requests_total counter
		inventory_http_requests_total{method="GET",route="/none",status="broken_off"} 1
		inventory_http_requests_total{method="GET",route="/part",status="broken_off"} 1
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "inventory_http_requests_total"); err != nil {
		t.Error(err)
	}
	for path, status := range map[string]string{"/part": "200", "/none": "0"} {
		if part := "level=ERROR msg=request method=GET route=" + path + " status=" + status + " "; !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %q:\n%s", part, &log)
		}
	}
	if n := strings.Count(log.String(), `err="the response broke off"`); n != 2 || trouble.Len() > 0 {
		t.Errorf("the log has %d lines of it; the server says %q\n%s", n, &trouble, &log)
	}
	statuses := map[string]string{"GET /part": "200", "GET /none": ""}
	for _, s := range collector.Spans() {
		status, expected := statuses[s.Name]
		if delete(statuses, s.Name); !expected || !s.Failed || s.Attributes["http.response.status_code"] != status {
			t.Errorf("span %+v", s)
		}
	}
	if len(statuses) > 0 {
		t.Errorf("no spans of %v", statuses)
	}
}

// TestAPI_brokenOffWithoutServer: the panic reaches the caller of the handler.
func TestAPI_brokenOffWithoutServer(t *testing.T) {
	status := -1
	a := mustNew(t, httpapi.Options{Observe: func(_, _ string, s int, _ time.Duration) { status = s }})
	a.Handle("GET", "/abort", httpapi.Public, func(*gin.Context) error { panic(http.ErrAbortHandler) })
	defer func() {
		if v, _ := recover().(error); !errors.Is(v, http.ErrAbortHandler) || status != telemetry.BrokenOff {
			t.Errorf("recovered %v, observed %d", v, status)
		}
	}()
	sendRequest(a, "GET", "/abort", "")
}
