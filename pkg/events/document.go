package events

import (
	"encoding/json"
	"strconv"
	"strings"

	"inventory.example/pkg/clock"
)

// Restore returns an event that was stored as its fields, with the document that
// New created, byte for byte. The payload must be JSON; that of e is ignored. Like
// Decode, it returns ErrMalformed if a field is missing.
func Restore[T string | []byte](e Event, payload T) (Event, error) {
	if e.ID == "" || e.Type == "" || e.AggregateID == "" || len(payload) == 0 {
		return Event{}, errIncomplete
	}
	return assemble(e, payload), nil
}

// assemble returns e with its document and its payload, which is JSON.
func assemble[T string | []byte](e Event, payload T) Event {
	const punctuation = 172 // names, quotes and the time
	d := make([]byte, 0, punctuation+len(e.ID)+len(e.Type)+len(e.AggregateType)+len(e.AggregateID)+
		len(e.StoreID)+len(e.Actor)+len(e.Traceparent)+len(payload))
	d = appendText(append(d, `{"id":`...), e.ID)
	d = appendText(append(d, `,"event_type":`...), string(e.Type))
	d = appendText(append(d, `,"aggregate_type":`...), string(e.AggregateType))
	d = appendText(append(d, `,"aggregate_id":`...), e.AggregateID)
	if e.StoreID != "" {
		d = appendText(append(d, `,"store_id":`...), e.StoreID)
	}
	d = append(d, `,"created_at":"`...)
	d = append(clock.AppendText(d, e.CreatedAt), '"')
	if e.Version != 0 {
		d = strconv.AppendInt(append(d, `,"version":`...), e.Version, 10)
	}
	if e.Actor != "" {
		d = appendText(append(d, `,"actor":`...), e.Actor)
	}
	if e.Traceparent != "" {
		d = appendText(append(d, `,"traceparent":`...), e.Traceparent)
	}
	d = append(d, `,"payload":`...)
	start := len(d)
	d = append(d, payload...)
	end := len(d)
	d = append(d, '}')
	e.Payload, e.document = d[start:end:end], d
	return e
}

// plain has the characters that JSON does not escape.
var plain = func() (list [256]bool) {
	for c := ' '; c <= '~'; c++ {
		list[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	return list
}()

// appendText appends text as encoding/json encodes it. Nearly all texts are ids
// and names without a character to escape.
func appendText(d []byte, text string) []byte {
	for i := range len(text) {
		if !plain[text[i]] {
			encoded, err := json.Marshal(text)
			if err != nil {
				panic(err) // strings always encode
			}
			return append(d, encoded...)
		}
	}
	d = append(d, '"')
	d = append(d, text...)
	return append(d, '"')
}
