package reservation_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// line is a line of a reservation as clients see it.
type line struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Requested int64  `json:"requested"`
	Confirmed int64  `json:"confirmed"`
	Released  int64  `json:"released"`
	Returned  int64  `json:"returned"`
}

// order is the part of a reservation that it has since it has lines.
type order struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Reference string `json:"reference"`
	Lines     []line `json:"lines"`
	Version   int64  `json:"version"`
	ExpiresAt string `json:"expires_at"`
}

func (d *desk) order(id string) order {
	d.t.Helper()
	return httpapitest.Decode[order](d.t, d.do("GET", base+"/"+id, ""), 200)
}

func (d *desk) wantOrder(want order) {
	d.t.Helper()
	got := d.order(want.ID)
	if want.ExpiresAt == "" {
		got.ExpiresAt = ""
	}
	if !reflect.DeepEqual(got, want) {
		d.t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReservation_lines(t *testing.T) {
	t.Run("of every status", testReservationLinesOfEveryStatus)
	t.Run("in events", testReservationLinesInEvents)
	t.Run("with a reference", testReservationReference)
}

func testReservationLinesOfEveryStatus(t *testing.T) {
	d := openDesk(t)
	for end, want := range map[string]line{"": {}, "confirm": {Confirmed: 2}, "cancel": {Released: 2}} {
		want.ProductID, want.StoreID, want.Quantity, want.Requested = "p-1", "MAD-001", 2, 2
		r, status, version := d.reserve(2), "pending", int64(1)
		if end != "" {
			status, version = httpapitest.Decode[order](t, d.do("POST", base+"/"+r.ID+"/"+end, ""), 200).Status, 2
		}
		d.wantOrder(order{ID: r.ID, Status: status, Lines: []line{want}, Version: version})
	}
}

func testReservationLinesInEvents(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(2, `, "reference": "order-1001"`)
	d.do("POST", base+"/"+r.ID+"/confirm", "")
	for i, want := range []string{
		`"status":"pending","reference":"order-1001","lines":[{"product_id":"p-1","store_id":"MAD-001","requested":2,"quantity":2,"confirmed":0,"released":0,"returned":0,"restocked":0}]`,
		`"customer_id":"c-1","status":"confirmed","reference":"order-1001","lines":[{"product_id":"p-1","store_id":"MAD-001","requested":2,"quantity":2,"confirmed":2,"released":0,"returned":0,"restocked":0}]`,
	} {
		payload := string(d.events("")[i].Payload)
		if !json.Valid([]byte(payload)) || !strings.Contains(payload, want) {
			t.Errorf("event %d: payload %s, want in it %s", i, payload, want)
		}
	}
}

func testReservationReference(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(1, `, "reference": "Nº 1/2"`)
	d.wantOrder(order{
		ID: r.ID, Status: "pending", Reference: "Nº 1/2", Version: 1,
		Lines: []line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 1, Requested: 1}},
	})
	if r := d.reserve(1, `, "reference": null`); d.order(r.ID).Reference != "" {
		t.Error("null is a reference")
	}
	for _, bad := range []string{`""`, `" "`, `"a\nb"`, `7`, `"` + strings.Repeat("x", 129) + `"`} {
		httpapitest.WantProblem(t, d.do("POST", base, body(1, `, "reference": `+bad)), 400, problem.ValidationError)
	}
	d.reserve(1, `, "reference": "`+strings.Repeat("№", 128)+`"`)
	// It belongs to the request: with another one the key was used by another request.
	key := []string{"Idempotency-Key", "k"}
	httpapitest.Decode[item](t, d.do("POST", base, body(1, `, "reference": "a"`), key...), 201)
	httpapitest.WantProblem(t, d.do("POST", base, body(1, `, "reference": "b"`), key...), 422, problem.IdempotencyKeyReused)
}
