package stock_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
)

// requestHold returns a hold of a request.
func requestHold(id, onShortage, sourcing string, lines ...stockwire.RequestLine) stockwire.Hold {
	h := holdOf(id, "", "", 0)
	h.Lines = nil
	h.Request = &stockwire.Request{Reference: "order-7", OnShortage: onShortage, Sourcing: sourcing, Lines: lines}
	return h
}

// from is a line of units from one store, or from the stores of a ranking.
func from(product string, units int64, stores ...string) stockwire.RequestLine {
	l := stockwire.RequestLine{ProductID: product, Quantity: units, Stores: stores}
	if len(stores) == 1 {
		l.StoreID, l.Stores = stores[0], nil
	}
	return l
}

// grantText is the outcome of a hold, its lines as granted/requested, and its short
// lines as available/requested.
func grantText(r stockwire.HoldResult) string {
	words := []string{r.Outcome}
	if r.Outcome == stockwire.OutcomeNoRow {
		words = append(words, fmt.Sprintf("line %d deleted %t", r.Line, r.ProductDeleted))
	}
	for _, l := range r.Lines {
		requested := l.Requested
		if requested == 0 {
			requested = l.Quantity
		}
		words = append(words, fmt.Sprintf("%s@%s:%d/%d", l.ProductID, l.StoreID, l.Quantity, requested))
	}
	for _, l := range r.Short {
		words = append(words, fmt.Sprintf("%d:%s@%s:%d/%d", l.Line, l.ProductID, l.StoreID, l.Available, l.Requested))
	}
	return strings.Join(words, " ")
}

func TestHoldRequest(t *testing.T) {
	t.Run("is granted", testHoldRequestIsGranted)
	t.Run("gets the same grant again", testHoldRequestGetsTheSameGrantAgain)
	t.Run("is settled with its lines", testHoldRequestIsSettled)
	t.Run("is refused when invalid", testHoldRequestIsRefusedWhenInvalid)
	t.Run("of 100 lines and rankings of 50 stores", testHoldRequestOfManyLines)
}

// testHoldRequestOfManyLines takes one unit of each of 98 products, and two products
// from 50 stores that have two units each.
func testHoldRequestOfManyLines(t *testing.T) {
	s := openShop(t)
	var lines []stockwire.RequestLine
	for i := range 98 {
		product := fmt.Sprintf("one-%d", i)
		s.stocked(product, "MAD-001", 1)
		lines = append(lines, from(product, 1, "MAD-001"))
	}
	stores := make([]string, 50)
	for i := range stores {
		stores[i] = fmt.Sprintf("S-%02d", i)
		s.stocked("p-1", stores[i], 2)
		s.stocked("p-2", stores[i], 2)
	}
	lines = append(lines, from("p-1", 99, stores...), from("p-2", 3, stores...))
	result := s.holds(requestHold("r-1", "", "", lines...))[0]
	if result.Outcome != stockwire.OutcomeGranted || len(result.Lines) != 98+50+2 {
		t.Fatalf("%s with %d lines: %+v", result.Outcome, len(result.Lines), result.Short)
	}
	want := stockwire.HeldLine{ProductID: "p-1", StoreID: "S-49", Quantity: 1}
	if got := result.Lines[98+49]; got != want {
		t.Errorf("the last store of the ranking gives %+v, want %+v", got, want)
	}
	short := s.holds(requestHold("r-2", "", "fewest_stores", from("p-1", 2, stores...), from("p-2", 99, stores...)))[0]
	if got := grantText(short); got != "insufficient 0:p-1@S-00:1/2 1:p-2@S-00:97/99" {
		t.Error(got)
	}
}

// requestShop has p-1 and p-2 in three stores, and a deleted product.
func requestShop(t *testing.T) *shop {
	t.Helper()
	s := openShop(t)
	for product, units := range map[string][]int64{"p-1": {5, 3, 9}, "p-2": {0, 4, 2}, "p-3": {1, 1, 1}} {
		for i, store := range []string{"MAD-001", "BCN-001", "VLC-001"} {
			s.stocked(product, store, units[i])
		}
	}
	s.apply(deleted, "p-3", "", 2)
	return s
}

func testHoldRequestIsGranted(t *testing.T) {
	for name, test := range map[string]struct {
		hold stockwire.Hold
		want string
	}{
		"one row twice": {
			requestHold("r-1", "", "", from("p-1", 2, "MAD-001"), from("p-2", 1, "BCN-001"), from("p-1", 3, "MAD-001")),
			"granted p-1@MAD-001:5/5 p-2@BCN-001:1/1",
		},
		"by SKU": {
			requestHold("r-1", "", "", stockwire.RequestLine{SKU: "SKU p-1", StoreID: "MAD-001", Quantity: 2}),
			"granted p-1@MAD-001:2/2",
		},
		"ranked":        {requestHold("r-1", "", "ranked", from("p-1", 7, "MAD-001", "BCN-001")), "granted p-1@MAD-001:5/5 p-1@BCN-001:2/2"},
		"single store":  {requestHold("r-1", "", "single_store", from("p-1", 7, "MAD-001", "BCN-001", "VLC-001")), "granted p-1@VLC-001:7/7"},
		"fewest stores": {requestHold("r-1", "", "fewest_stores", from("p-1", 12, "MAD-001", "BCN-001", "VLC-001")), "granted p-1@MAD-001:5/5 p-1@VLC-001:7/7"},
		"all short lines": {
			requestHold("r-1", "reject", "", from("p-1", 9, "MAD-001", "BCN-001"), from("p-2", 1, "BCN-001"), from("p-2", 3, "VLC-001")),
			"insufficient 0:p-1@MAD-001:8/9 2:p-2@VLC-001:2/3",
		},
		"a part": {
			requestHold("r-1", "partial", "", from("p-2", 1, "MAD-001"), from("p-1", 9, "MAD-001", "BCN-001"), from("p-2", 3, "VLC-001")),
			"granted p-2@MAD-001:0/1 p-1@MAD-001:5/6 p-1@BCN-001:3/3 p-2@VLC-001:2/3",
		},
		"no part":           {requestHold("r-1", "partial", "", from("p-2", 1, "MAD-001")), "insufficient 0:p-2@MAD-001:0/1"},
		"an unknown row":    {requestHold("r-1", "partial", "", from("p-1", 1, "MAD-001"), from("p-1", 1, "SVQ-001")), "no_row line 1 deleted false"},
		"an unknown SKU":    {requestHold("r-1", "", "", from("p-1", 1, "MAD-001"), stockwire.RequestLine{SKU: "X", StoreID: "MAD-001", Quantity: 1}), "no_row line 1 deleted false"},
		"a deleted product": {requestHold("r-1", "", "", from("p-1", 1, "MAD-001"), from("p-3", 1, "MAD-001", "BCN-001")), "no_row line 1 deleted true"},
		"a ranking with an unknown row": {
			requestHold("r-1", "", "", from("p-1", 6, "SVQ-001", "MAD-001", "BCN-001")), "granted p-1@MAD-001:5/5 p-1@BCN-001:1/1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := requestShop(t)
			result := s.holds(test.hold)[0]
			if got := grantText(result); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
			for _, l := range result.Lines {
				if r := s.row(l.ProductID, l.StoreID); r.Reserved != l.Quantity {
					t.Errorf("row %+v of line %+v", r, l)
				}
			}
		})
	}
}

func testHoldRequestGetsTheSameGrantAgain(t *testing.T) {
	s := requestShop(t)
	hold := requestHold("r-1", "partial", "ranked", from("p-2", 1, "MAD-001"), from("p-1", 9, "MAD-001", "BCN-001"))
	first := s.holds(hold)[0]
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-2/MAD-001/adjust", `{"adjustment": 5}`), 200)
	if again := s.holds(hold)[0]; !reflect.DeepEqual(again, first) {
		t.Errorf("got %+v, first %+v", again, first)
	}
	found := httpapitest.Decode[stockwire.FoundHold](t, s.internal("GET", stockwire.HoldsPath+"/r-1", nil), 200)
	if !reflect.DeepEqual(found.Lines, first.Lines) || !reflect.DeepEqual(found.Request, hold.Request) {
		t.Errorf("found %+v", found)
	}
	other := requestHold("r-1", "partial", "ranked", from("p-2", 1, "MAD-001"), from("p-1", 8, "MAD-001", "BCN-001"))
	for _, h := range []stockwire.Hold{other, holdOf("r-1", "p-1", "MAD-001", 5)} {
		if r := s.holds(h)[0]; r.Outcome != stockwire.OutcomeMismatch {
			t.Errorf("another request: %+v", r)
		}
	}
}

func testHoldRequestIsSettled(t *testing.T) {
	s := requestShop(t)
	hold := requestHold("r-1", "partial", "ranked", from("p-1", 1, "SVQ-001", "VLC-001"), from("p-2", 1, "MAD-001"), from("p-1", 9, "MAD-001", "BCN-001"))
	if got := grantText(s.holds(hold)[0]); got != "granted p-1@VLC-001:1/1 p-2@MAD-001:0/1 p-1@MAD-001:5/6 p-1@BCN-001:3/3" {
		t.Fatal(got)
	}
	none := stockwire.SettledLine{ProductID: "p-2", StoreID: "MAD-001"}
	s.settleTo(settledLine("VLC-001", 1, 0, 1, 0, 0), none, settledLine("MAD-001", 5, 4, 1, 0, 0), settledLine("BCN-001", 3, 3, 0, 0, 0))
	s.wantLines("committed", "VLC-001 1:0/1/0/0, MAD-001 0:0/0/0/0, MAD-001 5:4/1/0/0, BCN-001 3:3/0/0/0")
	s.settleTo(settledLine("VLC-001", 1, 0, 1, 0, 2), none, settledLine("MAD-001", 5, 4, 1, 2, 0), settledLine("BCN-001", 3, 3, 0, 0, 0))
	s.wantLines("committed", "VLC-001 1:0/1/0/2, MAD-001 0:0/0/0/0, MAD-001 5:4/1/2/0, BCN-001 3:3/0/0/0")
	if n := s.log.Count(contradicted); n != 0 {
		t.Errorf("%d contradictions", n)
	}
	if r := s.row("p-1", "VLC-001"); r.Quantity != 11 || r.Reserved != 0 {
		t.Errorf("row %+v", r)
	}
}

func testHoldRequestIsRefusedWhenInvalid(t *testing.T) {
	s := requestShop(t)
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf("S-%d", i)
	}
	basket := make([]stockwire.RequestLine, 101)
	for i := range basket {
		basket[i] = from("p-1", 1, "MAD-001")
	}
	twoRankings := []stockwire.RequestLine{from("p-1", 1, "MAD-001", "BCN-001"), from("p-1", 1, "BCN-001", "MAD-001")}
	withLines := requestHold("r-1", "", "", from("p-1", 1, "MAD-001"))
	withLines.Lines = []stockwire.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 1}}
	long := requestHold("r-1", "", "", from("p-1", 1, "MAD-001"))
	long.Request.Reference = strings.Repeat("r", 129)
	for field, holds := range map[string][]stockwire.Hold{
		"on_shortage": {requestHold("r-1", "some", "", from("p-1", 1, "MAD-001"))},
		"sourcing":    {requestHold("r-1", "", "nearest", from("p-1", 1, "MAD-001"))},
		"reference":   {long},
		"quantity":    {requestHold("r-1", "", "", from("p-1", 0, "MAD-001"))},
		"store_id":    {requestHold("r-1", "", "", from("p-1", 1, "mad 1"))},
		"lines": {
			withLines, requestHold("r-1", "", ""), requestHold("r-1", "", "", basket...), requestHold("r-1", "", "", from("", 1, "MAD-001")),
			requestHold("r-1", "", "", stockwire.RequestLine{ProductID: "p-1", SKU: "SKU p-1", StoreID: "MAD-001", Quantity: 1}),
			requestHold("r-1", "", "", stockwire.RequestLine{ProductID: "p-1", StoreID: "MAD-001", Stores: []string{"BCN-001"}, Quantity: 1}),
		},
		"stores": {
			requestHold("r-1", "", "", from("p-1", 1, many...)), requestHold("r-1", "", "", from("p-1", 1, "MAD-001", "MAD-001")),
			requestHold("r-1", "", "single_store", twoRankings...),
		},
	} {
		for _, hold := range holds {
			w := s.internal("POST", stockwire.HoldsPath, stockwire.HoldsRequest{Holds: []stockwire.Hold{hold}})
			httpapitest.WantInvalid(t, w, field)
		}
	}
}
