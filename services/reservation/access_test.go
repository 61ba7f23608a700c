package reservation_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// route is a public route, as a request about a store.
type route struct {
	method, path, body string
	write              bool
	ofStore            bool // refused to a key of another store; otherwise narrowed
	byID               bool // not found by a key of another store
}

var requestID = regexp.MustCompile(`"request_id":"[0-9a-f]+"`)

// problemText is the text of a response without the id of the request and of the
// reservation.
func problemText(w *httptest.ResponseRecorder, id string) string {
	return strings.ReplaceAll(requestID.ReplaceAllString(w.Body.String(), ""), id, "ID")
}

func (d *desk) routes(store, id string) []route {
	return []route{
		{"POST", base, strings.Replace(body(1), "MAD-001", store, 1), true, true, false},
		{"GET", base + "/stats", "", false, false, false},
		{"GET", base + "/store/" + store + "/pending", "", false, true, false},
		{"GET", base + "/product/p-1/store/" + store, "", false, true, false},
		{"GET", base + "/" + id, "", false, false, true},
		{"POST", base + "/" + id + "/confirm", "", true, false, true},
		{"POST", base + "/" + id + "/cancel", "", true, false, true},
		{"GET", "/api/v1/events/reservation", "", false, false, false},
		{"GET", "/api/v1/events/reservation?store_id=" + store, "", false, true, false},
	}
}

func TestAccess(t *testing.T) {
	d := openDesk(t)
	own := d.reserve(1)
	foreign := httpapitest.Decode[item](t, d.do("POST", base, strings.Replace(body(1), "MAD", "BCN", 1)), 201)
	for _, r := range d.routes("BCN-001", foreign.ID) {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			httpapitest.WantProblem(t, d.request(r.method, r.path, r.body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, d.as("k-nobody", r.method, r.path, r.body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, d.as(serviceKey, r.method, r.path, r.body), 401, problem.Unauthorized)
			if r.write {
				httpapitest.WantProblem(t, d.as("k-read", r.method, r.path, r.body), 403, problem.Forbidden)
			} else if w := d.as("k-read", r.method, r.path, r.body); w.Code != 200 {
				t.Errorf("a key that reads: %d %s", w.Code, w.Body)
			}
			if w := d.as("k-madrid", r.method, r.path, r.body); r.byID {
				httpapitest.WantProblem(t, w, 404, problem.NotFound)
				absent := d.as("k-madrid", r.method, strings.Replace(r.path, foreign.ID, lost, 1), r.body)
				if problemText(w, foreign.ID) != problemText(absent, lost) {
					t.Errorf("%s tells that it exists: one that does not is answered %s", w.Body, absent.Body)
				}
			} else if r.ofStore {
				httpapitest.WantProblem(t, w, 403, problem.Forbidden)
			}
		})
	}
	d.wantStatus(foreign.ID, "pending")
	if n := len(d.stock.requests()); n != 2 {
		t.Errorf("stock was asked %d times", n)
	}
	for _, r := range d.routes("MAD-001", own.ID) {
		t.Run("own store: "+r.method+" "+r.path, func(t *testing.T) {
			w := d.as("k-madrid", r.method, r.path, r.body)
			if strings.HasSuffix(r.path, "/cancel") { // confirmed before
				httpapitest.WantProblem(t, w, 409, problem.InvalidState)
			} else if w.Code != 200 && w.Code != 201 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	t.Run("a key of some stores learns nothing about unknown ids", func(t *testing.T) {
		for _, verb := range []string{"confirm", "cancel"} {
			httpapitest.WantProblem(t, d.as("k-madrid", "POST", base+"/"+lost+"/"+verb, ""), 404, problem.NotFound)
		}
	})
	t.Run("paths that are none", func(t *testing.T) {
		httpapitest.WantProblem(t, d.do("GET", base+"/"+own.ID+"/confirm", ""), 405, problem.MethodNotAllowed)
		httpapitest.WantProblem(t, d.do("DELETE", base, ""), 405, problem.MethodNotAllowed)
		for _, path := range []string{"/", base + "/", "/internal/v1/holds"} {
			httpapitest.WantProblem(t, d.do("GET", path, ""), 404, problem.NotFound)
		}
	})
}
