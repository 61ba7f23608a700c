package events_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// A parcel is scanned on its way. The tags name the fields of the payload; the
// method is all that makes the struct the payload of an event type.
type parcelScanned struct {
	ParcelID string `json:"parcel_id"`
	Place    string `json:"place"`
}

const typeParcelScanned events.Type = "parcel.scanned"

// Subject implements events.Body. Scans of one parcel keep their order, since
// they have the same aggregate id.
func (p parcelScanned) Subject() events.Subject {
	return events.Subject{Type: typeParcelScanned, AggregateType: "parcel", AggregateID: p.ParcelID}
}

// An event type of one's own, published to a broker and received by a consumer
// that keeps the last place of each parcel. Any adapter of the broker serves it;
// here it is the embedded one.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	broker, err := embedded.Open(ctx, embedded.Options{Path: filepath.Join(folder, "broker.db")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = broker.Close() }()

	publisher := broker.Publisher()
	publish := func(version int64, place string) {
		e, err := events.New(
			events.Meta{ID: fmt.Sprint("event-", version), At: time.Now(), Version: version, Actor: "scanner"},
			parcelScanned{ParcelID: "P-1", Place: place},
		)
		if err == nil {
			err = publisher.Publish(ctx, e)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	publish(1, "Madrid")
	publish(1, "Madrid") // the same once more
	publish(2, "Barcelona")

	versions := map[string]int64{} // of a real consumer: a column of a table
	err = broker.Subscriber().Subscribe(ctx, events.Subscription{
		Group: "places", Types: []events.Type{typeParcelScanned},
		Handler: func(_ context.Context, e events.Event) error {
			scan, err := events.PayloadAs[parcelScanned](e)
			if err != nil {
				return err // no attempt will succeed: it becomes a dead letter
			}
			if e.Version <= versions[scan.ParcelID] {
				return nil // delivered before
			}
			versions[scan.ParcelID] = e.Version
			fmt.Println(scan.ParcelID, "is in", scan.Place)
			if e.Version == 2 {
				stop()
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// P-1 is in Madrid
	// P-1 is in Barcelona
}

func ExampleNew() {
	e, err := events.New(events.Meta{
		ID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", At: time.Date(2026, 3, 28, 15, 4, 5, 0, time.UTC), Version: 7, Actor: "Scanner 4",
	}, parcelScanned{ParcelID: "P-1", Place: "Madrid"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Type, "of", e.OrderingKey(), "at", events.FormatTime(e.CreatedAt))
	fmt.Println(string(e.Payload))
	// Output:
	// parcel.scanned of P-1 at 2026-03-28T15:04:05.000Z
	// {"parcel_id":"P-1","place":"Madrid"}
}

// A handler says which errors pass by themselves: these are tried again without
// end, and the event is never a dead letter because of them.
func ExampleTemporary() {
	away := errors.New("connection refused")
	err := events.Temporary(fmt.Errorf("ask catalog: %w", away))
	fmt.Println(events.IsTemporary(err), errors.Is(err, away))
	// Output: true true
}
