package notifier_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

type replay struct {
	Queued int64
	Done   bool
	To     string
}

func (d *fixture) replay(id, body string, headers ...string) replay {
	d.t.Helper()
	return httpapitest.Decode[replay](d.t, d.send("POST", "/api/v1/webhooks/"+id+"/replay", body, headers...), 202)
}

func TestReplay(t *testing.T) {
	t.Run("sends the events that the webhook wants again", testReplayUsualCase)
	t.Run("of a long range", testReplayLongRange)
	t.Run("refuses", testReplayRefuses)
}

func testReplayUsualCase(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, `"store_ids":["MAD-001"]`)
	from := d.clock.Now().UTC().Format(time.RFC3339Nano)
	var want []string
	for version := range int64(4) {
		want = append(want, d.publish("p", "MAD-001", version+1).ID)
		d.publish("p", "BCN-001", version+1)
	}
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 4 })
	for range 4 {
		e.next()
	}
	d.clock.Advance(time.Minute)
	to := d.clock.Now().UTC().Format(time.RFC3339Nano)
	body := fmt.Sprintf(`{"from": %q, "to": %q}`, from, to)
	for range 2 { // with one key it is one replay
		if r := d.replay(h.ID, body, "Idempotency-Key", "k"); r.Queued != 4 || !r.Done {
			t.Errorf("replay %+v", r)
		}
	}
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 8 })
	var got []string
	for range 4 {
		got = append(got, e.next().id)
	}
	if !slices.Equal(got, want) || len(e.got) > 0 {
		t.Errorf("got %v, want %v, and %d more", got, want, len(e.got))
	}
	for body, queued := range map[string]int64{
		fmt.Sprintf(`{"from": %q, "event_types": ["product.created"]}`, from):              0,
		fmt.Sprintf(`{"from": %q}`, to):                                                    0,
		fmt.Sprintf(`{"from": %q, "to": "2999-01-01T00:00:00Z", "event_types": []}`, from): 4,
	} {
		if r := d.replay(h.ID, body); r.Queued != queued || !r.Done {
			t.Errorf("%s: replay %+v, want %d", body, r, queued)
		}
	}
}

// testReplayLongRange: the rest of a range is queued while the webhook takes its
// deliveries, and another replay waits for its end.
func testReplayLongRange(t *testing.T) {
	const count = 600
	d, e := openNotifier(t), newEndpoint(t)
	from := d.clock.Now().UTC().Format(time.RFC3339Nano)
	for i := range count {
		d.publish(fmt.Sprintf("p-%d", i%7), "MAD-001", int64(i+1))
	}
	h := d.subscribe(e.URL, "")
	d.clock.Advance(time.Second)
	if r := d.replay(h.ID, fmt.Sprintf(`{"from": %q}`, from)); r.Done || r.Queued >= count {
		t.Errorf("replay %+v", r)
	}
	w := d.send("POST", "/api/v1/webhooks/"+h.ID+"/replay", fmt.Sprintf(`{"from": %q}`, from))
	if w.Code != 202 { // the first is complete already when the service was fast
		httpapitest.WantProblem(t, w, 409, problem.InvalidState)
	}
	seen := 0
	d.advanceUntil(time.Second, func() bool {
		for len(e.got) > 0 {
			e.next()
			seen++
		}
		return d.deliveries(h.ID, "?state=delivered").Total >= count
	})
}

func testReplayRefuses(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	path := "/api/v1/webhooks/" + h.ID + "/replay"
	for body, field := range map[string]string{
		`{}`: "from", `{"from": "yesterday"}`: "from", `{"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}`: "to",
		`{"from": "2026-01-01T00:00:00Z", "event_types": ["stock.sold"]}`: "event_types", `{"from": "2026-01-01T00:00:00Z", "limit": 1}`: "limit",
		`{"from": "2999-01-01T00:00:00Z"}`: "to", `{"from": 1}`: "from",
	} {
		httpapitest.WantInvalid(t, d.send("POST", path, body), field)
	}
	const body = `{"from": "2026-01-01T00:00:00Z"}`
	unknown := strings.Replace(path, h.ID, "unknown", 1)
	httpapitest.WantProblem(t, d.send("POST", unknown, body), 404, problem.NotFound)
	httpapitest.Decode[hook](t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","active":false}`), 200)
	httpapitest.WantProblem(t, d.send("POST", path, body), 409, problem.InvalidState)
}
