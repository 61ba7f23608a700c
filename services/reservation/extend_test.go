package reservation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// extend extends a reservation.
func (d *desk) extend(id, body string, headers ...string) order {
	d.t.Helper()
	return httpapitest.Decode[order](d.t, d.do("POST", base+"/"+id+"/extend", body, headers...), 200)
}

func TestExtend(t *testing.T) {
	t.Run("moves the time", testExtendMovesTheTime)
	t.Run("against the expiry", testExtendAgainstTheExpiry)
	t.Run("refuses", testExtendRefuses)
	t.Run("once for a key", testExtendOnceForAKey)
}

func testExtendMovesTheTime(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(3) // until 12:10
	if got := d.extend(r.ID, `{"ttl_minutes": 30}`); got.ExpiresAt != "2026-08-01T12:30:00.000Z" || got.Version != 2 || got.Status != "pending" {
		t.Errorf("got %+v", got)
	}
	// Never to an earlier time, and then nothing changes.
	if got := d.extend(r.ID, `{"ttl_seconds": 60}`); got.ExpiresAt != "2026-08-01T12:30:00.000Z" || got.Version != 2 {
		t.Errorf("got %+v", got)
	}
	d.wantEvents("&event_type=reservation.extended", `reservation.extended MAD-001 2 {"reservation_id":"ID","product_id":"p-1",`+
		`"store_id":"MAD-001","quantity":3,"customer_id":"c-1","expires_at":"2026-08-01T12:30:00.000Z",`+
		`"previous_expires_at":"2026-08-01T12:10:00.000Z",`+stateOf("pending", 3)+`}`)
	// Its first time is over, and it is still pending.
	d.clock.Advance(11 * time.Minute)
	if got := d.extend(r.ID, `{"ttl_minutes": 20}`); got.ExpiresAt != "2026-08-01T12:31:00.000Z" || got.Version != 3 {
		t.Errorf("got %+v", got)
	}
}

func testExtendAgainstTheExpiry(t *testing.T) {
	d := openDesk(t)
	d.running()
	kept, left := d.reserve(1, `, "ttl_seconds": 5`), d.reserve(1, `, "ttl_seconds": 5`)
	d.armed(5 * time.Second)
	d.extend(kept.ID, `{"ttl_seconds": 9}`)
	d.clock.Advance(5 * time.Second)
	if ids := d.expired(1); !slices.Equal(ids, []string{left.ID}) {
		t.Errorf("expired %v", ids)
	}
	d.wantStatus(kept.ID, "pending")
	httpapitest.WantProblem(t, d.do("POST", base+"/"+left.ID+"/extend", `{"ttl_seconds": 9}`), 409, problem.ReservationExpired)
	d.armed(4 * time.Second)
	d.clock.Advance(4 * time.Second)
	d.expired(2)
	d.wantStatus(kept.ID, "expired")
}

func testExtendRefuses(t *testing.T) {
	d := openDesk(t)
	r, over, late := d.reserve(1), d.reserve(1), d.reserve(1, `, "ttl_seconds": 1`)
	d.do("POST", base+"/"+over.ID+"/confirm", "")
	d.clock.Advance(time.Second)
	path := func(id string) string { return base + "/" + id + "/extend" }
	const minute = `{"ttl_minutes": 1}`
	for _, body := range []string{
		``, `{}`, `null`, `{"ttl_minutes": null}`, `{"ttl_minutes": 0}`, `{"ttl_minutes": 30, "ttl_seconds": null}`, `{"ttl_minutes": 44641}`, `{"ttl_seconds": 0}`, `{"ttl_seconds": 2678401}`,
		`{"ttl_minutes": 1, "ttl_seconds": 60}`, `{"ttl_minutes": "1"}`, `{"ttl_minutes": 1.5}`, `{"minutes": 1}`,
	} {
		httpapitest.WantProblem(t, d.do("POST", path(r.ID), body), 400, problem.ValidationError)
	}
	// Its life is bounded from its create, a second ago.
	httpapitest.WantProblem(t, d.do("POST", path(r.ID), `{"ttl_seconds": 2678400}`), 400, problem.ValidationError)
	httpapitest.WantProblem(t, d.do("POST", path(over.ID), minute), 409, problem.InvalidState)
	httpapitest.WantProblem(t, d.do("POST", path(late.ID), minute), 409, problem.ReservationExpired)
	httpapitest.WantProblem(t, d.do("POST", path(strings.Replace(r.ID, "0", "1", 1)), minute), 404, problem.NotFound)
	httpapitest.WantProblem(t, d.as("k-read", "POST", path(r.ID), minute), 403, problem.Forbidden)
	elsewhere := httpapitest.Decode[item](t, d.do("POST", base, strings.Replace(body(1), "MAD-001", "BCN-001", 1)), 201)
	httpapitest.WantProblem(t, d.as("k-madrid", "POST", path(elsewhere.ID), minute), 404, problem.NotFound)
	if got := d.extend(r.ID, `{"ttl_seconds": 2678399}`); got.ExpiresAt != "2026-09-01T12:00:00.000Z" {
		t.Errorf("got %+v", got)
	}
}

func testExtendOnceForAKey(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(1)
	first := d.extend(r.ID, `{"ttl_minutes": 30}`, "Idempotency-Key", "k")
	d.clock.Advance(time.Minute)
	if again := d.extend(r.ID, `{"ttl_minutes": 30}`, "Idempotency-Key", "k"); again.ExpiresAt != first.ExpiresAt || d.order(r.ID).Version != 2 {
		t.Errorf("got %+v, then %+v", first, again)
	}
	httpapitest.WantProblem(t, d.do("POST", base+"/"+r.ID+"/extend", `{"ttl_minutes": 31}`, "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
}
