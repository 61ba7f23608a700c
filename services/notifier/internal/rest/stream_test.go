package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
)

// Each of 1,000 readers gets every event after its beginning, in order.
func TestStream_ManyReaders(t *testing.T) {
	const (
		readers = 1000
		before  = 100
		total   = 400
	)
	s := newStreamFixture(t, func(s *streamFixture) { s.timeout = within }) // so many readers may have to wait until they can write
	for n := range before {
		s.record(n+1, madrid)
	}
	var ready, done sync.WaitGroup
	begun := make(chan struct{}, 32) // connections that are opened at once
	for i := range readers {
		ready.Add(1)
		done.Go(func() {
			query, first := "", before+1
			if i%2 == 1 {
				first = i%before + 1
				query = "?last_event_id=" + strconv.Itoa(first-1)
			}
			begun <- struct{}{}
			l, err := s.listen(keyAll, query, "")
			<-begun
			ready.Done()
			if err != nil {
				t.Error(err)
				return
			}
			defer l.hangUp()
			if err := l.wants(first, total); err != nil {
				t.Errorf("reader %d: %v", i, err)
			}
		})
	}
	ready.Wait()
	if n := s.hub.Readers(); n != readers && !t.Failed() {
		t.Errorf("%d readers", n)
	}
	for n := before; n < total; n++ {
		s.record(n+1, madrid)
	}
	done.Wait()
	if n := s.hub.Dropped(); n != 0 {
		t.Errorf("%d readers were dropped", n)
	}
}

// A reader follows the stream over broken connections and restarts, while events are
// recorded: each event arrives exactly once, in order.
func TestStream_Resumes(t *testing.T) {
	const total = 600
	s := newStreamFixture(t)
	got := 0
	// follow reads until it has upTo, with a new connection for each few.
	follow := func(upTo int) {
		t.Helper()
		for got < upTo {
			l, err := s.listen(keyRead, "?last_event_id=0", strconv.Itoa(got))
			if err != nil {
				t.Fatal(err)
			}
			some := min(got+1+got%13, upTo)
			if err := l.wants(got+1, some); err != nil {
				t.Fatal(err)
			}
			got = some
			l.hangUp()
		}
	}
	for part := range 3 {
		last := (part + 1) * total / 3
		var recording sync.WaitGroup
		recording.Go(func() {
			for n := part * total / 3; n < last; n++ {
				s.record(n+1, madrid)
			}
		})
		follow(last - 50)
		recording.Wait()
		s.close()
		s.open()
	}
	follow(total)
}

func TestStream_UnknownID(t *testing.T) {
	s := newStreamFixture(t)
	for n := range 3 {
		s.record(n+1, madrid)
	}
	if err := s.mustListen(keyAll, "", "4711").wants(1, 3); err != nil {
		t.Error("an id that the stream never had: ", err)
	}
	if err := s.mustListen(keyAll, "", "2").wants(3, 3); err != nil {
		t.Error(err)
	}
	s.record(2, madrid) // the broker repeats itself
	l := s.mustListen(keyAll, "", "3")
	s.record(4, madrid)
	// The repetition may have used a seq up.
	if m, err := l.next(); err != nil || !strings.Contains(m.data, `"id":"e-4"`) {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestStream_Filters(t *testing.T) {
	s := newStreamFixture(t)
	bodies := []events.Body{
		inventory.ProductCreated{Product: inventory.Product{ID: "p-1", Price: "1"}},
		inventory.StockCreated{ProductID: "p-1", StoreID: madrid},
		inventory.StockCreated{ProductID: "p-1", StoreID: barcelona},
		inventory.StockTransferred{ProductID: "p-1", FromStore: madrid, ToStore: barcelona},
		inventory.StockLow{ProductID: "p-1", StoreID: madrid},
		inventory.StockLow{ProductID: "p-1", StoreID: barcelona},
		inventory.StockUpdated{ProductID: "p-1", StoreID: madrid},
	}
	tests := []struct{ key, query, want string }{
		{keyAll, "?", "1 2 3 4 5 6 7 8 9 10"},
		{keyRead, "?", "1 2 3 4 5 6 7 8 9 10"},
		{keyMadrid, "?", "2 5 7 9"},
		{keyBoth, "?", "2 3 4 5 6 7 9 10"}, // not 8, which concerns a third store
		{keyMadrid, "?store_id=MAD-001&event_type=stock.low&", "5"},
		{keyAll, "?store_id=MAD-001&", "2 4 5 7 8 9 10"},
		{keyAll, "?store_id=BCN-001&", "3 4 6 8 10"},
		{keyAll, "?store_id=VLC-001&", "8"},
		{keyAll, "?event_type=stock.low&", "5 6"},
		{keyAll, "?event_type=stock.low,product.created&", "1 5 6"},
		{keyAll, "?event_type=stock.low&event_type=product.created,stock.updated&", "1 5 6 7"},
	}
	var live []*listener
	for _, test := range tests {
		live = append(live, s.mustListen(test.key, test.query, ""))
	}
	for i, body := range bodies {
		s.recordBody(i+1, body)
	}
	s.recordLines(8, madrid, barcelona, "VLC-001")
	s.recordLines(9, madrid, madrid)
	s.recordLines(10, madrid, barcelona)
	check := func(how string, l *listener, want string) {
		t.Helper()
		var ids []string
		for range strings.Fields(want) {
			m, err := l.next()
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, m.id)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: got %s, want %s", how, got, want)
		}
	}
	for i, test := range tests {
		check("live "+test.key+test.query, live[i], test.want)
	}
	s.close()
	for _, l := range live { // no event came after the last one
		l.ends(t)
	}
	s.open() // from the table
	for _, test := range tests {
		l := s.mustListen(test.key, test.query+"last_event_id=0", "")
		check("replayed "+test.key+test.query, l, test.want)
	}
}

func TestStream_Refuses(t *testing.T) {
	s := newStreamFixture(t, func(s *streamFixture) { s.options.MaxReaders = 1 })
	for _, test := range []struct {
		key, query, last string
		code             problem.Code
	}{
		{"", "", "", problem.Unauthorized},
		{"wrong", "", "", problem.Unauthorized},
		{keyMadrid, "?store_id=BCN-001", "", problem.Forbidden},
		{keyAll, "?store_id=a/b", "", problem.ValidationError},
		{keyAll, "?store_id=", "", problem.ValidationError},
		{keyAll, "?store_id=MAD-001&store_id=MAD-001", "", problem.ValidationError},
		{keyAll, "?event_type=", "", problem.ValidationError},
		{keyAll, "?event_type=stock.low,", "", problem.ValidationError},
		{keyAll, "?event_type=stock.low&event_type=unknown", "", problem.ValidationError},
		{keyAll, "?last_event_id=-1", "", problem.ValidationError},
		{keyAll, "?last_event_id=", "", problem.ValidationError},
		{keyAll, "?unknown=1", "", problem.ValidationError},
		{keyAll, "?api_key=" + keyAll, "", problem.ValidationError},
		{keyAll, "?last_event_id=1", "x", problem.ValidationError},
		{keyAll, "", "-1", problem.ValidationError},
		{keyAll, "", "+1", problem.ValidationError},
		{keyAll, "", "9223372036854775808", problem.ValidationError},
	} {
		response, code := s.refused(test.key, test.query, test.last)
		if code != test.code {
			t.Errorf("%+v: got %d %s", test, response.StatusCode, code)
		}
	}
	l := s.mustListen(keyAll, "", "")
	response, code := s.refused(keyAll, "", "")
	if code != problem.RateLimited || response.Header.Get("Retry-After") != "5" {
		t.Errorf("one too many: got %d %s %v", response.StatusCode, code, response.Header)
	}
	l.hangUp()
	eventually(t, "the reader's place is free", func() bool { return s.hub.Readers() == 0 })
	s.mustListen(keyAll, "", "")
}

// refused sends a request whose response must be a problem.
func (s *streamFixture) refused(key, query, last string) (*http.Response, problem.Code) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	response, err := s.get(ctx, key, query, last)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.Header.Get("Content-Type") != "application/problem+json" {
		s.t.Fatalf("%s %s: got %s %v", query, last, response.Status, response.Header)
	}
	var p struct{ Code problem.Code }
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil {
		s.t.Fatal(err)
	}
	return response, p.Code
}

// A reader that does not read is dropped without a cost for the others.
func TestStream_StuckReader(t *testing.T) {
	// On a busy machine the other reader needs that time too.
	s := newStreamFixture(t, func(s *streamFixture) { s.timeout = 2 * time.Second })
	good := s.mustListen(keyAll, "", "")
	address, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	stuck, err := net.Dial("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stuck.Close() }()
	if _, err := fmt.Fprintf(stuck, "GET /api/v1/events/stream HTTP/1.1\r\nHost: notifier\r\nX-API-Key: %s\r\n\r\n", keyAll); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both have a place", func() bool { return s.hub.Readers() == 2 })
	n := 0
	eventually(t, "the reader is dropped", func() bool {
		n++
		s.recordBody(n, inventory.StockUpdated{ProductID: "p-1", StoreID: madrid, Reason: strings.Repeat("r", 200_000)})
		if err := good.wants(n, n); err != nil {
			t.Fatal(err)
		}
		return s.hub.Dropped() == 1
	})
	eventually(t, "its connection is ended", func() bool { return s.hub.Readers() == 1 })
}

func TestStream_ServerStops(t *testing.T) {
	s := newStreamFixture(t)
	var all []*listener
	for range 20 {
		all = append(all, s.mustListen(keyAll, "", ""))
	}
	s.close() // reports an error if requests had to be broken off
	for _, l := range all {
		l.ends(t)
	}
}

func TestStream_Heartbeat(t *testing.T) {
	s := newStreamFixture(t)
	l := s.mustListen(keyAll, "", "")
	for range 3 {
		var beaten atomic.Bool
		read := make(chan error, 1)
		go func() {
			m, err := l.next()
			if err == nil && m.comment != "heartbeat" {
				err = fmt.Errorf("got %+v", m)
			}
			beaten.Store(true)
			read <- err
		}()
		eventually(t, "a heartbeat", func() bool {
			s.clock.Advance(15 * time.Second)
			return beaten.Load()
		})
		if err := <-read; err != nil {
			t.Fatal(err)
		}
	}
}

// A reader whose key is removed reads no further.
func TestStream_RemovedKey(t *testing.T) {
	s := newStreamFixture(t)
	l := s.mustListen(keyAll, "", "")
	s.credentials.SetKeys(nil)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if _, err := l.next(); err != nil {
				return
			}
		}
	}()
	eventually(t, "the end of the stream", func() bool {
		s.clock.Advance(15 * time.Second)
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
}
