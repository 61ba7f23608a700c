package stock_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite/sqlitetest"
)

type movements struct {
	Movements []struct {
		Kind          string `json:"kind"`
		Change        int64  `json:"change"`
		Quantity      int64  `json:"quantity"`
		Version       int64  `json:"version"`
		Reason        string `json:"reason"`
		Actor         string `json:"actor"`
		ReservationID string `json:"reservation_id"`
		CreatedAt     string `json:"created_at"`
	} `json:"movements"`
	Count  int   `json:"count"`
	Total  int64 `json:"total"`
	Limit  int   `json:"limit"`
	Offset int   `json:"offset"`
}

// lines returns the movements, one in each line.
func (m movements) lines() string {
	var lines []string
	for _, l := range m.Movements {
		line := fmt.Sprintf("%s %+d =%d v%d %s", l.Kind, l.Change, l.Quantity, l.Version, l.Reason)
		if l.ReservationID != "" {
			line += " " + l.ReservationID
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (s *shop) movements(query string) movements {
	s.t.Helper()
	return httpapitest.Decode[movements](s.t, s.do("GET", "/api/v1/stock/p-1/MAD-001/movements"+query, ""), 200)
}

// moved creates a row with every kind of movement, a minute apart.
func moved(t *testing.T) *shop {
	t.Helper()
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-1", "BCN-001", 10)
	s.hold("r-1", "p-1", "MAD-001", 5)
	for _, step := range []func(){
		func() { s.settle("r-1", "commit", "") },
		func() { s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -3, "reason": "Broken"}`) },
		func() { s.do("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 50}`) },
		func() { s.do("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 50, "min_stock": 4}`) }, // moves nothing
		func() { s.do("POST", "/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 20)) },
		func() { s.do("POST", "/api/v1/stock/transfer", transferBody("p-1", "BCN-001", "MAD-001", 1)) },
	} {
		s.clock.Advance(time.Minute)
		step()
	}
	return s
}

func TestMovements(t *testing.T) {
	t.Run("usual case", testMovementsUsualCase)
	t.Run("quantity at a past time", testMovementsQuantityAtAPastTime)
	t.Run("walk shows each once", testMovementsWalkShowsEachOnce)
}

func testMovementsUsualCase(t *testing.T) {
	s := moved(t)
	t.Run("lists every change, newest first", func(t *testing.T) {
		got := s.movements("")
		want := strings.Join([]string{
			"transferred_in +1 =31 v8 transfer", "transferred_out -20 =30 v7 transfer", "adjusted +18 =50 v5 restock",
			"adjusted -3 =32 v4 Broken", "sold -5 =35 v3 sale r-1", "created +40 =40 v1 initial_stock",
		}, "\n")
		if got.lines() != want || got.Count != 6 || got.Total != 6 || got.Limit != 20 || got.Offset != 0 {
			t.Errorf("%+v\n%s\nwant\n%s", got, got.lines(), want)
		}
		if first := got.Movements[5].CreatedAt; first != startText {
			t.Errorf("created at %s, want %s", first, startText)
		}
	})
	t.Run("returns one page of them", func(t *testing.T) {
		for _, query := range []string{"?limit=2&offset=2", "?page=2&page_size=2"} {
			got := s.movements(query)
			if got.lines() != "adjusted +18 =50 v5 restock\nadjusted -3 =32 v4 Broken" || got.Count != 2 || got.Total != 6 || got.Offset != 2 {
				t.Errorf("%s: %+v", query, got)
			}
		}
		if got := s.movements("?offset=6"); got.Count != 0 || got.Total != 6 || got.Movements == nil {
			t.Errorf("behind the end: %+v", got)
		}
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		const path = "/api/v1/stock/p-1/MAD-001/movements"
		for query, field := range map[string]string{
			"?limit=0": "limit", "?since=1": "since", "?page=1&offset=1": "page",
			"?as_of=": "as_of", "?as_of=2026-08-01": "as_of", "?as_of=1785585600": "as_of", "?as_of=now": "as_of",
			"?as_of=2026-13-01T00:00:00Z": "as_of", "?as_of=2026-08-01T12:00:00+02:00": "as_of",
			"?as_of=9999-12-31T23:59:59-14:00": "as_of", "?as_of=0000-01-01T00:00:00%2B14:00": "as_of",
			"?as_of=2026-08-01T12:00:00Z&limit=5": "limit", "?as_of=2026-08-01T12:00:00Z&as_of=2026-08-01T12:00:00Z": "as_of",
		} {
			t.Run(query, func(t *testing.T) { httpapitest.WantInvalid(t, s.do("GET", path+query, ""), field) })
		}
		for _, other := range []string{"p-1/VLC-001", "p-9/MAD-001"} {
			for _, query := range []string{"", "?as_of=2026-08-01T12:00:00Z"} {
				httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/"+other+"/movements"+query, ""), 404, problem.NotFound)
			}
		}
	})
}

// quantityAt asks for the quantity of the row at a time.
func (s *shop) quantityAt(at string) int64 {
	s.t.Helper()
	got := httpapitest.Decode[struct {
		AsOf     string `json:"as_of"`
		Quantity int64  `json:"quantity"`
	}](s.t, s.do("GET", "/api/v1/stock/p-1/MAD-001/movements?as_of="+strings.ReplaceAll(at, "+", "%2B"), ""), 200)
	if !strings.HasSuffix(got.AsOf, "Z") || len(got.AsOf) != len(startText) {
		s.t.Errorf("as_of %s", got.AsOf)
	}
	return got.Quantity
}

func testMovementsQuantityAtAPastTime(t *testing.T) {
	s := moved(t)
	for at, want := range map[string]int64{
		"0000-01-01T00:00:00Z": 0, "2026-08-01T11:59:59.999Z": 0,
		"2026-08-01T12:00:00Z": 40, "2026-08-01T14:00:00+02:00": 40, "2026-08-01T12:00:59.999999999Z": 40,
		"2026-08-01T12:01:00Z": 35, "2026-08-01T12:02:30Z": 32, "2026-08-01T12:04:00Z": 50, "2026-08-01T12:05:00.0001Z": 30,
		"2026-08-01T12:06:00Z": 31, "9999-12-31T23:59:59Z": 31,
	} {
		if got := s.quantityAt(at); got != want {
			t.Errorf("at %s the quantity is %d, want %d", at, got, want)
		}
	}
	t.Run("is right also when the clock went back", func(t *testing.T) {
		s.clock.Advance(-time.Hour)
		s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 9}`)
		if got := s.movements("?limit=2"); !strings.HasPrefix(got.lines(), "adjusted +9 =40 v9") || got.Movements[0].CreatedAt != "2026-08-01T12:06:00.000Z" {
			t.Errorf("newest %+v", got)
		}
		if got := s.quantityAt("2026-08-01T12:06:00Z"); got != 40 {
			t.Errorf("the quantity is %d, want 40", got)
		}
		if got := s.row("p-1", "MAD-001"); got.UpdatedAt != "2026-08-01T12:06:00.000Z" {
			t.Errorf("row %+v", got)
		}
	})
	t.Run("takes no longer with a long history", func(t *testing.T) {
		plan := sqlitetest.Plan(t, s.tables, `SELECT quantity FROM movements WHERE product_id = ? AND store_id = ? AND created_at <= ?
	ORDER BY created_at DESC, seq DESC LIMIT 1`)
		const want = "SEARCH movements USING INDEX ix_movements_product_id_store_id_created_at (product_id=? AND store_id=? AND created_at<?)"
		if len(plan) != 1 || plan[0] != want {
			t.Errorf("plan: %q", plan)
		}
	})
}
