package reservation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func testCreateUsualCase(t *testing.T) {
	t.Run("holds, records and responds", func(t *testing.T) {
		d := openDesk(t)
		w := d.do("POST", base, body(3))
		got := httpapitest.Decode[item](t, w, 201)
		want := item{
			ID: got.ID, ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, Status: "pending",
			Actor: "Admin", UpdatedBy: "Admin",
			ExpiresAt: "2026-08-01T12:10:00.000Z", CreatedAt: startText, UpdatedAt: startText,
		}
		if got != want || d.get(got.ID) != want {
			t.Errorf("created %+v, want %+v", got, want)
		}
		if id, err := uuid.Parse(got.ID); err != nil || id.Version() != 7 {
			t.Errorf("id %s: %v", got.ID, err)
		}
		if w.Header().Get("ETag") != `"1"` || w.Header().Get("Location") != base+"/"+got.ID {
			t.Errorf("headers %v", w.Header())
		}
		h := d.stock.last()
		line := stockwire.Line{ProductID: "p-1", StoreID: "MAD-001", Quantity: 3}
		if h.ReservationID != got.ID || h.CustomerID != "c-1" || h.TTLSeconds != 600 || h.ExpiresAt != want.ExpiresAt || h.Lines[0] != line {
			t.Errorf("asked for %+v", h)
		}
		d.wantEvents("", `reservation.created MAD-001 1 {"reservation_id":"ID","product_id":"p-1","store_id":"MAD-001","quantity":3,`+
			`"customer_id":"c-1","expires_at":"2026-08-01T12:10:00.000Z",`+stateOf("pending", 3)+`}`)
	})
	t.Run("lives for the requested time", func(t *testing.T) {
		d := openDesk(t)
		for more, want := range map[string]time.Duration{
			``: 10 * time.Minute, `, "ttl_minutes": 1`: time.Minute, `, "ttl_minutes": 44640`: 31 * 24 * time.Hour,
			`, "ttl_seconds": 1`: time.Second, `, "ttl_seconds": 2678400`: 31 * 24 * time.Hour,
			`, "ttl_minutes": null, "ttl_seconds": 90`: 90 * time.Second,
		} {
			r := d.reserve(1, more)
			if r.ExpiresAt != events.FormatTime(start.Add(want)) || d.stock.last().TTLSeconds != int64(want/time.Second) {
				t.Errorf("%s: expires at %s, asked for %d s", more, r.ExpiresAt, d.stock.last().TTLSeconds)
			}
		}
	})
	t.Run("takes over the trace", func(t *testing.T) {
		const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		d := openDesk(t)
		r := httpapitest.Decode[item](t, d.do("POST", base, body(1), "Traceparent", trace), 201)
		httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", "", "Traceparent", trace), 200)
		for _, e := range d.events("") {
			if e.Traceparent != trace {
				t.Errorf("event %+v", e)
			}
		}
		if d.stock.last().Traceparent != trace || d.stock.settled[0].Traceparent != trace {
			t.Errorf("stock got %+v and %+v", d.stock.last(), d.stock.settled)
		}
	})
}

func testCreateRefuses(t *testing.T) {
	t.Run("invalid input, before stock is asked", func(t *testing.T) {
		d := openDesk(t)
		for text, fields := range map[string][]string{
			``: {"body"}, `[]`: {"body"}, `{`: {"body"},
			`{}`:                                             {"product_id", "store_id", "customer_id", "quantity"},
			body(0):                                          {"quantity"},
			body(-1):                                         {"quantity"},
			body(1_000_000_001):                              {"quantity"},
			body(1, `, "note": "x"`):                         {"note"},
			body(1, `, "ttl_minutes": 0`):                    {"ttl_minutes"},
			body(1, `, "ttl_minutes": 44641`):                {"ttl_minutes"},
			body(1, `, "ttl_minutes": 1.5`):                  {"ttl_minutes"},
			body(1, `, "ttl_seconds": 0`):                    {"ttl_seconds"},
			body(1, `, "ttl_seconds": -5`):                   {"ttl_seconds"},
			body(1, `, "ttl_seconds": 2678401`):              {"ttl_seconds"},
			body(1, `, "ttl_minutes": 153722867281`):         {"ttl_minutes"}, // more nanoseconds than an int64 has
			body(1, `, "ttl_minutes": 1, "ttl_seconds": 60`): {"ttl_seconds"},
			strings.Replace(body(1), "p-1", strings.Repeat("p", 65), 1):                                      {"product_id"},
			strings.Replace(body(1), "p-1", `\u0007`, 1):                                                     {"product_id"},
			strings.Replace(body(1), "MAD-001", "MAD 001", 1):                                                {"store_id"},
			strings.Replace(body(1), "c-1", strings.Repeat("c", 129), 1):                                     {"customer_id"},
			strings.Replace(body(1), "c-1", "", 1):                                                           {"customer_id"},
			strings.NewReplacer("p-1", "", "MAD-001", "", "c-1", "").Replace(body(0, `, "ttl_minutes": 10`)): {"product_id", "store_id", "customer_id", "quantity"},
		} {
			t.Run(text, func(t *testing.T) { httpapitest.WantInvalid(t, d.do("POST", base, text), fields...) })
		}
		if len(d.stock.asked) > 0 || len(d.events("")) > 0 {
			t.Errorf("stock was asked %d times, there are %d events", len(d.stock.asked), len(d.events("")))
		}
	})
	t.Run("more than is available", func(t *testing.T) {
		d := openDesk(t)
		p := httpapitest.WantProblem(t, d.do("POST", base, body(1001)), 409, problem.InsufficientStock)
		if p.Available == nil || *p.Available != 1000 || p.Requested == nil || *p.Requested != 1001 {
			t.Errorf("problem %+v", p)
		}
		d.reserve(1000)
		p = httpapitest.WantProblem(t, d.do("POST", base, body(1)), 409, problem.InsufficientStock)
		if p.Available == nil || *p.Available != 0 {
			t.Errorf("problem %+v", p)
		}
	})
	t.Run("a row that is not there", func(t *testing.T) {
		d := openDesk(t)
		httpapitest.WantProblem(t, d.do("POST", base, strings.Replace(body(1), "p-1", "p-2", 1)), 404, problem.NotFound)
		httpapitest.WantProblem(t, d.do("POST", base, strings.Replace(body(1), "MAD-001", "VLC-001", 1)), 404, problem.NotFound)
		if len(d.events("")) > 0 || len(d.stock.settlements()) > 0 {
			t.Errorf("events %v, stock was told %v", d.events(""), d.stock.settlements())
		}
	})
	t.Run("a product that was deleted", func(t *testing.T) {
		d := openDesk(t)
		d.stock.deleted["p-1"] = true
		httpapitest.WantProblem(t, d.do("POST", base, body(1)), 409, problem.ProductDeleted)
		httpapitest.WantProblem(t, d.do("POST", base, body(1), "Idempotency-Key", "k"), 409, problem.ProductDeleted)
		httpapitest.WantProblem(t, d.do("POST", base, strings.Replace(body(1), "MAD-001", "VLC-001", 1)), 404, problem.NotFound)
		if len(d.events("")) > 0 || len(d.stock.settlements()) > 0 {
			t.Errorf("events %v, stock was told %v", d.events(""), d.stock.settlements())
		}
		d.wantMetrics(outcomeIs("product_deleted", "2"), outcomeIs("no_row", "1"))
	})
	t.Run("a malformed response, and releases the possible hold", func(t *testing.T) {
		d := openDesk(t)
		d.stock.fail(stockwire.HoldsPath, answerLost(200, "application/json", `{"results": [{"outcome": "maybe"}]}`))
		if w := d.do("POST", base, body(1)); w.Code != 503 {
			t.Errorf("answer %d %s", w.Code, w.Body)
		}
		d.wantAborted(d.stock.last().ReservationID)
	})
}
