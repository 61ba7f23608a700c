package stock_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func rowOf(r item) string { return r.ProductID + " " + r.StoreID }

// reader returns a function that gets a target with a key.
func (s *shop) reader(key string) func(string) *httptest.ResponseRecorder {
	return func(target string) *httptest.ResponseRecorder { return s.as(key, "GET", target, "") }
}

func TestLists(t *testing.T) {
	t.Run("show each unchanged row once", testListsShowEachUnchangedRowOnce)
}

// testListsShowEachUnchangedRowOnce walks every list of rows by its
// cursors while other rows change their places between the pages, or are
// added.
func testListsShowEachUnchangedRowOnce(t *testing.T) {
	const rows = 150
	s := openShop(t)
	var madrid, all []string
	for i := range rows {
		product := fmt.Sprintf("p-%03d", i)
		all = append(all, rowOf(s.stocked(product, "MAD-001", int64(i%10))))
		madrid = append(madrid, all[len(all)-1])
		all = append(all, rowOf(s.stocked(product, "BCN-001", int64(i%5))))
	}
	for name, list := range map[string]struct {
		key, target string
		want        []string
	}{
		"of a store":                 {admin, "/api/v1/stock/store/MAD-001?limit=50", madrid},
		"low":                        {admin, "/api/v1/stock/low-stock?limit=100", all},
		"low in a store":             {admin, "/api/v1/stock/low-stock?limit=50&store_id=MAD-001", madrid},
		"low for a key of one store": {"k-madrid", "/api/v1/stock/low-stock?limit=50", madrid},
		"low for a key of two":       {"k-two", "/api/v1/stock/low-stock?limit=100", all},
		"under a threshold":          {admin, "/api/v1/stock/low-stock?limit=100&threshold=1000000000", all},
		"under it in a store":        {admin, "/api/v1/stock/low-stock?limit=50&threshold=9&store_id=MAD-001", madrid},
	} {
		t.Run(name, func(t *testing.T) {
			var changed []string
			change := func() {
				product, store := fmt.Sprintf("p-%03d", rand.IntN(rows)), []string{"MAD-001", "BCN-001"}[rand.IntN(2)]
				changed = append(changed, product+" "+store)
				httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/"+product+"/"+store+"/adjust", `{"adjustment": 1}`), 200)
			}
			// The first change moves the first row to the end, as a delivery does.
			seen := httpapitest.Walk[item](t, s.reader(list.key), list.target, "items", func() {
				change()
				change()
			})
			same := slices.DeleteFunc(slices.Clone(list.want), func(row string) bool { return slices.Contains(changed, row) })
			if len(changed) == 0 || len(same) < len(list.want)/2 {
				t.Fatalf("%d rows changed during the walk", len(changed))
			}
			httpapitest.Once(t, seen, rowOf, same...)
			// The changes are taken back for the next list.
			for _, row := range changed {
				var product, store string
				if _, err := fmt.Sscan(row, &product, &store); err != nil {
					t.Fatal(err)
				}
				httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/"+product+"/"+store+"/adjust", `{"adjustment": -1}`), 200)
			}
		})
	}
}

func testMovementsWalkShowsEachOnce(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 10)
	const path = "/api/v1/stock/p-1/MAD-001"
	adjust := func() { httpapitest.Decode[item](t, s.do("POST", path+"/adjust", `{"adjustment": 1}`), 200) }
	var want []string
	want = append(want, "1")
	for i := range 50 {
		adjust()
		want = append(want, fmt.Sprint(i+2))
	}
	type movement struct {
		Version json.Number `json:"version"`
	}
	seen := httpapitest.Walk[movement](t, s.reader(admin), path+"/movements?limit=7", "movements", adjust)
	httpapitest.Once(t, seen, func(m movement) string { return m.Version.String() }, want...)
	if len(seen) != len(want) {
		t.Errorf("%d movements, want %d: those that were made during the walk are newer than its beginning", len(seen), len(want))
	}
}

func TestCursor(t *testing.T) {
	t.Run("refuses the cursor of another list", testCursorRefusesTheCursorOfAnotherList)
}

func testCursorRefusesTheCursorOfAnotherList(t *testing.T) {
	s := openShop(t)
	for _, product := range []string{"p-1", "p-2", "p-3"} {
		s.stocked(product, "MAD-001", 1)
		s.stocked(product, "BCN-001", 1)
	}
	cursor := func(target string) string {
		return httpapitest.Decode[struct {
			NextCursor string `json:"next_cursor"`
		}](t, s.do("GET", target, ""), 200).NextCursor
	}
	low := cursor("/api/v1/stock/low-stock?limit=1&threshold=5")
	store := cursor("/api/v1/stock/store/MAD-001?limit=1")
	for _, target := range []string{
		"/api/v1/stock/low-stock?cursor=" + low,
		"/api/v1/stock/low-stock?threshold=6&cursor=" + low,
		"/api/v1/stock/low-stock?threshold=5&store_id=MAD-001&cursor=" + low,
		"/api/v1/stock/low-stock?threshold=5&cursor=" + store,
		"/api/v1/stock/store/BCN-001?cursor=" + store,
		"/api/v1/stock/store/MAD-001?cursor=" + store + "A",
		"/api/v1/stock/store/MAD-001?cursor=",
		"/api/v1/stock/store/MAD-001?offset=0&cursor=" + store,
		"/api/v1/stock/store/MAD-001?page=1&cursor=" + store,
		"/api/v1/stock/store/MAD-001?page_size=5&cursor=" + store,
		"/api/v1/stock/p-1/MAD-001/movements?cursor=" + store,
	} {
		w := s.do("GET", target, "")
		httpapitest.WantInvalid(t, w, "cursor")
		httpapitest.WantProblem(t, w, 400, problem.ValidationError)
	}
	// A page may be longer or shorter than the previous one, and a key that sees less
	// takes a cursor of one that sees more: rows of other stores stay hidden.
	for _, target := range []string{
		"/api/v1/stock/low-stock?limit=2&threshold=5&cursor=" + low,
		"/api/v1/stock/store/MAD-001?cursor=" + store,
	} {
		httpapitest.Decode[map[string]json.RawMessage](t, s.as("k-madrid", "GET", target, ""), 200)
	}
	rows := httpapitest.Decode[struct{ Items []item }](t, s.as("k-madrid", "GET", "/api/v1/stock/low-stock?threshold=5&cursor="+low, ""), 200)
	if slices.ContainsFunc(rows.Items, func(r item) bool { return r.StoreID != "MAD-001" }) {
		t.Errorf("k-madrid sees %v", rows.Items)
	}
}
