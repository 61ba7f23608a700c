package stock_test

import (
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi/eventsapitest"
)

// settle settles one hold by the direct call.
func (s *shop) settle(id, settlement, reason string) {
	s.t.Helper()
	w := s.internal("POST", stockwire.SettlementsPath, stockwire.SettlementsRequest{Settlements: []stockwire.Settlement{
		{ReservationID: id, Settlement: settlement, Reason: reason},
	}})
	if w.Code != 204 || w.Body.Len() > 0 {
		s.t.Errorf("settle %s: %d %s", id, w.Code, w.Body)
	}
}

// consumer runs the service for the rest of the test and returns its handler of
// events.
func (s *shop) consumer() events.Handler {
	s.t.Helper()
	stop := s.run()
	s.t.Cleanup(stop)
	return (<-s.groups.Joined).Handler
}

func event(t testing.TB, meta events.Meta, body events.Body) events.Event {
	t.Helper()
	meta.At = start
	if meta.ID == "" {
		meta.ID = "0199f3a0-0000-7000-8000-000000000001"
	}
	e, err := events.New(meta, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ending is a way to settle the hold of reservation id, 15 units of product id.
type ending struct {
	name   string
	settle func(t *testing.T, s *shop, handle events.Handler, id string)
	commit bool
	reason string // of a release
}

func endings() []ending {
	byCall := func(settlement, reason string) func(*testing.T, *shop, events.Handler, string) {
		return func(_ *testing.T, s *shop, _ events.Handler, id string) { s.settle(id, settlement, reason) }
	}
	byEvent := func(body func(id string) events.Body) func(*testing.T, *shop, events.Handler, string) {
		return func(t *testing.T, _ *shop, handle events.Handler, id string) {
			if err := handle(t.Context(), event(t, events.Meta{Version: 2}, body(id))); err != nil {
				t.Errorf("handle: %v", err)
			}
		}
	}
	cancelled := func(reason string) func(string) events.Body {
		return func(id string) events.Body { return inventory.ReservationCancelled{ReservationID: id, Reason: reason} }
	}
	confirmed := func(id string) events.Body { return inventory.ReservationConfirmed{ReservationID: id} }
	expired := func(id string) events.Body { return inventory.ReservationExpired{ReservationID: id} }
	return []ending{
		{"commit", byCall("commit", ""), true, ""},
		{"release", byCall("release", "cancelled"), false, "cancelled"},
		{"confirmed", byEvent(confirmed), true, ""},
		{"cancelled", byEvent(cancelled(inventory.ReasonManualCancellation)), false, "cancelled"},
		{"cancelled with the caller's words", byEvent(cancelled("expired")), false, "cancelled"},
		{"aborted", byEvent(cancelled(inventory.ReasonAborted)), false, "aborted"},
		{"expired", byEvent(expired), false, "expired"},
	}
}

const contradicted = "settle refused: it contradicts the hold"

func TestSettle(t *testing.T) {
	t.Run("usual case", testSettleUsualCase)
	t.Run("before the hold", testSettleBeforeTheHold)
	t.Run("settles each hold of a call", testSettleSettlesEachHoldOfACall)
	t.Run("refuses invalid settlements", testSettleRefusesInvalidSettlements)
}

// testSettleUsualCase settles a hold twice, in every pair of ways.
func testSettleUsualCase(t *testing.T) {
	for _, first := range endings() {
		s := openShop(t)
		handle := s.consumer()
		for i, second := range endings() {
			t.Run(first.name+", then "+second.name, func(t *testing.T) {
				id := fmt.Sprintf("x-%d", i)
				s.stocked(id, "MAD-001", 40)
				s.hold(id, id, "MAD-001", 15)
				before := s.log.Count(contradicted)
				first.settle(t, s, handle, id)
				wantSettled(t, s, first, id)
				second.settle(t, s, handle, id)
				wantSettled(t, s, first, id)
				if got, want := s.log.Count(contradicted)-before == 1, first.commit != second.commit; got != want {
					t.Errorf("told as a contradiction: %t, want %t", got, want)
				}
			})
		}
	}
}

func wantSettled(t *testing.T, s *shop, by ending, id string) {
	t.Helper()
	state, settled := "committed", `stock.updated MAD-001 3 {"product_id":"x-0","store_id":"MAD-001","previous_quantity":40,`+
		`"new_quantity":25,"change":-15,"reason":"sale","reservation_id":"x-0"}`
	if by.commit {
		s.wantRow(id, "MAD-001", 25, 0, 3)
	} else {
		s.wantRow(id, "MAD-001", 40, 0, 3)
		state, settled = "released", `stock.released MAD-001 3 {"reservation_id":"x-0","product_id":"x-0","store_id":"MAD-001",`+
			`"quantity":15,"reason":"`+by.reason+`"}`
	}
	all := s.events("?aggregate_id=" + id)
	s.wantEvents(fmt.Sprintf("?aggregate_id=%s&cursor=%d", id, all[1].Seq), strings.ReplaceAll(settled, "x-0", id))
	s.wantHoldState(id, state)
}

func (s *shop) wantHoldState(id, state string) {
	s.t.Helper()
	if h := httpapitest.Decode[stockwire.FoundHold](s.t, s.internal("GET", stockwire.HoldsPath+"/"+id, nil), 200); h.State != state {
		s.t.Errorf("hold %+v, want %s", h, state)
	}
}

// testSettleBeforeTheHold settles holds that stock never saw.
func testSettleBeforeTheHold(t *testing.T) {
	for _, by := range endings() {
		t.Run(by.name, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 40)
			handle := s.consumer()
			by.settle(t, s, handle, "r-1")
			by.settle(t, s, handle, "r-1")
			if by.commit { // refused: nothing was sold, and nothing prevents the hold
				s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 15)}, granted)
				if n := s.log.Count(contradicted); n != 2 {
					t.Errorf("logged as a contradiction: %d times", n)
				}
				return
			}
			s.wantHoldState("r-1", "released")
			other := holdOf("r-1", "p-2", "BCN-001", 3) // a tombstone knows no body
			s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 15), other}, "settled 0 0 0", "settled 0 0 0")
			s.wantRow("p-1", "MAD-001", 40, 0, 1)
			if got := eventsapitest.Types(s.events("")); got != "stock.created" || s.log.Count(contradicted) > 0 {
				t.Errorf("events %s, contradictions %d", got, s.log.Count(contradicted))
			}
		})
	}
}

func testSettleSettlesEachHoldOfACall(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-2", "MAD-001", 40)
	both := holdOf("r-1", "p-1", "MAD-001", 5)
	both.Lines = append(both.Lines, stockwire.Line{ProductID: "p-2", StoreID: "MAD-001", Quantity: 6})
	s.wantHolds([]stockwire.Hold{both, holdOf("r-2", "p-1", "MAD-001", 7)}, granted, granted)
	w := s.internal("POST", stockwire.SettlementsPath, stockwire.SettlementsRequest{Settlements: []stockwire.Settlement{
		{ReservationID: "r-1", Settlement: "commit"},
		{ReservationID: "r-1", Settlement: "release"},
		{ReservationID: "r-2", Settlement: "release", Reason: "expired"},
		{ReservationID: "r-1", Settlement: "commit"},
		{ReservationID: "r-3", Settlement: "commit"},
	}})
	if w.Code != 204 {
		t.Errorf("answer %d %s", w.Code, w.Body)
	}
	s.wantRow("p-1", "MAD-001", 35, 0, 5)
	s.wantRow("p-2", "MAD-001", 34, 0, 3)
	if n := s.log.Count(contradicted); n != 2 {
		t.Errorf("%d contradictions, want 2", n)
	}
}

func testSettleRefusesInvalidSettlements(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.hold("r-1", "p-1", "MAD-001", 15)
	first := `{"settlements": [{"reservation_id": "r-1", "settlement": "commit"}`
	for second, field := range map[string]string{
		`, {"reservation_id": "r-2", "settlement": "sell"}`: "settlement", `, {"reservation_id": "r-2", "settlement": ""}`: "settlement",
		`, {"reservation_id": "", "settlement": "commit"}`:                                         "reservation_id",
		strings.Repeat(`, {"reservation_id": "r-2", "settlement": "release"}`, stockwire.MaxBatch): "settlements",
	} {
		httpapitest.WantInvalid(t, s.request("POST", stockwire.SettlementsPath, first+second+"]}", httpapi.ServiceKeyHeader, serviceKey), field)
	}
	httpapitest.WantInvalid(t, s.internal("POST", stockwire.SettlementsPath, stockwire.SettlementsRequest{}), "settlements")
	s.wantRow("p-1", "MAD-001", 40, 15, 2)
}
