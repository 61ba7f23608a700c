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
)

// settledLine is a line of p-1 with the units that are committed, released,
// returned and restocked in all.
func settledLine(store string, quantity int64, totals ...int64) stockwire.SettledLine {
	return stockwire.SettledLine{
		ProductID: "p-1", StoreID: store, Quantity: quantity,
		Committed: totals[0], Released: totals[1], Returned: totals[2], Restocked: totals[3],
	}
}

// settleTo settles the hold r-1 to totals by the direct call.
func (s *shop) settleTo(lines ...stockwire.SettledLine) {
	s.t.Helper()
	w := s.internal("POST", stockwire.SettlementsPath, stockwire.SettlementsRequest{Settlements: []stockwire.Settlement{
		{ReservationID: "r-1", Lines: lines, Actor: "Owner"},
	}})
	if w.Code != 204 || w.Body.Len() > 0 {
		s.t.Errorf("settle to %+v: %d %s", lines, w.Code, w.Body)
	}
}

// wantLines requires the state of the hold r-1, and its lines as settledLine has
// them.
func (s *shop) wantLines(state, want string) {
	s.t.Helper()
	h := httpapitest.Decode[stockwire.FoundHold](s.t, s.internal("GET", stockwire.HoldsPath+"/r-1", nil), 200)
	var lines []string
	for _, l := range h.Lines {
		lines = append(lines, fmt.Sprintf("%s %d:%d/%d/%d/%d", l.StoreID, l.Quantity, l.Committed, l.Released, l.Returned, l.Restocked))
	}
	if got := strings.Join(lines, ", "); h.State != state || got != want {
		s.t.Errorf("hold %s %s, want %s %s", h.State, got, state, want)
	}
}

func TestSettleTo(t *testing.T) {
	t.Run("sells in parts and takes units back", testSettleToSellsInPartsAndTakesUnitsBack)
	t.Run("moves the difference, however settlements arrive", testSettleToMovesTheDifference)
	t.Run("follows the lines of events", testSettleToFollowsTheLinesOfEvents)
	t.Run("refuses totals that contradict the hold", testSettleToRefusesContradictions)
	t.Run("refuses invalid lines", testSettleToRefusesInvalidLines)
	t.Run("takes units back into a new row of a deleted product", testSettleToReturnsToANewRow)
}

func testSettleToSellsInPartsAndTakesUnitsBack(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-1", "BCN-001", 40)
	two := holdOf("r-1", "p-1", "MAD-001", 5)
	two.Lines = append(two.Lines, stockwire.Line{ProductID: "p-1", StoreID: "BCN-001", Quantity: 3})
	s.wantHolds([]stockwire.Hold{two}, granted)
	s.wantLines("held", "MAD-001 5:0/0/0/0, BCN-001 3:0/0/0/0")

	s.settleTo(settledLine("MAD-001", 5, 2, 1, 0, 0), settledLine("BCN-001", 3, 0, 0, 0, 0))
	s.wantRow("p-1", "MAD-001", 38, 2, 4) // sold and released: two versions
	s.wantRow("p-1", "BCN-001", 40, 3, 2)
	s.wantLines("held", "MAD-001 5:2/1/0/0, BCN-001 3:0/0/0/0")
	if page := s.heldPage(""); fmt.Sprint(page.ReservationIDs, page.Settled, page.Totals) != "[r-1] [3] true" {
		t.Errorf("held %+v", page)
	}

	s.settleTo(settledLine("MAD-001", 5, 4, 1, 2, 1), settledLine("BCN-001", 3, 0, 3, 0, 1))
	s.wantRow("p-1", "MAD-001", 37, 0, 6)
	s.wantRow("p-1", "BCN-001", 41, 0, 4)
	s.wantLines("committed", "MAD-001 5:4/1/2/1, BCN-001 3:0/3/0/1")
	s.wantEvents("?event_type=stock.released",
		`stock.released MAD-001 4 {"reservation_id":"r-1","product_id":"p-1","store_id":"MAD-001","quantity":1,"reason":"cancelled"}`,
		`stock.released BCN-001 3 {"reservation_id":"r-1","product_id":"p-1","store_id":"BCN-001","quantity":3,"reason":"cancelled"}`)
	s.wantEvents("?event_type=stock.updated",
		`stock.updated MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":38,"change":-2,"reason":"sale","reservation_id":"r-1"}`,
		`stock.updated MAD-001 5 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":38,"new_quantity":36,"change":-2,"reason":"sale","reservation_id":"r-1"}`,
		`stock.updated MAD-001 6 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":36,"new_quantity":37,"change":1,"reason":"return","reservation_id":"r-1"}`,
		`stock.updated BCN-001 4 {"product_id":"p-1","store_id":"BCN-001","previous_quantity":40,"new_quantity":41,"change":1,"reason":"return","reservation_id":"r-1"}`)
	m := s.movements("").Movements[0]
	if m.Kind != "returned" || m.Change != 1 || m.Quantity != 37 || m.ReservationID != "r-1" || m.Actor != "Owner" || m.Reason != "return" {
		t.Errorf("movement %+v", m)
	}
}

func testSettleToMovesTheDifference(t *testing.T) {
	steps := [][]stockwire.SettledLine{
		{settledLine("MAD-001", 5, 1, 0, 0, 0)},
		{settledLine("MAD-001", 5, 3, 1, 0, 0)},
		{settledLine("MAD-001", 5, 3, 2, 0, 0)},
		{settledLine("MAD-001", 5, 3, 2, 2, 1)},
	}
	for name, order := range map[string][]int{
		"in order": {0, 1, 2, 3}, "each twice": {0, 0, 1, 1, 2, 2, 3, 3}, "only the last": {3}, "backward": {3, 2, 1, 0},
		"one late": {1, 0, 2, 1, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 40)
			s.hold("r-1", "p-1", "MAD-001", 5)
			for _, step := range order {
				s.settleTo(steps[step]...)
			}
			s.wantLines("committed", "MAD-001 5:3/2/2/1")
			if r := s.row("p-1", "MAD-001"); r.Quantity != 38 || r.Reserved != 0 {
				t.Errorf("row %+v", r)
			}
			if n := s.log.Count(contradicted); n != 0 {
				t.Errorf("%d contradictions", n)
			}
			s.settle("r-1", "commit", "") // sells the released units, too: never applied
			s.wantLines("committed", "MAD-001 5:3/2/2/1")
			if n := s.log.Count(contradicted); n != 1 {
				t.Errorf("%d contradictions, want 1", n)
			}
		})
	}
}

// reservationEvent is an event of reservation with a payload of a later release.
func reservationEvent(t *testing.T, eventType events.Type, payload string) events.Event {
	t.Helper()
	e := event(t, events.Meta{Version: 2}, inventory.ReservationConfirmed{ReservationID: "r-1"})
	e.Type, e.Payload = eventType, []byte(payload)
	return e
}

func testSettleToFollowsTheLinesOfEvents(t *testing.T) {
	s := openShop(t)
	handle := s.consumer()
	s.stocked("p-1", "MAD-001", 40)
	s.hold("r-1", "p-1", "MAD-001", 5)
	lines := func(totals string) string {
		return `{"reservation_id": "r-1", "lines": [{"product_id": "p-1", "store_id": "MAD-001", "requested": 5, "quantity": 5` + totals + `}]}`
	}
	for _, step := range []struct {
		eventType events.Type
		payload   string
		want      string
	}{
		{"reservation.updated", lines(`, "confirmed": 2`), "held MAD-001 5:2/0/0/0"},
		{"reservation.updated", lines(`, "confirmed": 2, "released": 1`), "held MAD-001 5:2/1/0/0"},
		{inventory.TypeReservationConfirmed, lines(`, "confirmed": 3, "released": 2`), "committed MAD-001 5:3/2/0/0"},
		{"reservation.updated", lines(`, "confirmed": 2`), "committed MAD-001 5:3/2/0/0"}, // overtaken
		{"reservation.returned", lines(`, "confirmed": 3, "released": 2, "returned": 2, "restocked": 1`), "committed MAD-001 5:3/2/2/1"},
		{inventory.TypeReservationConfirmed, lines(`, "confirmed": 3, "released": 2`), "committed MAD-001 5:3/2/2/1"},
	} {
		for range 2 {
			if err := handle(t.Context(), reservationEvent(t, step.eventType, step.payload)); err != nil {
				t.Fatalf("%s: %v", step.eventType, err)
			}
		}
		state, rest, _ := strings.Cut(step.want, " ")
		s.wantLines(state, rest)
	}
	s.wantRow("p-1", "MAD-001", 38, 0, 7)
	if n := s.log.Count(contradicted); n != 0 {
		t.Errorf("%d contradictions", n)
	}
	for _, malformed := range []string{`{}`, `{"lines": {}}`} {
		if err := handle(t.Context(), reservationEvent(t, "reservation.updated", malformed)); err == nil || events.IsTemporary(err) {
			t.Errorf("%s: %v", malformed, err)
		}
	}
}

func testSettleToRefusesContradictions(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-1", "BCN-001", 1_000_000_000)
	s.hold("r-1", "p-1", "MAD-001", 5)
	s.settleTo(settledLine("MAD-001", 5, 2, 1, 0, 0))
	for name, lines := range map[string][]stockwire.SettledLine{
		"another quantity":            {settledLine("MAD-001", 6, 3, 1, 0, 0)},
		"another row":                 {settledLine("MAD-001", 5, 3, 1, 0, 0), settledLine("BCN-001", 1, 1, 0, 0, 0)},
		"more than was granted":       {settledLine("MAD-001", 5, 5, 1, 0, 0)},
		"one total falls":             {settledLine("MAD-001", 5, 3, 0, 0, 0)},
		"more returned than sold":     {settledLine("MAD-001", 5, 2, 1, 3, 0)},
		"more restocked than back":    {settledLine("MAD-001", 5, 2, 1, 1, 2)},
		"more than a row can have":    {settledLine("MAD-001", 5, 2, 1, 1, 0), settledLine("BCN-001", 0, 0, 0, 0, 1)},
		"a return of another product": {settledLine("MAD-001", 5, 2, 1, 1, 0), {ProductID: "p-2", StoreID: "MAD-001", Restocked: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.log.Count(contradicted)
			s.settleTo(lines...)
			s.wantLines("held", "MAD-001 5:2/1/0/0")
			s.wantRow("p-1", "MAD-001", 38, 2, 4)
			s.wantRow("p-1", "BCN-001", 1_000_000_000, 0, 1)
			if n := s.log.Count(contradicted) - before; n != 1 {
				t.Errorf("%d contradictions, want 1", n)
			}
		})
	}
}

func testSettleToRefusesInvalidLines(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.hold("r-1", "p-1", "MAD-001", 5)
	const line = `{"product_id": "p-1", "store_id": "MAD-001", "quantity": 5, "committed": 1}`
	for rest, field := range map[string]string{
		`"settlement": "commit", "lines": [` + line + `]`: "lines", `"lines": []`: "settlement", `"settlement": ""`: "settlement",
		`"lines": [` + line + `, ` + line + `]`:                                                   "lines",
		`"lines": [` + strings.Repeat(line+", ", 1000) + line + `]`:                               "lines",
		`"lines": [` + strings.Replace(line, "p-1", "", 1) + `]`:                                  "product_id",
		`"lines": [` + strings.Replace(line, "MAD-001", " ", 1) + `]`:                             "store_id",
		`"lines": [` + strings.Replace(line, `: 5`, `: -1`, 1) + `]`:                              "quantity",
		`"lines": [` + strings.Replace(line, `: 1`, `: -1`, 1) + `]`:                              "committed",
		`"lines": [` + strings.Replace(line, `"committed": 1`, `"released": -1`, 1) + `]`:         "released",
		`"lines": [` + strings.Replace(line, `"committed": 1`, `"returned": 1000000001`, 1) + `]`: "returned",
		`"lines": [` + strings.Replace(line, `"committed": 1`, `"restocked": -1`, 1) + `]`:        "restocked",
	} {
		body := `{"settlements": [{"reservation_id": "r-2", "settlement": "release"}, {"reservation_id": "r-1", ` + rest + `}]}`
		httpapitest.WantInvalid(t, s.request("POST", stockwire.SettlementsPath, body, httpapi.ServiceKeyHeader, serviceKey), field)
	}
	s.wantRow("p-1", "MAD-001", 40, 5, 2)
	s.wantLines("held", "MAD-001 5:0/0/0/0")
}

func testSettleToReturnsToANewRow(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.hold("r-1", "p-1", "MAD-001", 5)
	s.settleTo(settledLine("MAD-001", 5, 5, 0, 0, 0))
	s.apply(deleted, "p-1", "", 2)
	for range 2 {
		s.settleTo(settledLine("MAD-001", 5, 5, 0, 3, 0), settledLine("VLC-001", 0, 0, 0, 0, 3))
	}
	s.wantRow("p-1", "VLC-001", 3, 0, 2)
	s.wantLines("committed", "MAD-001 5:5/0/3/0, VLC-001 0:0/0/0/3")
	s.wantEvents("?store_id=VLC-001",
		`stock.created VLC-001 1 {"product_id":"p-1","store_id":"VLC-001","quantity":0,"reason":"initial_stock"}`,
		`stock.updated VLC-001 2 {"product_id":"p-1","store_id":"VLC-001","previous_quantity":0,"new_quantity":3,"change":3,"reason":"return","reservation_id":"r-1"}`,
		`stock.low VLC-001 2 {"product_id":"p-1","store_id":"VLC-001","available":3,"reorder_point":10,"reorder_qty":0}`)
}
