package redisstream

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
)

// The fields of an entry of the stream.
const (
	fieldEvent     = "event"
	fieldType      = "event_type"
	fieldOnlyGroup = "only_group"
)

// entryID is the id of a stream's entry: the server's milliseconds, and a
// number within them.
type entryID struct{ ms, seq uint64 }

func parseID(text string) (entryID, error) {
	ms, seq, _ := strings.Cut(text, "-")
	var id entryID
	var err error
	if id.ms, err = strconv.ParseUint(ms, 10, 64); err == nil {
		id.seq, err = strconv.ParseUint(seq, 10, 64)
	}
	if err != nil {
		return entryID{}, fmt.Errorf("%q is not the id of an entry", text)
	}
	return id, nil
}

func (i entryID) String() string {
	return strconv.FormatUint(i.ms, 10) + "-" + strconv.FormatUint(i.seq, 10)
}

func (i entryID) before(o entryID) bool {
	return i.ms < o.ms || i.ms == o.ms && i.seq < o.seq
}

// next returns the next possible id.
func (i entryID) next() entryID {
	if i.seq == math.MaxUint64 {
		return entryID{ms: i.ms + 1}
	}
	return entryID{ms: i.ms, seq: i.seq + 1}
}

func (i entryID) time() time.Time { return time.UnixMilli(int64(i.ms)).UTC() }

// idOf returns the first possible id of the millisecond of t.
func idOf(t time.Time) entryID { return entryID{ms: uint64(max(t.UnixMilli(), 0))} }

// values returns the fields of an entry for event.
func values(event events.Event, onlyGroup string) []any {
	list := []any{fieldEvent, event.Document(), fieldType, string(event.Type)}
	if onlyGroup != "" {
		list = append(list, fieldOnlyGroup, onlyGroup)
	}
	return list
}

func text(m redis.XMessage, field string) string {
	s, _ := m.Values[field].(string)
	return s
}

// document returns the document of an entry's event. For an entry that another
// program added, without a document, it returns the entry's fields as JSON.
func document(m redis.XMessage) []byte {
	if s, ok := m.Values[fieldEvent].(string); ok {
		return []byte(s)
	}
	fields, err := json.Marshal(m.Values)
	if err != nil { // cannot happen: they are texts
		return []byte(err.Error())
	}
	return fields
}
