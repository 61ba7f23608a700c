package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/telemetry/tracing/tracingtest"
)

// The traces of the requests of this test, named by their callers.
const (
	caller       = "00f067aa0ba902b7"
	traceProduct = "11111111111111111111111111111111"
	traceStock   = "22222222222222222222222222222222"
	traceCreate  = "33333333333333333333333333333333"
	traceConfirm = "44444444444444444444444444444444"
)

// traced sends a request that belongs to a trace and returns the id in the
// response.
func (s *auditedSystem) traced(trace, path string, body map[string]any) string {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("X-API-Key", demoKey)
	r.Header.Set("Traceparent", "00-"+trace+"-"+caller+"-01")
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode/100 != 2 {
		s.t.Fatalf("%s: %d, %v", path, response.StatusCode, err)
	}
	return answer.ID
}

func TestTraces(t *testing.T) {
	t.Run("one trace", testTracesOneTrace)
	t.Run("off", testTracesOff)
}

// testTracesOneTrace follows requests through all services of one process: the calls
// between them, the commits, the broker, and every consumer.
func testTracesOneTrace(t *testing.T) {
	collector := tracingtest.New(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20") // ms; only so that the test need not wait
	s := runSystem(t, broker.Embedded)
	product := s.traced(traceProduct, "/api/v1/products", map[string]any{"sku": "S-1", "name": "Tea", "price": 1})
	s.traced(traceStock, "/api/v1/stock", map[string]any{"product_id": product, "store_id": "MAD-001", "initial_quantity": 10})
	order := map[string]any{"product_id": product, "store_id": "MAD-001", "customer_id": "c-1", "quantity": 1}
	reservation := s.traced(traceCreate, "/api/v1/reservations", order)
	s.traced(traceConfirm, "/api/v1/reservations/"+reservation+"/confirm", map[string]any{})
	order["ttl_seconds"] = 1
	s.request(http.MethodPost, "/api/v1/reservations", order, nil) // expires

	for trace, want := range map[string][]string{
		traceProduct: {
			"catalog server POST /api/v1/products", "catalog internal commit", "catalog producer publish product.created",
			"stock consumer process product.created", "stock internal commit", "notifier consumer process product.created",
		},
		traceStock: {
			"stock server POST /api/v1/stock", "stock client GET", "catalog server GET /api/v1/products/:id",
			"stock internal commit", "stock producer publish stock.created", "notifier consumer process stock.created",
		},
		traceCreate: {
			"reservation server POST /api/v1/reservations", "reservation client hold", "reservation client POST",
			"stock server POST /internal/v1/holds", "stock server hold", "stock internal commit",
			"stock producer publish stock.reserved", "reservation consumer process stock.reserved",
			"reservation internal commit", "reservation producer publish reservation.created",
			"notifier consumer process reservation.created", "notifier consumer process stock.reserved", "notifier internal commit",
		},
		traceConfirm: {
			"reservation server POST /api/v1/reservations/:id/confirm", "reservation internal commit", "reservation client settle",
			"stock server POST /internal/v1/settlements", "stock server settle", "stock internal commit",
			"reservation producer publish reservation.confirmed", "stock consumer process reservation.confirmed",
			"stock producer publish stock.updated", "notifier consumer process stock.updated",
		},
	} {
		eventually(t, func() error { return tracingtest.Missing(collector.Trace(trace), caller, want...) })
	}
	eventually(t, func() error {
		for _, s := range collector.Spans() {
			if s.String() == "reservation internal expire" { // no request caused it: a separate trace
				return tracingtest.Missing(collector.Trace(s.TraceID), "", s.String(), "reservation internal commit",
					"reservation producer publish reservation.expired", "stock server settle", "stock producer publish stock.released",
					"stock consumer process reservation.expired", "notifier consumer process reservation.expired")
			}
		}
		return errors.New("nothing expired")
	})
}

// testTracesOff: without a collector the trace context goes on to the events,
// and nothing is recorded.
func testTracesOff(t *testing.T) {
	s := runSystem(t, broker.Embedded)
	s.traced(traceProduct, "/api/v1/products", map[string]any{"sku": "S-1", "name": "Tea", "price": 1})
	var page struct {
		Events []struct{ Traceparent string }
	}
	s.request(http.MethodGet, "/api/v1/events/catalog", nil, &page)
	if want := "00-" + traceProduct + "-" + caller + "-01"; len(page.Events) != 1 || page.Events[0].Traceparent != want {
		t.Errorf("events %+v, want the traceparent %s", page.Events, want)
	}
}

// eventually polls until cond returns nil, and fails the test with its last
// error when that takes too long.
func eventually(t *testing.T, cond func() error) {
	t.Helper()
	const within, pause = time.Minute, 10 * time.Millisecond
	late := time.After(within)
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		err := cond()
		if err == nil {
			return
		}
		select {
		case <-late:
			t.Fatal(fmt.Errorf("not within %s: %w", within, err))
		case <-ticker.C:
		}
	}
}
