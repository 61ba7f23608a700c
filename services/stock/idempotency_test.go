package stock_test

import (
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestIdempotency(t *testing.T) {
	t.Run("usual case", testIdempotencyUsualCase)
	t.Run("saves no refusal", testIdempotencySavesNoRefusal)
	t.Run("refuses a malformed key", testIdempotencyRefusesAMalformedKey)
	t.Run("forgets after two days", testIdempotencyForgetsAfterTwoDays)
}

// testIdempotencyUsualCase sends each kind of POST twice under one key.
func testIdempotencyUsualCase(t *testing.T) {
	for name, c := range map[string]struct{ path, body, other string }{
		"create":   {"/api/v1/stock", createBody("p-2", "MAD-001", 5), createBody("p-2", "MAD-001", 6)},
		"adjust":   {"/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -5}`, `{"adjustment": -6}`},
		"transfer": {"/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 5), transferBody("p-1", "MAD-001", "BCN-001", 6)},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 40)
			s.catalog.add("p-2")
			first := s.do("POST", c.path, c.body, "Idempotency-Key", "k")
			if first.Code/100 != 2 || first.Header().Get("Idempotency-Replayed") != "" {
				t.Fatalf("first: %d %s", first.Code, first.Body)
			}
			events := len(s.events(""))
			httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`), 200)

			t.Run("repeats its first response", func(t *testing.T) {
				s.reopen()
				s.clock.Advance(24 * time.Hour)
				s.catalog.remove("p-2")
				again := s.do("POST", c.path, c.body, "Idempotency-Key", "k")
				if again.Code != first.Code || again.Body.String() != first.Body.String() ||
					again.Header().Get("Idempotency-Replayed") != "true" || again.Header().Get("ETag") != first.Header().Get("ETag") {
					t.Errorf("again: %d %s %v\nfirst: %d %s", again.Code, again.Body, again.Header(), first.Code, first.Body)
				}
			})
			t.Run("refuses another body and another path", func(t *testing.T) {
				httpapitest.WantProblem(t, s.do("POST", c.path, c.other, "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
				elsewhere := s.do("POST", "/api/v1/stock/p-1/BCN-001/adjust", c.body, "Idempotency-Key", "k")
				if elsewhere.Code != 422 && elsewhere.Code != 400 { // 400: not even its form fits
					t.Errorf("elsewhere: %d %s", elsewhere.Code, elsewhere.Body)
				}
			})
			if n := len(s.events("")); n != events+1 {
				t.Errorf("%d events more than after the first request, want 1", n-events)
			}
			t.Run("keeps callers apart", func(t *testing.T) {
				w := s.as("k-owner", "POST", c.path, c.other, "Idempotency-Key", "k")
				if w.Header().Get("Idempotency-Replayed") != "" || w.Code == 422 {
					t.Errorf("another caller: %d %s", w.Code, w.Body)
				}
			})
		})
	}
}

func testIdempotencySavesNoRefusal(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 1)
	const path, body = "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -2}`
	wantShort(t, s.do("POST", path, body, "Idempotency-Key", "k"), 1, 2)
	httpapitest.Decode[item](t, s.do("POST", path, `{"adjustment": 1}`), 200)
	if w := s.do("POST", path, body, "Idempotency-Key", "k"); w.Code != 200 || w.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func testIdempotencyRefusesAMalformedKey(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 1)
	for _, key := range []string{"", "é", strings.Repeat("k", 256)} {
		w := s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`, "Idempotency-Key", key)
		httpapitest.WantInvalid(t, w, "Idempotency-Key")
	}
	s.wantRow("p-1", "MAD-001", 1, 0, 1)
}

func testIdempotencyForgetsAfterTwoDays(t *testing.T) {
	s := openShop(t)
	timers := make(chan time.Duration, 100)
	s.clock.NotifyTimers(timers)
	s.stocked("p-1", "MAD-001", 40)
	const path, body = "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -1}`
	httpapitest.Decode[item](t, s.do("POST", path, body, "Idempotency-Key", "k"), 200)
	for _, c := range []struct {
		later    time.Duration
		replayed string
	}{{47 * time.Hour, "true"}, {2 * time.Hour, ""}} {
		s.clock.Advance(c.later)
		stop := s.run()
		for wait := time.Duration(0); wait != time.Hour; {
			wait = <-timers // an hour: the purge has run and waits for the next
		}
		stop()
		<-s.groups.Joined
		w := s.do("POST", path, body, "Idempotency-Key", "k")
		if got := w.Header().Get("Idempotency-Replayed"); w.Code != 200 || got != c.replayed {
			t.Errorf("after %s more: %d, replayed %q", c.later, w.Code, got)
		}
	}
}
