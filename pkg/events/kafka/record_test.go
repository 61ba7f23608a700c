package kafka

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

var testConfig = Config{Brokers: []string{"127.0.0.1:1"}, Topic: "events", CreateTopics: true, Partitions: 6, Replication: -1}

func newEvent(t *testing.T, version int64, trace string) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: "event-1", Version: version, At: time.Unix(0, 0), Traceparent: trace},
		inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func expectHeaders(t *testing.T, r *kgo.Record, want map[string]string) {
	t.Helper()
	if len(r.Headers) != len(want) {
		t.Errorf("got headers %v, want %v", r.Headers, want)
	}
	for key, value := range want {
		if got := header(r, key); got != value {
			t.Errorf("header %s: got %q, want %q", key, got, value)
		}
	}
}

// eventRecord returns the record of one event.
func eventRecord(e events.Event, onlyGroup string) *kgo.Record {
	return testConfig.eventRecords([]events.Event{e}, onlyGroup)[0]
}

func TestConfig_eventRecords(t *testing.T) {
	plain := newEvent(t, 1, "")
	r := eventRecord(plain, "")
	if r.Topic != "events" || string(r.Key) != "product-1" || !bytes.Equal(r.Value, plain.Document()) {
		t.Errorf("got %+v", r)
	}
	expectHeaders(t, r, map[string]string{"event_type": "stock.updated"})
	expectHeaders(t, eventRecord(newEvent(t, 1, traceparent), "stock"), map[string]string{
		"event_type": "stock.updated", "traceparent": traceparent, "only_group": "stock",
	})
}

func TestConfig_letterRecord(t *testing.T) {
	letter := events.DeadLetter{
		Document: []byte("{}"), Group: "stock", Reason: "boom", Attempts: 5,
		FailedAt: time.Date(2025, 10, 28, 15, 4, 5, 123_000_000, time.UTC),
	}
	r := testConfig.letterRecord(letter, "event-1")
	if r.Topic != "events.dlq" {
		t.Errorf("got topic %s", r.Topic)
	}
	expectHeaders(t, r, map[string]string{
		"group": "stock", "reason": "boom", "attempts": "5", "failed_at": "2025-10-28T15:04:05.123Z", "event_id": "event-1",
	})
	r.Partition, r.Offset = 0, 7
	got := decodeDeadLetter(r)
	if got.ID != "0-7" || got.EventID != "event-1" || got.Group != letter.Group || got.Reason != letter.Reason ||
		got.Attempts != letter.Attempts || !got.FailedAt.Equal(letter.FailedAt) || !bytes.Equal(got.Document, letter.Document) {
		t.Errorf("got %+v, want %+v", got, letter)
	}
	letter.Reason = strings.Repeat("é", maxReason)
	if reason := header(testConfig.letterRecord(letter, ""), headerReason); len(reason) != maxReason {
		t.Errorf("a long reason has %d bytes, want %d", len(reason), maxReason)
	}
}

func TestParseLetterID(t *testing.T) {
	if p, offset, ok := parseLetterID(letterID(3, 12)); p != 3 || offset != 12 || !ok {
		t.Errorf("got %d, %d, %t", p, offset, ok)
	}
	for _, id := range []string{"", "1", "-1", "1-", "1-x", "01-2", "1-+2", "1-2-3", "99999999999-1"} {
		if _, _, ok := parseLetterID(id); ok {
			t.Errorf("%q was taken for an id", id)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		text, want string
		limit      int
	}{{"boom", "boom", 4}, {"boom", "boo", 3}, {"aé", "a", 2}, {"é", "", 1}} {
		if got := shorten(c.text, c.limit); got != c.want {
			t.Errorf("%q to %d bytes: got %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}
