package reservation_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
)

// wantMetrics expects lines in the response to GET /metrics.
func (d *desk) wantMetrics(lines ...string) {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.service.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range lines {
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			d.t.Errorf("%s is missing in\n%s", line, w.Body)
		}
	}
}

func outcomeIs(outcome, count string) string {
	return `inventory_reservations_total{outcome="` + outcome + `",service="reservation"} ` + count
}

func TestMetrics(t *testing.T) {
	t.Run("outcomes", testMetricsOutcomes)
	t.Run("repaired", testMetricsRepaired)
	t.Run("expiry", testMetricsExpiry)
}

func testMetricsOutcomes(t *testing.T) {
	d := openDesk(t)
	for range 2 { // the second is a repetition
		httpapitest.Decode[item](t, d.do("POST", base, body(1), "Idempotency-Key", "k"), 201)
	}
	confirmed, cancelled := d.reserve(1), d.reserve(1)
	for range 2 {
		d.do("POST", base+"/"+confirmed.ID+"/confirm", "")
		d.do("POST", base+"/"+cancelled.ID+"/cancel", "")
	}
	d.do("POST", base+"/"+confirmed.ID+"/cancel", "") // refused
	d.do("POST", base, body(1_000_000))
	d.do("POST", base, strings.Replace(body(1), "p-1", "p-none", 1))
	d.stock.fail(stockwire.HoldsPath, lostRequest)
	wantUnavailable(t, d.do("POST", base, body(1)))
	for range 3 { // at once, without a call
		wantUnavailable(t, d.do("POST", base, body(1)))
	}
	d.wantMetrics(
		outcomeIs("created", "3"), outcomeIs("confirmed", "1"), outcomeIs("cancelled", "1"), outcomeIs("insufficient", "1"),
		outcomeIs("no_row", "1"), outcomeIs("aborted", "1"), outcomeIs("unavailable", "3"), outcomeIs("expired", "0"),
		outcomeIs("repaired", "0"),
		`inventory_http_requests_total{method="POST",route="/api/v1/reservations/:id/confirm",service="reservation",status="200"} 2`,
		`inventory_http_requests_total{method="POST",route="/api/v1/reservations",service="reservation",status="503"} 4`,
		`inventory_sqlite_queued_changes{service="reservation"} 0`,
	)
}

func testMetricsRepaired(t *testing.T) {
	d := openDesk(t)
	h := lostHold()
	d.stock.set(h, protocol.HoldHeld)
	for range 2 {
		if err := d.deliver(d.reserved(h)); err != nil {
			t.Fatal(err)
		}
	}
	d.wantMetrics(outcomeIs("repaired", "1"), outcomeIs("created", "0"))
}

func testMetricsExpiry(t *testing.T) {
	d := openDesk(t)
	d.reserve(1, `, "ttl_seconds": 5`)
	d.clock.Advance(5 * time.Second)
	d.wantMetrics("inventory_reservations_overdue_seconds{service=\"reservation\"} 0")
	d.clock.Advance(15 * time.Second) // the expiry does not run
	d.wantMetrics("inventory_reservations_overdue_seconds{service=\"reservation\"} 15")
	stop := d.run()
	d.expired(1)
	stop()
	<-d.groups.Joined
	d.wantMetrics(
		"inventory_reservations_overdue_seconds{service=\"reservation\"} 0", outcomeIs("expired", "1"),
		`inventory_reservation_expiry_lateness_seconds_sum{service="reservation"} 15`,
		`inventory_reservation_expiry_lateness_seconds_count{service="reservation"} 1`,
	)
}
