// Package events carries the changes of one service to others: the envelope of
// an event, the ports that a broker adapter implements, and the delivery to a
// handler. It knows no event type: a payload is any struct that implements Body,
// and those of the inventory are in package inventory. It imports the standard
// library and package clock.
//
// An event is encoded once, when it is created. The outbox stores that document,
// the relay publishes it and a broker carries it as it is.
package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
)

// TimeFormat is the text of a time in events and tables.
const TimeFormat = clock.TextFormat

// FormatTime returns t in TimeFormat.
func FormatTime(t time.Time) string {
	return string(clock.AppendText(make([]byte, 0, len(TimeFormat)), t))
}

// DeadLetterSuffix is appended to the name of a stream or topic: the result names
// the one for events that no attempt could handle.
const DeadLetterSuffix = ".dlq"

// Type is an event_type.
type Type string

// Aggregate is an aggregate_type.
type Aggregate string

// Event is one event: its envelope, its payload, and the document that holds
// both. Create it with New or Decode, and do not change it afterwards.
type Event struct {
	ID            string          // UUIDv7, the idempotency key of consumers
	Type          Type            //
	AggregateType Aggregate       //
	AggregateID   string          //
	StoreID       string          // empty where there is none
	CreatedAt     time.Time       // UTC, to the millisecond
	Version       int64           // of the row that changed; 0 where there is none
	Actor         string          // name of the API key, or of the service that acted by itself; empty in events of releases without actors
	Traceparent   string          // W3C trace context of the causing request; empty when not traced
	Payload       json.RawMessage // part of the document
	document      []byte
}

// Subject names the object of an event; each payload knows its own.
type Subject struct {
	Type          Type
	AggregateType Aggregate
	AggregateID   string
	StoreID       string
}

// Body is a payload: a struct that JSON encodes. A package defines an event type
// of its own by a struct with this method, on its value.
type Body interface {
	Subject() Subject
}

// Meta has the fields of an event that its payload does not have.
type Meta struct {
	ID          string    // UUIDv7
	At          time.Time // time of the change
	Version     int64     // 0 for none
	Actor       string    // name of the API key or of the service
	Traceparent string    // empty for none
}

// envelope is the document without its payload, as Decode reads it.
type envelope struct {
	ID            string    `json:"id"`
	Type          Type      `json:"event_type"`
	AggregateType Aggregate `json:"aggregate_type"`
	AggregateID   string    `json:"aggregate_id"`
	StoreID       string    `json:"store_id,omitempty"`
	CreatedAt     string    `json:"created_at"`
	Version       int64     `json:"version,omitempty"`
	Actor         string    `json:"actor,omitempty"`
	Traceparent   string    `json:"traceparent,omitempty"`
}

// New returns an encoded event with body as its payload.
func New(meta Meta, body Body) (Event, error) {
	s := body.Subject()
	payload, err := json.Marshal(body)
	if err != nil {
		return Event{}, fmt.Errorf("encode payload of %s: %w", s.Type, err)
	}
	return assemble(Event{
		ID: meta.ID, Type: s.Type, AggregateType: s.AggregateType, AggregateID: s.AggregateID, StoreID: s.StoreID,
		CreatedAt: meta.At.UTC().Truncate(time.Millisecond), Version: meta.Version, Actor: meta.Actor,
		Traceparent: meta.Traceparent,
	}, payload), nil
}

// ErrMalformed is in the chain of the errors of Decode and Restore.
var ErrMalformed = errors.New("malformed event")

var errIncomplete = fmt.Errorf("%w: id, event_type, aggregate_id or payload is missing", ErrMalformed)

// Decode reads the envelope of a document and leaves its payload encoded. The
// event keeps document, which must not change afterwards.
func Decode(document []byte) (Event, error) {
	var d struct {
		envelope
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	at, err := time.Parse(time.RFC3339Nano, d.CreatedAt)
	if err != nil {
		return Event{}, fmt.Errorf("%w: created_at: %w", ErrMalformed, err)
	}
	if d.ID == "" || d.Type == "" || d.AggregateID == "" || len(d.Payload) == 0 {
		return Event{}, errIncomplete
	}
	return Event{
		ID: d.ID, Type: d.Type, AggregateType: d.AggregateType, AggregateID: d.AggregateID, StoreID: d.StoreID,
		CreatedAt: at.UTC(), Version: d.Version, Actor: d.Actor, Traceparent: d.Traceparent, Payload: d.Payload, document: document,
	}, nil
}

// Document returns the event as the broker carries it. The caller must not
// change it.
func (e Event) Document() []byte { return e.document }

// OrderingKey returns the key within which events keep their order: the
// aggregate's id.
func (e Event) OrderingKey() string { return e.AggregateID }

// PayloadAs decodes the payload of e. An error means that the event does not
// fit its type; trying again does not help.
func PayloadAs[T Body](e Event) (T, error) {
	var body T
	if err := json.Unmarshal(e.Payload, &body); err != nil {
		return body, fmt.Errorf("%w: payload of %s: %w", ErrMalformed, e.Type, err)
	}
	return body, nil
}
