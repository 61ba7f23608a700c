package notifier_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"inventory.example/pkg/events"
)

// A receiver that asks for a pause gets no delivery during it, for an hour at most and
// for no less than the usual pause; the deliveries keep their order.
func TestWebhook_RetryAfter(t *testing.T) {
	for name, test := range map[string]struct {
		field       func(now time.Time) string
		least, most time.Duration
	}{
		"seconds":      {func(time.Time) string { return "600" }, 10 * time.Minute, 11 * time.Minute},
		"date":         {func(now time.Time) string { return now.Add(10 * time.Minute).Format(http.TimeFormat) }, 9 * time.Minute, 11 * time.Minute},
		"far too long": {func(time.Time) string { return "86400" }, time.Hour, 61 * time.Minute},
		"too short":    {func(time.Time) string { return "1" }, time.Second, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			d, e := openNotifier(t), newEndpoint(t)
			began := d.clock.Now()
			e.respondWith(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", test.field(began))
				w.WriteHeader(http.StatusTooManyRequests)
			})
			h := d.subscribe(e.URL, "")
			first := d.publish("p", "MAD-001", 1)
			e.next()
			d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
			e.respondStatus(http.StatusNoContent)
			second, other := d.publish("p", "MAD-001", 2), d.publish("q", "MAD-001", 1)
			d.advanceUntil(time.Second, func() bool { return len(e.got) == 3 })
			at := map[string]time.Time{}
			var order []string
			for range 3 {
				got := e.next()
				seconds, err := strconv.ParseInt(got.head.Get("webhook-timestamp"), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				at[got.id], order = time.Unix(seconds, 0), append(order, got.id)
			}
			for _, e := range []events.Event{first, second, other} {
				// The header has whole seconds.
				if after := at[e.ID].Sub(began) + time.Second; after < test.least || after > test.most {
					t.Errorf("%s version %d was sent after %s, want %s to %s", e.AggregateID, e.Version, after, test.least, test.most)
				}
			}
			if slices.Index(order, first.ID) > slices.Index(order, second.ID) {
				t.Error("the second event of a product came before the first")
			}
		})
	}
}
