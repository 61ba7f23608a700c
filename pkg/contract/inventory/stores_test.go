package inventory_test

import (
	"errors"
	"slices"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

func TestStores(t *testing.T) {
	for name, test := range map[string]struct {
		event events.Event
		want  []string
	}{
		"transfer":            {events.Event{Type: inventory.TypeStockTransferred, Payload: []byte(`{"from_store":"MAD-001","to_store":"BCN-001"}`)}, []string{"BCN-001", "MAD-001"}},
		"transfer on the way": {events.Event{Type: inventory.TypeTransferShipped, Payload: []byte(`{"from_store_id":"MAD-001","to_store_id":"BCN-001","lines":[{}]}`)}, []string{"BCN-001", "MAD-001"}},
		"delivery":            {events.Event{Type: inventory.TypeTransferReceived, Payload: []byte(`{"supplier":"s","to_store_id":"BCN-001","lines":[{}]}`)}, []string{"BCN-001"}},
		"row":                 {events.Event{Type: inventory.TypeStockUpdated, StoreID: "MAD-001", Payload: []byte(`{"store_id":"MAD-001"}`)}, []string{"MAD-001"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := inventory.Stores(test.event); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
	for name, payload := range map[string]string{
		"transfer without a store":     `{"from_store":"MAD-001"}`,
		"transfer without both stores": `{}`,
		"transfer to an empty store":   `{"from_store":"MAD-001","to_store":""}`,
		"transfer that is a list":      `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := inventory.Stores(events.Event{Type: inventory.TypeStockTransferred, Payload: []byte(payload)}); !errors.Is(err, events.ErrMalformed) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	for name, payload := range map[string]string{
		"transfer on the way without a source": `{"to_store_id":"BCN-001","lines":[]}`,
		"transfer on the way without a target": `{"from_store_id":"MAD-001","lines":[]}`,
		"transfer on the way of two sources":   `{"from_store_id":"MAD-001","supplier":"s","to_store_id":"BCN-001","lines":[]}`,
		"transfer on the way that is a list":   `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := inventory.Stores(events.Event{Type: inventory.TypeTransferShipped, Payload: []byte(payload)}); !errors.Is(err, events.ErrMalformed) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
