package kafka

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
)

// Records that share their memory are nevertheless those of their own events.
func TestConfig_EventRecordsOfOneCall(t *testing.T) {
	for _, group := range []string{"", "stock"} {
		list := make([]events.Event, 9)
		for i := range list {
			trace := ""
			if i%2 == 0 {
				trace = fmt.Sprintf("00-%032x-%016x-01", i+1, i+1)
			}
			list[i] = newEvent(t, int64(i+1), trace)
		}
		records := testConfig.eventRecords(list, group)
		if len(records) != len(list) {
			t.Fatalf("%d records of %d events", len(records), len(list))
		}
		for _, r := range records { // a client may append headers to a record
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: "added"})
			r.Headers = r.Headers[:len(r.Headers)-1]
		}
		for i, r := range records {
			if r.Topic != "events" || string(r.Key) != list[i].OrderingKey() || !bytes.Equal(r.Value, list[i].Document()) {
				t.Errorf("record %d is %s", i, r.Value)
			}
			want := map[string]string{"event_type": string(list[i].Type)}
			if trace := list[i].Traceparent; trace != "" {
				want["traceparent"] = trace
			}
			if group != "" {
				want["only_group"] = group
			}
			expectHeaders(t, r, want)
		}
	}
}
