package reservation_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
)

func TestLists(t *testing.T) {
	t.Run("show each unchanged reservation once", testListsShowEachUnchangedReservationOnce)
	t.Run("total follows every change", testListsTotalFollowsEveryChange)
}

// testListsShowEachUnchangedReservationOnce walks both lists by their
// cursors while reservations end and are created between the pages.
func testListsShowEachUnchangedReservationOnce(t *testing.T) {
	const reservations = 60
	for name, target := range map[string]string{
		"pending":        base + "/store/MAD-001/pending?limit=7",
		"of a row":       base + "/product/p-1/store/MAD-001?limit=7",
		"pending of row": base + "/product/p-1/store/MAD-001?limit=7&status=pending",
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			var list []item
			var want []string
			for i := range reservations {
				list = append(list, d.reserve(1))
				if i%3 == 0 { // the others may end
					want = append(want, list[i].ID)
				}
				if i%5 == 0 { // some expire at the same time
					d.clock.Advance(time.Millisecond)
				}
			}
			next := 1
			get := func(target string) *httptest.ResponseRecorder { return d.do("GET", target, "") }
			seen := httpapitest.Walk[item](t, get, target, "reservations", func() {
				if next+1 < reservations {
					httpapitest.Decode[item](t, d.do("POST", base+"/"+list[next].ID+"/confirm", ""), 200)
					httpapitest.Decode[item](t, d.do("POST", base+"/"+list[next+1].ID+"/cancel", ""), 200)
				}
				next += 3
				if next < reservations {
					d.reserve(1)
				}
			})
			httpapitest.Once(t, seen, func(r item) string { return r.ID }, want...)
			if next == 1 {
				t.Error("nothing changed during the walk")
			}
		})
	}
}

// testListsTotalFollowsEveryChange holds the totals, which are kept beside
// the reservations, against lists that are counted.
func testListsTotalFollowsEveryChange(t *testing.T) {
	d := openDesk(t)
	for i := range 12 {
		r := d.reserve(1)
		switch i % 4 {
		case 1:
			httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
		case 2:
			httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/cancel", ""), 200)
			d.do("POST", base+"/"+r.ID+"/cancel", "")
		}
	}
	const row = base + "/product/p-1/store/MAD-001?limit=100"
	for target, want := range map[string]int64{
		row: 12, row + "&status=pending": 6, row + "&status=confirmed": 3, row + "&status=cancelled": 3, row + "&status=expired": 0,
		base + "/store/MAD-001/pending?limit=100": 6, base + "/store/BCN-001/pending?limit=100": 0,
	} {
		p := httpapitest.Decode[list](t, d.do("GET", target, ""), 200)
		if p.Total != want || len(p.Reservations) != int(want) {
			t.Errorf("%s: total %d, %d reservations, want %d", target, p.Total, len(p.Reservations), want)
		}
	}
}
