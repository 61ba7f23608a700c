package notifier_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
)

func (d *fixture) get(target string) *httptest.ResponseRecorder { return d.send("GET", target, "") }

// Alerts that are raised during a walk are newer than its beginning, and do not move
// others.
func TestWalk_Alerts(t *testing.T) {
	d := openNotifier(t)
	d.createRule(inventory.TypeReservationExpired, 1, 60, 1, "")
	const alerts = 30
	stores := []string{"MAD-001", "BCN-001"}
	for i := range alerts {
		d.clock.Advance(2 * time.Second)
		d.recordAll(d.expired(stores[i%2], d.clock.Now()))
	}
	idOf := func(a raised) string { return a.ID }
	for query, want := range map[string]int{"?limit=7": alerts, "?limit=7&store_id=MAD-001": alerts / 2} {
		var ids []string
		for _, a := range d.alerts("?limit=100" + query[len("?limit=7"):]).Data[:want] {
			ids = append(ids, a.ID)
		}
		seen := httpapitest.Walk[raised](t, d.get, "/api/v1/alerts"+query, "data", func() {
			d.clock.Advance(2 * time.Second)
			d.recordAll(d.expired("MAD-001", d.clock.Now()))
		})
		httpapitest.Once(t, seen, idOf, ids...)
		// The next round counts from the first event again.
		if p := d.alerts("?limit=100" + query[len("?limit=7"):]); int(p.Total) != len(p.Data) {
			t.Errorf("%s: total %d, %d alerts", query, p.Total, len(p.Data))
		}
	}
}

// TestWalk_Deliveries: deliveries change their state and new ones come between
// the pages.
func TestWalk_Deliveries(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := d.subscribe(e.URL, "")
	const deliveries = 30
	for i := range deliveries {
		d.publish(fmt.Sprint("p-", i), "MAD-001", 1)
		e.next()
	}
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == deliveries })
	var ids []string
	for _, x := range d.deliveries(h.ID, "?limit=100").Data {
		ids = append(ids, x.ID)
	}
	more := 0
	for _, query := range []string{"?limit=7", "?limit=7&state=delivered"} {
		seen := httpapitest.Walk[delivery](t, d.get, "/api/v1/webhooks/"+h.ID+"/deliveries"+query, "data", func() {
			more++
			d.publish(fmt.Sprint("more-", more), "MAD-001", 1)
			e.next()
		})
		httpapitest.Once(t, seen, func(x delivery) string { return x.ID }, ids...)
	}
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == deliveries+more })
	if all, pending := d.deliveries(h.ID, "").Total, d.deliveries(h.ID, "?state=pending").Total; all != deliveries+more || pending != 0 {
		t.Errorf("%d deliveries and %d pending, want %d and none", all, pending, deliveries+more)
	}
}

// TestWalk_WebhooksAndRules: members are deleted and added between the pages.
func TestWalk_WebhooksAndRules(t *testing.T) {
	d := openNotifier(t)
	type member struct {
		ID string `json:"id"`
	}
	for path, add := range map[string]func() string{
		"/api/v1/webhooks":     func() string { return d.subscribe("https://example.com", "").ID },
		"/api/v1/alerts/rules": func() string { return d.createRule(inventory.TypeStockLow, 1, 60, 60, "").ID },
	} {
		var ids, stay []string
		for i := range 30 {
			ids = append(ids, add())
			if i%2 == 0 {
				stay = append(stay, ids[i])
			}
		}
		next := 1
		seen := httpapitest.Walk[member](t, d.get, path+"?limit=7", "data", func() {
			if w := d.send("DELETE", path+"/"+ids[next], ""); w.Code != 204 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			next += 2
		})
		httpapitest.Once(t, seen, func(m member) string { return m.ID }, stay...)
		if next == 1 {
			t.Errorf("%s: nothing changed during the walk", path)
		}
	}
}
