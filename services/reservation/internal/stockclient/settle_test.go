package stockclient_test

import (
	"context"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

func TestClient_Settle(t *testing.T) {
	settle := func(a *asking, ids ...string) <-chan struct{} {
		list := make([]reservation.Reservation, len(ids))
		for i, id := range ids {
			list[i] = draft(id)
			list[i].Status = protocol.Confirmed
		}
		done := make(chan struct{})
		go func() {
			_ = a.client.Settle(a.t.Context(), list)
			close(done)
		}()
		synctest.Wait()
		return done
	}
	t.Run("gathers single ones and sends a list as it is", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			first := settle(a, "r-1")
			onTheWay := a.arrives()
			second, third := settle(a, "r-2"), settle(a, "r-3")
			several := settle(a, "r-4", "r-5")
			if r := a.arrives(); strings.Join(r.ids, " ") != "r-4 r-5" || r.path != stockwire.SettlementsPath {
				t.Errorf("%s %v", r.path, r.ids)
			} else {
				r.reply(204, "")
			}
			onTheWay.reply(204, "")
			if r := a.arrives(); strings.Join(r.ids, " ") != "r-2 r-3" {
				t.Errorf("then %v", r.ids)
			} else {
				r.reply(204, "")
			}
			for _, done := range []<-chan struct{}{first, second, third, several} {
				<-done
			}
			if a.log.Len() > 0 {
				t.Errorf("logged %s", a.log)
			}
		})
	})
	t.Run("waits no longer than it may, and goes on after its caller left", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			began := time.Now()
			ctx, leave := context.WithCancel(t.Context())
			leave()
			r := draft("r-1")
			r.Status = protocol.Expired
			_ = a.client.Settle(ctx, []reservation.Reservation{r})
			if a.arrives(); time.Since(began) != settleTimeout || !strings.Contains(a.log.String(), "settle left to the event") {
				t.Errorf("took %s, logged %s", time.Since(began), a.log)
			}
		})
	})
	t.Run("a failure does not affect holds, which may take longer", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			late := settle(a, "r-1")
			a.arrives()
			<-late
			synctest.Wait() // until the client has noticed
			held := a.hold(t.Context(), "r-2")
			a.arrives().grant()
			wantGranted(t, held, "r-2")
			<-settle(a, "r-3", "r-4") // but the next would be late, too
			a.wantNone()
			time.Sleep(pause)
			again := settle(a, "r-5", "r-6")
			a.arrives().reply(204, "")
			<-again
		})
	})
}

func TestClient_FindHold(t *testing.T) {
	find := func(t *testing.T, end func(*request)) (r reservation.Reservation, state protocol.Hold, err error) {
		ask(t, func(t *testing.T, a *asking) {
			go func() { end(<-a.stock.arrived) }()
			r, state, err = a.client.FindHold(t.Context(), "r-1")
		})
		return r, state, err
	}
	held := `{"reservation_id": "r-1", "customer_id": "c-1", "ttl_seconds": 60, "expires_at": "2026-08-01T12:00:00.007Z", "state": "held", "lines": [` +
		`{"product_id": "p-1", "store_id": "MAD-001", "quantity": 4}`
	t.Run("returns the state of the hold", func(t *testing.T) {
		r, state, err := find(t, func(r *request) {
			if r.method != "GET" || r.path != stockwire.HoldsPath+"/r-1" {
				t.Errorf("%s %s", r.method, r.path)
			}
			r.reply(200, held+"]}")
		})
		want := draft("r-1")
		want.Quantity, want.ExpiresAt, want.Actor = 4, noon, ""
		if err != nil || state != protocol.HoldHeld || !reflect.DeepEqual(r, want) {
			t.Errorf("%+v %s, %v", r, state, err)
		}
	})
	t.Run("returns how it ended", func(t *testing.T) {
		for _, want := range []protocol.Hold{protocol.HoldCommitted, protocol.HoldReleased} {
			_, state, err := find(t, func(r *request) { r.reply(200, fmt.Sprintf(`{"state": %q, "lines": []}`, want)) })
			if err != nil || state != want {
				t.Errorf("%q, %v, want %q", state, err, want)
			}
		}
	})
	t.Run("returns that there is none", func(t *testing.T) {
		_, state, err := find(t, func(r *request) { r.reply(404, `{"code": "NOT_FOUND", "status": 404}`) })
		if err != nil || state != protocol.HoldAbsent {
			t.Errorf("%q, %v", state, err)
		}
	})
	t.Run("does not know while stock is away", func(t *testing.T) {
		for name, end := range map[string]func(*request){
			"refused": func(r *request) { r.fail(&net.OpError{Op: "dial"}) },
			"503":     func(r *request) { r.reply(503, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`) },
			"404":     func(r *request) { r.reply(404, `<html>`) }, // of a proxy, not of stock
			"cut":     func(r *request) { r.reply(200, held) },
			"late":    func(*request) { time.Sleep(holdTimeout) },
		} {
			if _, _, err := find(t, end); problem.CodeOf(err) != problem.StockUnavailable {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("returns all lines", func(t *testing.T) {
		r, _, err := find(t, func(r *request) {
			r.reply(200, held+`, {"product_id": "p-2", "store_id": "BCN-001", "quantity": 0, "requested": 2}], "request": {"reference": "order-1",
				"on_shortage": "partial", "sourcing": "ranked", "lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 4},
				{"sku": "S-2", "stores": ["BCN-001", "VLC-001"], "quantity": 2}]}}`)
		})
		asked := reservation.Request{Partial: true, Sourcing: reservation.SourcingRanked, Lines: []reservation.RequestLine{
			{ProductID: "p-1", StoreID: "MAD-001", Quantity: 4}, {SKU: "S-2", Stores: []string{"BCN-001", "VLC-001"}, Quantity: 2},
		}}
		want := []reservation.Line{
			{Line: protocol.Line{ProductID: "p-1", StoreID: "MAD-001", Quantity: 4}, Requested: 4},
			{Line: protocol.Line{ProductID: "p-2", StoreID: "BCN-001"}, Requested: 2},
		}
		if err != nil || !reflect.DeepEqual(r.Lines, want) || r.ProductID != "" || r.Reference != "order-1" || r.RequestHash != asked.Hash() {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("refuses a held hold without lines", func(t *testing.T) {
		_, _, err := find(t, func(r *request) {
			r.reply(200, strings.Replace(held, `{"product_id": "p-1", "store_id": "MAD-001", "quantity": 4}`, "]}", 1))
		})
		if err == nil || problem.CodeOf(err) == problem.StockUnavailable {
			t.Errorf("error %v", err)
		}
	})
}

// TestClient_settlesTotals: the form of the releases before totals is used whenever it
// says the same.
func TestClient_settlesTotals(t *testing.T) {
	line := func(quantity int64, totals protocol.Totals) reservation.Line {
		return reservation.Line{Line: protocol.Line{ProductID: "p-1", StoreID: "MAD-001", Quantity: quantity, Totals: totals}, Requested: quantity}
	}
	for name, test := range map[string]struct {
		status, endedBy protocol.Status
		reason          string
		lines           []reservation.Line
		want            string // settlement, reason, lines
	}{
		"whole, without lines": {status: protocol.Confirmed, want: "commit  []"},
		"whole, by its lines": {
			status: protocol.Expired, lines: []reservation.Line{line(3, protocol.Totals{Released: 3}), line(0, protocol.Totals{})}, want: "release expired []",
		},
		"a part": {
			status: protocol.Pending, lines: []reservation.Line{line(3, protocol.Totals{Committed: 1})}, want: "  [{p-1 MAD-001 3 1 0 0 0}]",
		},
		"sold, the rest expired": {
			status: protocol.Confirmed, endedBy: protocol.Expired, lines: []reservation.Line{line(3, protocol.Totals{Committed: 1, Released: 2})},
			want: " expired [{p-1 MAD-001 3 1 2 0 0}]",
		},
		"returned": {
			status: protocol.Confirmed, lines: []reservation.Line{line(3, protocol.Totals{Committed: 3, Returned: 1, Restocked: 1})},
			want: "  [{p-1 MAD-001 3 3 0 1 1}]",
		},
		"aborted": {
			status: protocol.Cancelled, reason: "aborted", lines: []reservation.Line{line(3, protocol.Totals{})}, want: "release aborted []",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, func(t *testing.T, a *asking) {
				r := draft("r-1")
				r.Status, r.EndedBy, r.Reason, r.Lines = test.status, test.endedBy, test.reason, test.lines
				done := make(chan error, 1)
				go func() { done <- a.client.Settle(t.Context(), []reservation.Reservation{r}) }()
				synctest.Wait()
				sent := a.arrives()
				got := sent.settlements[0]
				if text := fmt.Sprintf("%s %s %v", got.Settlement, got.Reason, got.Lines); text != test.want {
					t.Errorf("sent %s, want %s", text, test.want)
				}
				sent.reply(204, "")
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
