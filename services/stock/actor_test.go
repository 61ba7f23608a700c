package stock_test

import (
	"slices"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
)

// lastActors returns the types of the last n events, each with its actor.
func (s *shop) lastActors(n int) (list []string) {
	s.t.Helper()
	all := s.events("")
	for _, e := range all[len(all)-n:] {
		list = append(list, string(e.Type)+" by "+e.Actor)
	}
	return list
}

func (s *shop) wantActors(want ...string) {
	s.t.Helper()
	if got := s.lastActors(len(want)); !slices.Equal(got, want) {
		s.t.Errorf("events %q, want %q", got, want)
	}
}

func TestActor(t *testing.T) {
	t.Run("is the name of the API key", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		const row = "/api/v1/stock/p-1/MAD-001"
		httpapitest.Decode[item](t, s.as("k-madrid", "POST", "/api/v1/stock", createBody("p-1", "MAD-001", 40)), 201)
		httpapitest.Decode[item](t, s.as("k-owner", "PUT", row, `{"quantity": 50}`), 200)
		httpapitest.Decode[item](t, s.as("k-two", "POST", row+"/adjust", `{"adjustment": -1}`), 200)
		httpapitest.Decode[transfer](t, s.as(admin, "POST", "/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 2)), 200)
		s.wantImport(s.importCSV("product_id,store_id,quantity\np-1,MAD-001,7\n"), "lines 1, created 0, updated 1, unchanged 0, failed 0")
		s.wantActors("stock.created by Store Madrid", "stock.updated by Owner", "stock.updated by Both", "stock.transferred by Admin", "stock.low by Admin",
			"stock.updated by Admin", "stock.low by Admin")
		var actors []string
		for _, m := range s.movements("").Movements {
			actors = append(actors, m.Kind+" by "+m.Actor)
		}
		want := []string{"adjusted by Admin", "transferred_out by Admin", "adjusted by Both", "adjusted by Owner", "created by Store Madrid"}
		if !slices.Equal(actors, want) {
			t.Errorf("movements %q, want %q", actors, want)
		}
	})
	t.Run("of a hold and of its end comes with them, by call and by event alike", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		handle := s.consumer()
		for _, id := range []string{"r-1", "r-2", "r-3", "r-4"} {
			h := holdOf(id, "p-1", "MAD-001", 1)
			h.Actor = "Store Madrid"
			s.holds(h)
		}
		s.wantActors("stock.reserved by Store Madrid", "stock.reserved by Store Madrid")
		s.internal("POST", stockwire.SettlementsPath, stockwire.SettlementsRequest{Settlements: []stockwire.Settlement{
			{ReservationID: "r-1", Settlement: "commit", Actor: "Owner"}, {ReservationID: "r-2", Settlement: "release", Reason: "expired", Actor: "reservation"},
		}})
		want := []string{"stock.updated by Owner", "stock.released by reservation"}
		s.wantActors(want...)
		for _, e := range []events.Event{
			event(t, events.Meta{Version: 2, Actor: "Owner"}, inventory.ReservationConfirmed{ReservationID: "r-3", ProductID: "p-1", Quantity: 1}),
			event(t, events.Meta{Version: 2, Actor: "reservation"}, inventory.ReservationExpired{ReservationID: "r-4", ProductID: "p-1", Quantity: 1}),
		} {
			if err := handle(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
		s.wantActors(append(want, want...)...)
		if sold := s.movements("?limit=2"); sold.lines() != "sold -1 =38 v8 sale r-3\nsold -1 =39 v6 sale r-1" ||
			sold.Movements[0].Actor != "Owner" || sold.Movements[1].Actor != "Owner" {
			t.Errorf("movements %+v", sold)
		}
	})
	t.Run("is reservation where a release before does not name it", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		handle := s.consumer()
		s.hold("r-1", "p-1", "MAD-001", 1)
		s.settle("r-1", "commit", "")
		s.hold("r-2", "p-1", "MAD-001", 1)
		confirmed := event(t, events.Meta{Version: 2}, inventory.ReservationConfirmed{ReservationID: "r-2", ProductID: "p-1", Quantity: 1})
		if err := handle(t.Context(), confirmed); err != nil {
			t.Error(err)
		}
		s.wantActors("stock.reserved by reservation", "stock.updated by reservation", "stock.reserved by reservation",
			"stock.updated by reservation")
	})
	t.Run("selects movements", func(t *testing.T) {
		s := moved(t)
		for query, want := range map[string]string{
			"?actor=reservation":            "sold -5 =35 v3 sale r-1",
			"?actor=Admin&limit=1":          "transferred_in +1 =31 v8 transfer",
			"?actor=Admin&limit=2&offset=3": "adjusted -3 =32 v4 Broken\ncreated +40 =40 v1 initial_stock",
			"?actor=Owner":                  "",
			"?actor=admin":                  "",
			"?actor=%25":                    "",
		} {
			if got := s.movements(query); got.lines() != want {
				t.Errorf("%s: %s, want %s", query, got.lines(), want)
			}
		}
		if got := s.movements("?actor=Admin&limit=1"); got.Total != 5 || got.Count != 1 {
			t.Errorf("%+v", got)
		}
		for _, query := range []string{"?actor=", "?actor=a&actor=b", "?actor=%07"} {
			httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/p-1/MAD-001/movements"+query, ""), "actor")
		}
	})
}
