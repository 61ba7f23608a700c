package reservation_test

import (
	"reflect"
	"strings"
	"testing"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// TestReturnToStore: stock says whether sold units may be returned to another store,
// before the return is decided.
func TestReturnToStore(t *testing.T) {
	const toUnknown = `, "to_store_id": "VLC-01"`
	sold := func(t *testing.T) (*desk, item) {
		d := openDesk(t)
		r := d.reserve(10)
		d.sendEnd(r.ID, "confirm", "")
		d.stock.unknown = map[string]bool{"VLC-01": true}
		return d, r
	}
	t.Run("refuses an unknown one", func(t *testing.T) {
		d, r := sold(t)
		p := httpapitest.WantProblem(t, d.sendEnd(r.ID, "return", part(1, toUnknown)), 404, problem.UnknownStore)
		if p.Detail != "There is no store VLC-01; the nearest id is BCN-001." {
			t.Errorf("detail %q", p.Detail)
		}
		if want := []stockwire.ReturnCheck{{StoreID: "VLC-01", ProductIDs: []string{"p-1"}}}; !reflect.DeepEqual(d.stock.checked, want) {
			t.Errorf("asked %v, want %v", d.stock.checked, want)
		}
		d.wantLine(r.ID, "confirmed", 2, 10, 0, 0)
	})
	t.Run("takes any with a stock of the release before", func(t *testing.T) {
		d, r := sold(t)
		d.stock.fail(stockwire.ReturnChecksPath, responding(404, problemType, `{"code": "NOT_FOUND", "status": 404}`))
		httpapitest.Decode[item](t, d.sendEnd(r.ID, "return", part(1, toUnknown)), 200)
	})
	t.Run("waits for stock", func(t *testing.T) {
		for name, f := range map[string]fault{
			"that is away": refused, "whose response is lost": lostAnswer, "behind a proxy": responding(404, "text/html", "<p>Not found</p>"),
			"that is not well": responding(503, problemType, `{"code": "STOCK_UNAVAILABLE", "status": 503}`),
		} {
			t.Run(name, func(t *testing.T) {
				d, r := sold(t)
				d.stock.fail(stockwire.ReturnChecksPath, f)
				w := d.sendEnd(r.ID, "return", part(1, `, "to_store_id": "BCN-001"`), "Idempotency-Key", "k-1")
				wantUnavailable(t, w)
				if !strings.Contains(w.Body.String(), "nothing was returned") {
					t.Errorf("body %s", w.Body)
				}
				d.wantLine(r.ID, "confirmed", 2, 10, 0, 0)
				httpapitest.Decode[item](t, d.sendEnd(r.ID, "return", part(1)), 200) // to its own store
				d.wantLine(r.ID, "confirmed", 3, 10, 0, 1)
			})
		}
	})
	t.Run("repeats a saved result without stock", func(t *testing.T) {
		d, r := sold(t)
		back := part(1, `, "to_store_id": "BCN-001"`)
		first := d.sendEnd(r.ID, "return", back, "Idempotency-Key", "k-1")
		d.stock.unknown["BCN-001"] = true
		d.stock.fail(stockwire.ReturnChecksPath, refused)
		again := d.sendEnd(r.ID, "return", back, "Idempotency-Key", "k-1")
		if first.Code != 200 || again.Code != 200 || first.Body.String() != again.Body.String() {
			t.Errorf("%d %s, then %d %s", first.Code, first.Body, again.Code, again.Body)
		}
	})
}
