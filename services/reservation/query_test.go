package reservation_test

import (
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func ids(list []item) string {
	var all []string
	for _, r := range list {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestGet(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(3)
	w := d.do("GET", base+"/"+r.ID, "")
	if got := httpapitest.Decode[item](t, w, 200); got != r || w.Header().Get("ETag") != `"1"` {
		t.Errorf("got %+v, ETag %s", got, w.Header().Get("ETag"))
	}
	httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
	if w := d.do("GET", base+"/"+r.ID, ""); w.Header().Get("ETag") != `"2"` {
		t.Errorf("ETag %s", w.Header().Get("ETag"))
	}
	httpapitest.WantProblem(t, d.do("GET", base+"/"+lost, ""), 404, problem.NotFound)
	httpapitest.WantProblem(t, d.do("GET", base+"/x", ""), 404, problem.NotFound)
	httpapitest.WantInvalid(t, d.do("GET", base+"/"+r.ID+"?verbose=1", ""), "verbose")
}

func TestPending(t *testing.T) {
	d := openDesk(t)
	later, sooner := d.reserve(1, `, "ttl_minutes": 20`), d.reserve(2, `, "ttl_minutes": 5`)
	last := d.reserve(3, `, "ttl_minutes": 30`)
	over := d.reserve(4)
	httpapitest.Decode[item](t, d.do("POST", base+"/"+over.ID+"/cancel", ""), 200)
	httpapitest.Decode[item](t, d.do("POST", base, strings.Replace(body(1), "MAD", "BCN", 1)), 201)

	page := func(query string) list {
		t.Helper()
		p := httpapitest.Decode[list](t, d.do("GET", base+"/store/MAD-001/pending"+query, ""), 200)
		if p.Count != len(p.Reservations) || p.Reservations == nil {
			t.Errorf("%s: %+v", query, p)
		}
		return p
	}
	if p := page(""); ids(p.Reservations) != ids([]item{sooner, later, last}) || p.Total != 3 || p.Reservations[0] != sooner {
		t.Errorf("all: %+v", p)
	}
	if p := page("?limit=1&offset=1"); ids(p.Reservations) != later.ID || p.Total != 3 || p.Limit != 1 || p.Offset != 1 {
		t.Errorf("one: %+v", p)
	}
	if p := page("?page=2&page_size=2"); ids(p.Reservations) != last.ID || p.Total != 3 {
		t.Errorf("second page: %+v", p)
	}
	if p := httpapitest.Decode[list](t, d.do("GET", base+"/store/VLC-001/pending", ""), 200); p.Total != 0 || p.Reservations == nil {
		t.Errorf("a store without reservations: %+v", p)
	}
	for query, field := range map[string]string{"?limit=0": "limit", "?offset=-1": "offset", "?status=pending": "status"} {
		httpapitest.WantInvalid(t, d.do("GET", base+"/store/MAD-001/pending"+query, ""), field)
	}
	httpapitest.WantInvalid(t, d.do("GET", base+"/store/-/pending", ""), "store_id")
}

// everyStatus leaves one reservation of p-1 in MAD-001 in each status, and one
// pending in BCN-001.
func everyStatus(d *desk) map[string]item {
	d.t.Helper()
	all := map[string]item{"expired": d.reserve(1, `, "ttl_seconds": 1`)}
	d.expire(all["expired"].ID)
	d.clock.Advance(time.Millisecond)
	for status, verb := range map[string]string{"confirmed": "confirm", "cancelled": "cancel"} {
		all[status] = d.reserve(1)
		httpapitest.Decode[item](d.t, d.do("POST", base+"/"+all[status].ID+"/"+verb, ""), 200)
	}
	all["pending"] = d.reserve(1)
	httpapitest.Decode[item](d.t, d.do("POST", base, strings.Replace(body(1), "MAD", "BCN", 1)), 201)
	return all
}

func TestOfRow(t *testing.T) {
	d := openDesk(t)
	all := everyStatus(d)
	const path = base + "/product/p-1/store/MAD-001"
	for status, r := range all {
		p := httpapitest.Decode[list](t, d.do("GET", path+"?status="+status, ""), 200)
		if ids(p.Reservations) != r.ID || p.Total != 1 || p.Status == nil || *p.Status != status || p.Reservations[0].Status != status {
			t.Errorf("%s: %+v", status, p)
		}
	}
	if p := httpapitest.Decode[list](t, d.do("GET", path, ""), 200); p.Count != 4 || p.Total != 4 || p.Status != nil {
		t.Errorf("all: %+v", p)
	}
	if p := httpapitest.Decode[list](t, d.do("GET", path+"?limit=3&offset=3", ""), 200); p.Count != 1 || p.Total != 4 {
		t.Errorf("second page: %+v", p)
	}
	if p := httpapitest.Decode[list](t, d.do("GET", base+"/product/p-2/store/MAD-001", ""), 200); p.Total != 0 || p.Reservations == nil {
		t.Errorf("another product: %+v", p)
	}
	httpapitest.WantInvalid(t, d.do("GET", path+"?status=lost", ""), "status")
	httpapitest.WantInvalid(t, d.do("GET", path+"?store=x", ""), "store")
	httpapitest.WantInvalid(t, d.do("GET", base+"/product/p-1/store/-", ""), "store_id")
}

func TestStats(t *testing.T) {
	d := openDesk(t)
	const none = `{"total_reservations":0,"pending_reservations":0,"confirmed_reservations":0,"cancelled_reservations":0,` +
		`"expired_reservations":0,"by_status":{"cancelled":0,"confirmed":0,"expired":0,"pending":0}}`
	stats := func(key string) string {
		t.Helper()
		w := d.as(key, "GET", base+"/stats", "")
		if w.Code != 200 {
			t.Errorf("answer %d %s", w.Code, w.Body)
		}
		return strings.TrimSpace(w.Body.String())
	}
	if got := stats(admin); got != none {
		t.Errorf("at first %s", got)
	}
	everyStatus(d)
	all := strings.NewReplacer(`"total_reservations":0`, `"total_reservations":5`, `"pending_reservations":0`, `"pending_reservations":2`,
		`"pending":0`, `"pending":2`, ":0", ":1").Replace(none)
	if got := stats(admin); got != all {
		t.Errorf("then %s, want %s", got, all)
	}
	if got := stats("k-read"); got != all {
		t.Errorf("a key that reads sees %s", got)
	}
	own := strings.NewReplacer(`_reservations":5`, `_reservations":4`, `:2`, `:1`).Replace(all)
	if got := stats("k-madrid"); got != own {
		t.Errorf("a key of one store sees %s, want %s", got, own)
	}
	httpapitest.WantInvalid(t, d.do("GET", base+"/stats?store_id=MAD-001", ""), "store_id")
}
