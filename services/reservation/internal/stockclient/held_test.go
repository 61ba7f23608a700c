package stockclient_test

import (
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/services/reservation/internal/reservation"
)

// page is the outcome of a Held.
type page struct {
	reservation.HeldPage
	err error
}

// list asks for a page of the holds that are held and returns at once.
func (a *asking) list(after string) <-chan page {
	done := make(chan page, 1)
	go func() {
		p, err := a.client.Held(a.t.Context(), after)
		done <- page{p, err}
	}()
	synctest.Wait()
	return done
}

func TestClient_Held(t *testing.T) {
	t.Run("returns a page and the place of the next", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			for after, query := range map[string]string{"": "", "2026 r 1&2": "?after=2026+r+1%262"} {
				got := a.list(after)
				r := a.arrives()
				if r.path != stockwire.HoldsPath || r.query != query {
					t.Errorf("asked %s%s, want %s", r.path, r.query, query)
				}
				r.reply(200, `{"reservation_ids": ["r-2", "r-1"], "next": "2026 r-1"}`)
				if p := <-got; p.err != nil || !slices.Equal(p.IDs, []string{"r-2", "r-1"}) || p.Next != "2026 r-1" {
					t.Errorf("got %+v", p)
				}
			}
		})
	})
	for name, c := range map[string]struct {
		end    func(*request)
		paused bool // creates are refused for a while
	}{
		"fails by a refused connection":              {func(r *request) { r.fail(&net.OpError{Op: "dial", Err: io.EOF}) }, true},
		"fails by a time-out":                        {func(*request) { time.Sleep(holdTimeout) }, false}, // no caller waits for it
		"fails by 503":                               {func(r *request) { r.reply(503, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`) }, false},
		"fails by a release that does not list them": {func(r *request) { r.reply(404, `{"code": "NOT_FOUND", "status": 404}`) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, func(t *testing.T, a *asking) {
				got := a.list("")
				c.end(a.arrives())
				if p := <-got; p.err == nil {
					t.Errorf("got %+v", p)
				}
				hold := a.hold(t.Context(), "r-1")
				if c.paused {
					wantNothingDone(t, hold, true)
					return
				}
				a.arrives().grant()
				wantGranted(t, hold, "r-1")
			})
		})
	}
}
