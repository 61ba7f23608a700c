package brokersystem_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"inventory.example/pkg/telemetry/tracing/tracingtest"
)

// The traces and the calling span of this test.
const (
	caller       = "00f067aa0ba902b7"
	traceCreate  = "33333333333333333333333333333333"
	traceConfirm = "44444444444444444444444444444444"
)

// traced sends a request that belongs to a trace and returns the id in the
// response.
func (c *client) traced(t testing.TB, trace, path string, body map[string]any) string {
	t.Helper()
	text := must[[]byte](t)(json.Marshal(body))
	r := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, c.base(path)+path, bytes.NewReader(text)))
	r.Header.Set("X-API-Key", key)
	r.Header.Set("Traceparent", "00-"+trace+"-"+caller+"-01")
	response := must[*http.Response](t)(c.http.Do(r))
	defer func() { _ = response.Body.Close() }()
	var answer order
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode/100 != 2 {
		t.Fatalf("%s: %d, %v", path, response.StatusCode, err)
	}
	return answer.ID
}

// TestTraces follows a reservation and its confirm through the processes and
// the broker between them: each is one trace, in which every span but the first
// has its parent.
func TestTraces(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		collector := tracingtest.New(t)
		export := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_BSP_SCHEDULE_DELAY=50"}
		s := newSystem(t, on.shared(t), export...)
		product := s.stocked(t, 10)
		id := s.traced(t, traceCreate, "/api/v1/reservations", map[string]any{
			"product_id": product, "store_id": madrid, "customer_id": "customer", "quantity": 1,
		})
		s.traced(t, traceConfirm, "/api/v1/reservations/"+id+"/confirm", map[string]any{})
		for trace, want := range map[string][]string{
			traceCreate: {
				"reservation server POST /api/v1/reservations", "reservation client hold", "reservation client POST",
				"stock server POST /internal/v1/holds", "stock server hold", "stock internal commit",
				"stock producer publish stock.reserved", "reservation consumer process stock.reserved",
				"reservation internal commit", "reservation producer publish reservation.created",
				"notifier consumer process reservation.created", "notifier consumer process stock.reserved",
			},
			traceConfirm: {
				"reservation server POST /api/v1/reservations/:id/confirm", "reservation internal commit", "reservation client settle",
				"stock server POST /internal/v1/settlements", "stock server settle", "stock internal commit",
				"reservation producer publish reservation.confirmed", "stock consumer process reservation.confirmed",
				"stock producer publish stock.updated", "notifier consumer process stock.updated",
			},
		} {
			eventually(t, "trace "+trace, func() error { return tracingtest.Missing(collector.Trace(trace), caller, want...) })
		}
	})
}
