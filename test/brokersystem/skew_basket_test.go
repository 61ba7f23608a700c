package brokersystem_test

import (
	"fmt"
	"net/http"
)

// basket reserves units of two products at once, once reservation is of this release,
// and ends the reservation in parts, beside the shoppers. The services of the previous
// release get its events. A stock of that release settles only whole holds: parts have
// to wait for its upgrade, and a whole confirm does not.
func (w *shoppers) basket() {
	t, s := w.s.t, w.s
	t.Helper()
	if s.services[reservation].isPrevious() {
		return
	}
	first, second := s.stocked(t, 100), s.stocked(t, 100)
	w.note(func() { w.goods += 2 })
	units := func(product string, quantity int) map[string]any {
		return map[string]any{"product_id": product, "store_id": madrid, "quantity": quantity}
	}
	lines := func(list ...any) map[string]any { return map[string]any{"lines": list} }
	body := lines(units(first, 5), units(second, 3))
	body["customer_id"], body["ttl_seconds"] = "customer", 3600
	path := ordersPath + "/" + must[string](t)(w.post(ordersPath, body, http.StatusCreated))
	wantFirst, wantSecond := int64(95), int64(97)
	some := lines(units(first, 2))
	some["remainder"] = "keep"
	if s.services[stock].isPrevious() {
		a := must[answer](t)(s.send(http.MethodPost, path+"/confirm", some))
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("a part before the upgrade of stock: %s", a)
		}
		must[string](t)(w.post(path+"/confirm", nil, http.StatusOK))
	} else {
		must[string](t)(w.post(path+"/confirm", some, http.StatusOK))
		must[string](t)(w.post(path+"/cancel", lines(units(second, 1)), http.StatusOK))
		must[string](t)(w.post(path+"/confirm", nil, http.StatusOK))
		must[string](t)(w.post(path+"/return", lines(units(first, 1)), http.StatusOK))
		wantFirst, wantSecond = 96, 98
	}
	if r := must[order](t)(callFor[order](s.client, http.MethodGet, path, nil, http.StatusOK)); r.Status != "confirmed" || r.ProductID != "" {
		t.Errorf("the basket is %+v", r)
	}
	eventually(t, "the settlement of the basket", func() error {
		for product, want := range map[string]int64{first: wantFirst, second: wantSecond} {
			if row, err := s.row(product); err != nil || row.Quantity != want || row.Reserved != 0 {
				return fmt.Errorf("%+v, want %d units and none reserved: %w", row, want, err)
			}
		}
		return nil
	})
	s.allRecorded()
	s.noDeadLetters()
}

// isPrevious reports whether the service is of the previous release.
func (s *service) isPrevious() bool {
	s.t.Helper()
	return must[health](s.t)(s.health()).Version == previousVersion
}

// noDeadLetters fails the test if a consumer has given up an event.
func (s *system) noDeadLetters() {
	s.t.Helper()
	letters, err := s.stream.open(s.t).Inspector.DeadLetters(s.t.Context(), "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range letters {
		s.t.Errorf("%s has given up event %s: %s", l.Group, l.EventID, l.Reason)
	}
}
