package redisstream

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

func TestParseID(t *testing.T) {
	for _, text := range []string{"0-0", "1795489475077-100", "18446744073709551615-18446744073709551615"} {
		id, err := parseID(text)
		if err != nil || id.String() != text {
			t.Errorf("%s: got %s, %v", text, id, err)
		}
	}
	for _, text := range []string{"", "1", "1-", "-1", "a-1", "1-a", "1-1-1", "18446744073709551616-0", "(1-1"} {
		if id, err := parseID(text); err == nil {
			t.Errorf("%q was read as %s", text, id)
		}
	}
}

func TestEntryID_next(t *testing.T) {
	for id, want := range map[entryID]entryID{
		{}:                               {seq: 1},
		{ms: 5, seq: 7}:                  {ms: 5, seq: 8},
		{ms: 5, seq: math.MaxUint64}:     {ms: 6},
		idOf(time.UnixMilli(7)):          {ms: 7, seq: 1},
		idOf(time.UnixMilli(-1)):         {seq: 1},
		{ms: 5, seq: math.MaxUint64 - 1}: {ms: 5, seq: math.MaxUint64},
	} {
		got := id.next()
		if got != want || !id.before(got) || got.before(id) || id.before(id) {
			t.Errorf("%s is followed by %s, want %s", id, got, want)
		}
	}
}

func TestFirstNeeded(t *testing.T) {
	for name, test := range map[string]struct {
		last    string
		pending redis.XPending
		want    string // empty: an error
	}{
		"new group":                      {last: "0-0", want: "0-1"},
		"all acknowledged":               {last: "9-4", want: "9-5"},
		"one pending":                    {last: "9-4", pending: redis.XPending{Count: 1, Lower: "9-4"}, want: "9-4"},
		"old entries pending":            {last: "9-4", pending: redis.XPending{Count: 3, Lower: "2-0"}, want: "2-0"},
		"delivered between the commands": {last: "9-4", pending: redis.XPending{Count: 1, Lower: "9-9"}, want: "9-5"},
		"no id":                          {last: "?"},
		"no id of a pending entry":       {last: "9-4", pending: redis.XPending{Count: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := firstNeeded(test.last, &test.pending)
			if (err != nil) != (test.want == "") || err == nil && got.String() != test.want {
				t.Errorf("got %s, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestCompleteSince(t *testing.T) {
	for name, test := range map[string]struct {
		id    entryID
		empty bool
		want  int64
	}{
		"the millisecond is complete":               {id: entryID{ms: 5}, want: 5},
		"entries of the millisecond may be missing": {id: entryID{ms: 5, seq: 1}, want: 6},
		"the stream is empty":                       {id: entryID{ms: 5}, empty: true, want: 6},
	} {
		if got := completeSince(test.id, test.empty); got.UnixMilli() != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestDecodeEntry(t *testing.T) {
	event, err := events.New(events.Meta{ID: "event-1"}, inventory.StockCreated{ProductID: "product-1"})
	if err != nil {
		t.Fatal(err)
	}
	fields := values(event, "group")
	entry := redis.XMessage{ID: "1-0", Values: map[string]any{
		fields[0].(string): string(fields[1].([]byte)), fields[2].(string): fields[3], fields[4].(string): fields[5],
	}}
	got, err := decodeEntry(entry)
	if err != nil || got.ID != "event-1" || !bytes.Equal(got.Document(), event.Document()) {
		t.Errorf("got %+v, %v", got, err)
	}
	if text(entry, fieldOnlyGroup) != "group" || text(entry, fieldType) != string(event.Type) {
		t.Errorf("got fields %v", entry.Values)
	}
	if n := len(values(event, "")); n != 4 {
		t.Errorf("got %d fields and values for all groups, want 4", n)
	}
	other := redis.XMessage{Values: map[string]any{"what": "ever"}}
	if _, err := decodeEntry(other); !errors.Is(err, events.ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed", err)
	}
	if d := string(document(other)); d != `{"what":"ever"}` {
		t.Errorf("got document %s", d)
	}
}

func TestChunk(t *testing.T) {
	event := func(bytes int) events.Event {
		e, err := events.New(events.Meta{ID: "e"}, inventory.StockUpdated{Reason: strings.Repeat("x", bytes)})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	small, large, huge := event(1), event(chunkBytes/2), event(2*chunkBytes)
	many := make([]events.Event, chunkLength+1)
	for i := range many {
		many[i] = small
	}
	for name, test := range map[string]struct {
		list []events.Event
		want int
	}{
		"none":             {},
		"few":              {list: many[:3], want: 3},
		"many":             {list: many, want: chunkLength},
		"two large":        {list: []events.Event{large, small, large, small}, want: 2},
		"one too large":    {list: []events.Event{huge, small}, want: 1},
		"second too large": {list: []events.Event{small, huge}, want: 1},
	} {
		if got, _ := chunk(test.list); got != test.want {
			t.Errorf("%s: got %d events, want %d", name, got, test.want)
		}
	}
}

func TestDecodeDeadLetter(t *testing.T) {
	at := time.Date(2025, 10, 28, 15, 4, 5, 123_000_000, time.UTC)
	got := decodeDeadLetter(redis.XMessage{ID: "7-1", Values: map[string]any{
		letterDocument: "{}", letterGroup: "g", letterEventID: "e", letterReason: "r", letterAttempts: "4",
		letterFailedAt: events.FormatTime(at),
	}})
	if got.ID != "7-1" || got.EventID != "e" || got.Group != "g" || got.Reason != "r" || got.Attempts != 4 ||
		!got.FailedAt.Equal(at) || string(got.Document) != "{}" {
		t.Errorf("got %+v", got)
	}
	if got := decodeDeadLetter(redis.XMessage{ID: "7-1"}); got.ID != "7-1" || !got.FailedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
}

func TestRisks(t *testing.T) {
	for name, test := range map[string]struct {
		info string
		want []string
	}{
		"sound":    {info: "# Server\r\nredis_version:7.0.15\r\nmaxmemory:100\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n"},
		"no limit": {info: "redis_version:8.2.0\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n"},
		"unknown":  {info: ""},
		"all": {
			info: "redis_version:6.2.1\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:0\r\n",
			want: []string{"6.2.1", "allkeys-lru", "appendonly"},
		},
	} {
		got := risks(test.info)
		if len(got) != len(test.want) {
			t.Errorf("%s: got %q", name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], test.want[i]) {
				t.Errorf("%s: got %q, want it to contain %q", name, got[i], test.want[i])
			}
		}
	}
}
