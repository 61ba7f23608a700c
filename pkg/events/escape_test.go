package events_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// Each character by itself: beside another that must be escaped, a wrong one
// would not show.
func TestNew_EscapesEachCharacter(t *testing.T) {
	for c := range 256 {
		text := "a" + string([]byte{byte(c)}) + "b"
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := events.New(events.Meta{ID: text, At: time.Unix(0, 0)}, inventory.StockCreated{ProductID: "product-1"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(e.Document()), `{"id":`+string(want)+`,`) {
			t.Errorf("character %#x: %s, want %s", c, e.Document(), want)
		}
	}
}
