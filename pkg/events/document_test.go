package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// reference is the envelope as encoding/json writes it.
type reference struct {
	ID            string          `json:"id"`
	Type          string          `json:"event_type"`
	AggregateType string          `json:"aggregate_type"`
	AggregateID   string          `json:"aggregate_id"`
	StoreID       string          `json:"store_id,omitempty"`
	CreatedAt     string          `json:"created_at"`
	Version       int64           `json:"version,omitempty"`
	Actor         string          `json:"actor,omitempty"`
	Traceparent   string          `json:"traceparent,omitempty"`
	Payload       json.RawMessage `json:"payload"`
}

func FuzzRestore(f *testing.F) {
	f.Add("event-1", "product-1", "MAD-001", "Store Madrid", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", int64(7), int64(1785585600123))
	f.Add("1", "2", "", "", "", int64(0), int64(0))
	f.Add(`quote " and \`, "<b>&", "naïve 商品", "<Ñ> & \"co\"", "tab\tnul\x00\x7f", int64(-1), int64(-62135596800000))
	f.Add("not UTF-8: \xff\xc0", "line\u2028separator", "\xff", "\u2029", "~ ", int64(1)<<62, int64(999))
	f.Fuzz(func(t *testing.T, id, aggregate, store, actor, traceparent string, version, ms int64) {
		const latest = 253402300799999 // the last millisecond of the year 9999
		if id == "" || aggregate == "" || ms < -62135596800000 || ms > latest {
			t.Skip("unsupported: no event has this")
		}
		meta := events.Meta{ID: id, At: time.UnixMilli(ms), Version: version, Actor: actor, Traceparent: traceparent}
		made, err := events.New(meta, inventory.StockCreated{ProductID: aggregate, StoreID: store, Quantity: 3})
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(reference{
			ID: id, Type: "stock.created", AggregateType: "stock", AggregateID: aggregate, StoreID: store,
			CreatedAt: meta.At.UTC().Format(events.TimeFormat), Version: version, Actor: actor, Traceparent: traceparent, Payload: made.Payload,
		})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(made.Document(), want) {
			t.Errorf("New made\n%s, want\n%s", made.Document(), want)
		}
		restored, err := events.Restore(events.Event{
			ID: id, Type: made.Type, AggregateType: made.AggregateType, AggregateID: aggregate, StoreID: made.StoreID,
			CreatedAt: made.CreatedAt, Version: version, Actor: actor, Traceparent: traceparent,
		}, string(made.Payload))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(restored.Document(), want) || !bytes.Equal(restored.Payload, made.Payload) {
			t.Errorf("restored\n%s, want\n%s", restored.Document(), want)
		}
	})
}

func TestRestore_refuses(t *testing.T) {
	whole := events.Event{
		ID: "event-1", Type: inventory.TypeStockCreated, AggregateType: inventory.AggregateStock, AggregateID: "product-1",
	}
	if _, err := events.Restore(whole, `{}`); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(e *events.Event, payload *string){
		"id":           func(e *events.Event, _ *string) { e.ID = "" },
		"event_type":   func(e *events.Event, _ *string) { e.Type = "" },
		"aggregate_id": func(e *events.Event, _ *string) { e.AggregateID = "" },
		"payload":      func(_ *events.Event, payload *string) { *payload = "" },
	} {
		t.Run(name, func(t *testing.T) {
			e, payload := whole, `{}`
			damage(&e, &payload)
			if _, err := events.Restore(e, payload); !errors.Is(err, events.ErrMalformed) || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFormatTime(t *testing.T) {
	zone := time.FixedZone("east", 5*60*60)
	for _, at := range []time.Time{
		{},
		time.Date(2026, 8, 1, 12, 0, 0, 999_999_999, zone),
		time.Date(2026, 12, 31, 23, 59, 59, 5_000_000, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 120_000_000, time.UTC),
	} {
		if got, want := events.FormatTime(at), at.UTC().Format(events.TimeFormat); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
