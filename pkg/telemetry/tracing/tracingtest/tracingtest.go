// Package tracingtest is a collector of OpenTelemetry for tests: it accepts the
// spans that services export over HTTP and shows them as traces.
package tracingtest

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span as the collector got it.
type Span struct {
	TraceID, ID, ParentID string // hexadecimal; ParentID is empty for the first of a trace
	Service               string
	Kind                  string // internal, server, client, producer, consumer
	Name                  string
	Attributes            map[string]string
	Failed                bool
}

// String is "service kind name".
func (s Span) String() string { return s.Service + " " + s.Kind + " " + s.Name }

// Collector receives spans. It is safe for concurrent use.
type Collector struct {
	URL string // for OTEL_EXPORTER_OTLP_ENDPOINT

	mu      sync.Mutex
	spans   []Span
	refuse  int // requests to refuse
	headers http.Header
}

// New returns a collector that listens until the test ends.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.receive(w, r); err != nil {
			t.Errorf("a request to the collector: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// Refuse lets the next n requests fail for good.
func (c *Collector) Refuse(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = n
}

// Header returns a header of the last request.
func (c *Collector) Header(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.headers.Get(name)
}

// Trace returns the spans of one trace that have arrived so far.
func (c *Collector) Trace(id string) []Span {
	return slices.DeleteFunc(c.Spans(), func(s Span) bool { return s.TraceID != id })
}

// Spans returns all spans that have arrived so far.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

func (c *Collector) receive(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusNotFound)
		return fmt.Errorf("%s %s %s", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unpacked
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var request collectortrace.ExportTraceServiceRequest
	if err := proto.Unmarshal(text, &request); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headers = r.Header.Clone()
	if c.refuse > 0 {
		c.refuse--
		w.WriteHeader(http.StatusBadRequest)
		return nil
	}
	for _, of := range request.GetResourceSpans() {
		resource := attributes(of.GetResource().GetAttributes())
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, span(resource, s))
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	return nil
}

func span(resource map[string]string, s *tracepb.Span) Span {
	all := attributes(s.GetAttributes())
	maps.Copy(all, resource)
	return Span{
		TraceID: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()),
		ParentID: hex.EncodeToString(s.GetParentSpanId()), Service: resource["service.name"],
		Kind: strings.ToLower(strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_")), Name: s.GetName(),
		Attributes: all, Failed: s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR,
	}
}

func attributes(list []*commonpb.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range list {
		switch v := a.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			all[a.GetKey()] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			all[a.GetKey()] = fmt.Sprint(v.IntValue)
		default:
			all[a.GetKey()] = fmt.Sprint(v)
		}
	}
	return all
}

// Missing returns an error that names the missing parts of a trace: one of the
// spans, each written as Span.String does, or the parent of a span. root is the
// parent of the first one; empty: it has none.
func Missing(trace []Span, root string, want ...string) error {
	have, known := map[string]bool{}, map[string]bool{root: true}
	for _, s := range trace {
		have[s.String()] = true
		known[s.ID] = true
	}
	var lacks []string
	for _, s := range want {
		if !have[s] {
			lacks = append(lacks, s)
		}
	}
	for _, s := range trace {
		if !known[s.ParentID] {
			lacks = append(lacks, "the parent of "+s.String())
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return fmt.Errorf("the trace lacks %q; it has %v", lacks, trace)
}
