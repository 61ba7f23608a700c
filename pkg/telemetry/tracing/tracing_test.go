package tracing_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/pkg/telemetry/tracing/tracingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	caller  = "00f067aa0ba902b7"
	parent  = "00-" + traceID + "-" + caller + "-01"
	not     = "00-" + traceID + "-" + caller + "-00" // sampled
)

// open returns a tracer; the collector has all of its spans once it is closed.
func open(t *testing.T, c *tracingtest.Collector, ratio float64, log *bytes.Buffer) *tracing.Tracer {
	t.Helper()
	tracer, err := tracing.Open(t.Context(), tracing.Config{
		Endpoint: c.URL + "/", SampleRatio: ratio, Headers: "authorization=Bearer%20x,tenant=a",
	}, tracing.Service{Name: "stock", Version: "1.2.3", InstanceID: "i-1"}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

func names(spans []tracingtest.Span) (list []string) {
	for _, s := range spans {
		list = append(list, s.String())
	}
	slices.Sort(list)
	return list
}

func TestTracer(t *testing.T) {
	c, log := tracingtest.New(t), &bytes.Buffer{}
	tracer := open(t, c, 1, log)
	ctx, server := tracer.Start(events.WithTraceparent(t.Context(), parent), tracing.Server, "POST /in")
	inner, commit := tracer.Within(ctx, tracing.Internal, "commit")
	commit.Fail(errors.New("disk"))
	commit.End()
	server.SetString("http.route", "/in")
	server.SetInt("http.response.status_code", 201)
	server.Fail(nil)
	server.End()
	_, lost := tracer.Start(ctx, tracing.Internal, "never ended")
	_ = lost
	tracer.Close()

	if t1, t2 := events.Traceparent(ctx), events.Traceparent(inner); t1 == t2 || !telemetry.ValidTraceparent(t1) ||
		telemetry.TraceID(t2) != traceID {
		t.Errorf("traceparents %s, %s", t1, t2)
	}
	trace := c.Trace(traceID)
	if err := tracingtest.Missing(trace, caller, "stock server POST /in", "stock internal commit"); err != nil || len(trace) != 2 {
		t.Errorf("%v %v", trace, err)
	}
	for _, s := range trace {
		want := map[string]string{
			"service.namespace": "inventory", "service.name": "stock", "service.version": "1.2.3", "service.instance.id": "i-1",
		}
		if s.Name == "POST /in" {
			want["http.route"], want["http.response.status_code"] = "/in", "201"
		}
		for key, value := range want {
			if s.Attributes[key] != value {
				t.Errorf("%s has %s %q, want %q", s, key, s.Attributes[key], value)
			}
		}
		if s.Failed != (s.Name == "commit") {
			t.Errorf("%s failed: %t", s, s.Failed)
		}
	}
	if got := c.Header("Authorization"); got != "Bearer x" || c.Header("tenant") != "a" {
		t.Errorf("authorization %q", got)
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", log)
	}
}

func TestTracer_sampling(t *testing.T) {
	for name, test := range map[string]struct {
		traceparent string
		ratio       float64
		want        int
	}{
		"decided elsewhere":             {parent, 0, 1},
		"decided against elsewhere":     {not, 1, 0},
		"begins here":                   {"", 1, 1},
		"begins here, sample ratio 0":   {"", 0, 0},
		"an invalid one counts as none": {"00-nonsense", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := tracingtest.New(t)
			tracer := open(t, c, test.ratio, &bytes.Buffer{})
			ctx, span := tracer.Start(events.WithTraceparent(t.Context(), test.traceparent), tracing.Server, "s")
			span.End()
			_, within := tracer.Within(ctx, tracing.Internal, "within")
			within.End()
			tracer.Close()
			if got := len(c.Spans()); got != 2*test.want {
				t.Errorf("%d spans: %v", got, c.Spans())
			}
			if got := strings.HasSuffix(events.Traceparent(ctx), "-01"); got != (test.want == 1) {
				t.Errorf("the outgoing traceparent is %s", events.Traceparent(ctx))
			}
		})
	}
	t.Run("within no trace", func(t *testing.T) {
		c := tracingtest.New(t)
		tracer := open(t, c, 1, &bytes.Buffer{})
		ctx, span := tracer.Within(t.Context(), tracing.Internal, "commit")
		span.End()
		tracer.Close()
		if len(c.Spans()) > 0 || events.Traceparent(ctx) != "" {
			t.Errorf("spans %v", c.Spans())
		}
	})
}

func TestTracer_Transport(t *testing.T) {
	c := tracingtest.New(t)
	tracer := open(t, c, 1, &bytes.Buffer{})
	var received []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received = append(received, r.Header.Get("Traceparent"))
		if r.URL.Path == "/bad" {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	client := &http.Client{Transport: tracer.Transport(base)}
	send := func(traceparent, url string) error {
		r, err := http.NewRequestWithContext(events.WithTraceparent(t.Context(), traceparent), "GET", url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		if r.Header.Get("Traceparent") != "" {
			t.Error("the caller's request was changed")
		}
		return err
	}
	for _, path := range []string{"/good", "/bad"} {
		if err := send(parent, server.URL+path); err != nil {
			t.Error(err)
		}
	}
	if err := send("", server.URL); err != nil { // of no trace
		t.Error(err)
	}
	if err := send(parent, "http://127.0.0.1:1/refused"); err == nil {
		t.Error("port 1 responded")
	}
	tracer.Close()
	trace := c.Trace(traceID)
	if len(c.Spans()) != 3 || len(trace) != 3 || len(received) != 3 || received[2] != "" {
		t.Fatalf("spans %v, received %q", c.Spans(), received)
	}
	for i, s := range trace {
		if s.String() != "stock client GET" || s.ParentID != caller || s.Failed != (i > 0) {
			t.Errorf("%s below %s, failed %t", s, s.ParentID, s.Failed)
		}
		if i < 2 && received[i] != "00-"+traceID+"-"+s.ID+"-01" {
			t.Errorf("the other side received %s", received[i])
		}
	}
}

func TestTracer_Handler(t *testing.T) {
	c := tracingtest.New(t)
	tracer := open(t, c, 1, &bytes.Buffer{})
	var received string
	failure := errors.New("not now")
	handle := func(ctx context.Context, e events.Event) error {
		if received = events.Traceparent(ctx); e.ID == "bad" {
			return failure
		}
		return nil
	}
	traced, off := tracer.Handler("stock", handle), (*tracing.Tracer)(nil).Handler("stock", handle)
	if err := off(t.Context(), events.Event{Traceparent: parent}); err != nil || received != parent {
		t.Errorf("off: received %s, %v", received, err)
	}
	if err := traced(t.Context(), events.Event{ID: "untraced", Type: inventory.TypeProductCreated}); err != nil || received != "" {
		t.Errorf("of no trace: received %s, %v", received, err)
	}
	if err := traced(t.Context(), events.Event{ID: "good", Type: inventory.TypeProductCreated, Traceparent: parent}); err != nil ||
		received == parent || telemetry.TraceID(received) != traceID {
		t.Errorf("received %s, %v", received, err)
	}
	if err := traced(t.Context(), events.Event{ID: "bad", Type: inventory.TypeStockLow, Traceparent: parent}); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	tracer.Close()
	if got := names(c.Spans()); !slices.Equal(got, []string{"stock consumer process product.created", "stock consumer process stock.low"}) {
		t.Errorf("spans %q", got)
	}
	for _, s := range c.Spans() {
		if s.ParentID != caller || s.Failed != (s.Attributes["messaging.message.id"] == "bad") ||
			s.Attributes["messaging.consumer.group.name"] != "stock" {
			t.Errorf("%+v", s)
		}
	}
}

func TestTracer_Published(t *testing.T) {
	c := tracingtest.New(t)
	tracer := open(t, c, 1, &bytes.Buffer{})
	now := time.Now()
	tracer.Published(t.Context(), []events.Event{
		{ID: "1", Type: inventory.TypeStockLow, Traceparent: parent},
		{ID: "2", Type: inventory.TypeStockLow},
		{ID: "3", Type: inventory.TypeStockLow, Traceparent: not},
	}, now.Add(-time.Second), now)
	tracer.Close()
	if got := c.Spans(); len(got) != 1 || got[0].String() != "stock producer publish stock.low" || got[0].ParentID != caller ||
		got[0].Attributes["messaging.message.id"] != "1" {
		t.Errorf("spans %+v", got)
	}
}

func TestTracer_off(t *testing.T) {
	tracer, err := tracing.Open(t.Context(), tracing.Config{}, tracing.Service{}, nil)
	if err != nil || tracer != nil {
		t.Fatalf("got %v, %v", tracer, err)
	}
	ctx := events.WithTraceparent(t.Context(), parent)
	for _, start := range []func(context.Context, tracing.Kind, string) (context.Context, *tracing.Span){tracer.Start, tracer.Within} {
		got, span := start(ctx, tracing.Internal, "x")
		if span != nil || events.Traceparent(got) != parent {
			t.Error("something was recorded")
		}
		span.SetString("a", "b")
		span.SetInt("a", 1)
		span.Fail(errors.New("x"))
		span.End()
	}
	if tracer.Transport(http.DefaultTransport) != http.DefaultTransport {
		t.Error("the transport was wrapped")
	}
	tracer.Published(ctx, []events.Event{{Traceparent: parent}}, time.Now(), time.Now())
	tracer.Close()
}

func TestTracer_collectorDown(t *testing.T) {
	c, log := tracingtest.New(t), &bytes.Buffer{}
	c.Refuse(1)
	tracer := open(t, c, 1, log)
	_, span := tracer.Start(t.Context(), tracing.Internal, "x")
	span.End()
	tracer.Close()
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `msg="spans are lost" spans=1`) {
		t.Errorf("log: %s", got)
	}
}

func TestConfig_Validate(t *testing.T) {
	for name, test := range map[string]struct {
		config tracing.Config
		want   string // of the error; empty: none
	}{
		"off":         {tracing.Config{SampleRatio: 1}, ""},
		"on":          {tracing.Config{Endpoint: "https://c:4318/base", Headers: "a=b", SampleRatio: 0.1}, ""},
		"no URL":      {tracing.Config{Endpoint: "collector:4318", SampleRatio: 1}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		"ratio":       {tracing.Config{SampleRatio: 1.1}, "OTEL_TRACES_SAMPLER_ARG"},
		"no header":   {tracing.Config{Headers: "a=b,secret", SampleRatio: 1}, "part 2"},
		"bad percent": {tracing.Config{Headers: "a=%zz", SampleRatio: 1}, "part 1"},
	} {
		t.Run(name, func(t *testing.T) {
			err := errors.Join(test.config.Validate()...)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("a value is shown: %v", err)
			}
		})
	}
}
