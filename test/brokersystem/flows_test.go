package brokersystem_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// TestFlows goes through the life of products and reservations, with each
// service in a process of its own.
func TestFlows(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		s := newSystem(t, on.shared(t))
		product := s.stocked(t, 100)
		confirmed := must[order](t)(s.reserve(product, 10, 3600))
		cancelled := must[order](t)(s.reserve(product, 20, 3600))
		s.wantsRow(t, product, 100, 30)
		expiring := must[order](t)(s.reserve(product, 5, 1)) // and may have expired before another look
		if r := must[order](t)(s.finish(confirmed.ID, "confirm")); r.Status != "confirmed" {
			t.Errorf("confirmed: %+v", r)
		}
		if r := must[order](t)(s.finish(cancelled.ID, "cancel")); r.Status != "cancelled" {
			t.Errorf("cancelled: %+v", r)
		}
		eventually(t, "the expiry", func() error {
			r, err := callFor[order](s.client, http.MethodGet, "/api/v1/reservations/"+expiring.ID, nil, http.StatusOK)
			if err == nil && r.Status != "expired" {
				err = fmt.Errorf("it is %s", r.Status)
			}
			return err
		})
		s.renamed(product)
		s.settled()
		s.wantsRow(t, product, 90, 0)
		s.stream.wantsOrder(t)
		s.stream.wantsTypes(t, map[events.Type]int{
			inventory.TypeProductCreated: 1, inventory.TypeProductUpdated: 1, inventory.TypeStockCreated: 1,
			inventory.TypeReservationCreated: 3, inventory.TypeStockReserved: 3, inventory.TypeReservationConfirmed: 1,
			inventory.TypeReservationCancelled: 1, inventory.TypeReservationExpired: 1, inventory.TypeStockUpdated: 1,
			inventory.TypeStockReleased: 2, inventory.TypeStoreUpdated: 1,
		})
		for _, name := range serviceNames {
			s.services[name].stop()
		}
	})
}

// renamed changes a product's name in catalog while stock is stopped, and waits
// until stock, which hears of it by the event only, knows it.
func (s *system) renamed(product string) {
	s.t.Helper()
	const name = "Another name"
	s.services[stock].stop()
	_, err := callFor[struct{ ID string }](s.client, http.MethodPut, "/api/v1/products/"+product, map[string]any{
		"sku": "SKU-" + product, "name": name, "price": 5,
	}, http.StatusOK)
	if err != nil {
		s.t.Fatal(err)
	}
	s.services[stock].start()
	eventually(s.t, "the product's name in stock", func() error {
		row, err := s.row(product)
		if err == nil && row.ProductName != name {
			err = errors.New(row.ProductName)
		}
		return err
	})
}

// wantsTypes fails the test unless the broker holds that many events of each
// type, and no others.
func (s *stream) wantsTypes(t testing.TB, want map[events.Type]int) {
	t.Helper()
	got := map[events.Type]int{}
	for _, e := range s.scan(t) {
		got[e.Type]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the broker holds %v, want %v", got, want)
	}
}
