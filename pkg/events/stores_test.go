package events_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

func TestEvent_Stores(t *testing.T) {
	var lines, hundred []string
	for i := range 100 {
		hundred = append(hundred, fmt.Sprintf("S-%03d", i))
		lines = append(lines, fmt.Sprintf(`{"product_id":"p","store_id":%q}`, hundred[i]))
	}
	for name, test := range map[string]struct {
		eventType events.Type
		envelope  string
		payload   string
		want      []string
	}{
		"product":              {inventory.TypeProductCreated, "", `{"id":"p"}`, nil},
		"row":                  {inventory.TypeStockUpdated, "MAD-001", `{"product_id":"p","store_id":"MAD-001"}`, []string{"MAD-001"}},
		"transfer":             {inventory.TypeStockTransferred, "", `{"from_store":"MAD-001","to_store":"BCN-001"}`, []string{"BCN-001", "MAD-001"}},
		"lines of 100":         {inventory.TypeReservationCreated, "S-007", `{"lines":[` + strings.Join(lines, ",") + `]}`, hundred},
		"newer transfer":       {"transfer.shipped", "", `{"from_store_id":"A","to_store_id":"B","lines":[{"product_id":"p"}]}`, []string{"A", "B"}},
		"newer, of a supplier": {"transfer.requested", "", `{"supplier":"s","to_store_id":"B","lines":[]}`, []string{"B"}},
		"envelope only":        {"count.applied", "A", `{"lines":null}`, []string{"A"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := events.Event{Type: test.eventType, StoreID: test.envelope, Payload: []byte(test.payload)}.Stores()
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
	for name, e := range map[string]events.Event{
		"payload is a list":     {Type: inventory.TypeStockUpdated, StoreID: "MAD-001", Payload: []byte(`[]`)},
		"lines of another kind": {Type: "newer", StoreID: "MAD-001", Payload: []byte(`{"lines":["BCN-001"]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := e.Stores(); !errors.Is(err, events.ErrMalformed) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
