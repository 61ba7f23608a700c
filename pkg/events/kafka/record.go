package kafka

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
)

// The headers of records. Those of an event repeat fields of its document, for
// tools that do not read documents; this package reads only headerOnlyGroup.
const (
	headerEventType   = "event_type"
	headerTraceparent = "traceparent"
	headerOnlyGroup   = "only_group" // the only group that gets the record

	headerGroup    = "group"
	headerReason   = "reason"
	headerAttempts = "attempts"
	headerFailedAt = "failed_at"
	headerEventID  = "event_id"
	// The record marks the dead letter with this id as removed, because it was
	// replayed or discarded. Other releases use the same name.
	headerRemoved = "replayed"
)

// maxReason bounds the reason of a dead letter, which may hold a stack, in
// bytes.
const maxReason = 16 << 10

// recordOverhead is an upper bound of the bytes that a batch of one record adds
// to its key and value.
const recordOverhead = 61 + 50

// eventRecords returns the records of the events, for all groups or for one. The
// records share their memory.
func (c Config) eventRecords(list []events.Event, onlyGroup string) []*kgo.Record {
	pointers, records := make([]*kgo.Record, len(list)), make([]kgo.Record, len(list))
	headers := make([]kgo.RecordHeader, 0, 2*len(list))
	now := time.Now() // the client would read the clock for each record
	for i := range list {
		e := &list[i]
		first := len(headers)
		for _, h := range [...][2]string{
			{headerEventType, string(e.Type)}, {headerTraceparent, e.Traceparent}, {headerOnlyGroup, onlyGroup},
		} {
			if h[1] != "" {
				headers = append(headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
			}
		}
		records[i] = kgo.Record{
			Topic: c.Topic, Key: []byte(e.OrderingKey()), Value: e.Document(), Headers: headers[first:len(headers):len(headers)],
			Timestamp: now,
		}
		pointers[i] = &records[i]
	}
	return pointers
}

// letterRecord returns the record of a dead letter.
func (c Config) letterRecord(l events.DeadLetter, eventID string) *kgo.Record {
	r := &kgo.Record{Topic: c.deadLetterTopic(), Value: l.Document}
	for _, h := range [][2]string{
		{headerGroup, l.Group},
		{headerReason, shorten(l.Reason, maxReason)},
		{headerAttempts, strconv.Itoa(l.Attempts)},
		{headerFailedAt, events.FormatTime(l.FailedAt)},
		{headerEventID, eventID},
	} {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
	}
	return r
}

// markerRecord returns the record that marks a dead letter as removed.
func (c Config) markerRecord(id string) *kgo.Record {
	return &kgo.Record{
		Topic: c.deadLetterTopic(), Headers: []kgo.RecordHeader{{Key: headerRemoved, Value: []byte(id)}},
	}
}

// header returns the value of a header, empty when there is none.
func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// letterID returns the id of the dead letter at a place in the topic.
func letterID(partition int32, offset int64) string { return fmt.Sprintf("%d-%d", partition, offset) }

// parseLetterID is the reverse of letterID.
func parseLetterID(id string) (partition int32, offset int64, ok bool) {
	first, second, _ := strings.Cut(id, "-")
	p, errPartition := strconv.ParseInt(first, 10, 32)
	offset, errOffset := strconv.ParseInt(second, 10, 64)
	ok = errPartition == nil && errOffset == nil && letterID(int32(p), offset) == id
	return int32(p), offset, ok
}

// recordSize returns an upper bound of the bytes of a batch with only r.
func recordSize(r *kgo.Record) int {
	size := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		size += len(h.Key) + len(h.Value) + 10 // two lengths
	}
	return size
}

// shorten cuts text to limit bytes at most, between two characters.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
