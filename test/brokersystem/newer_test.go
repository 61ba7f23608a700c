package brokersystem_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/process"
)

// TestEventsOfANewerRelease publishes events of a later release: with unknown
// types, and with unknown fields in the envelope and in the payload. Consumers
// acknowledge the first and ignore the second, and none becomes a dead letter.
func TestEventsOfANewerRelease(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		s := newSystem(t, on.shared(t))
		product := s.stocked(t, 10)
		nobody := process.NewID() // a reservation that does not exist
		const name = "The name of a newer release"
		s.newer(t, "stock.counted", product, `{"counted": 7}`)
		s.newer(t, "pallet.moved", product, `{"to": "gate 7"}`)
		s.newer(t, inventory.TypeStockReserved, product, fmt.Sprintf(`{"reservation_id": %q, "new": 1}`, nobody)) // for reservation
		s.newer(t, inventory.TypeReservationExpired, nobody, fmt.Sprintf(`{"reservation_id": %q, "new": 1}`, nobody))
		s.newer(t, inventory.TypeReservationCancelled, nobody, fmt.Sprintf(`{"reservation_id": %q, "new": {"a": []}}`, nobody))
		s.newer(t, inventory.TypeProductUpdated, product, fmt.Sprintf(
			`{"id": %q, "sku": "SKU", "name": %q, "price": "1.00", "version": 2, "new": ["a"]}`, product, name))
		eventually(t, "the product's name in stock", func() error {
			row, err := s.row(product)
			if err == nil && row.ProductName != name {
				err = fmt.Errorf("it is %q", row.ProductName)
			}
			return err
		})
		s.allRecorded() // also those of unknown types
		inspector := s.stream.open(t).Inspector
		s.worksOn(t, inspector)
		letters, err := inspector.DeadLetters(t.Context(), "", 100)
		if err != nil || len(letters) > 0 {
			t.Errorf("dead letters: %+v, %v", letters, err)
		}
	})
}

// newer publishes an event with fields in its envelope that no release has.
func (s *system) newer(t testing.TB, kind events.Type, key, payload string) {
	t.Helper()
	id := process.NewID()
	s.stream.foreign[id] = true
	aggregate, _, _ := strings.Cut(string(kind), ".")
	s.stream.put(t, key, fmt.Sprintf(`{"id": %q, "event_type": %q, "aggregate_type": %q, "aggregate_id": %q, "created_at": %q, `+
		`"version": 2, "tenant": "a", "links": {"self": []}, "payload": %s}`,
		id, kind, aggregate, key, events.FormatTime(time.Now()), payload))
}

// worksOn waits until every consumer has acknowledged all published events, and
// those of a new reservation.
func (s *system) worksOn(t testing.TB, inspector events.Inspector) {
	t.Helper()
	product := s.stocked(t, 10)
	s.finishMany(t, s.reserveMany(t, product, 2, 1))
	s.allRecorded()
	eventually(t, "the consumers", func() error {
		groups, err := inspector.Groups(t.Context())
		for _, g := range groups {
			if err == nil && g.Lag > 0 {
				err = fmt.Errorf("%s has %d events before it", g.Name, g.Lag)
			}
		}
		return err
	})
}
