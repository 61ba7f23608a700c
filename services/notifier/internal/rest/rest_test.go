package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/notifierdb"
	"inventory.example/services/notifier/internal/rest"
	"inventory.example/services/notifier/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	keyAll    = "key-all"
	keyRead   = "key-read"
	keyMadrid = "key-madrid"
	keyBoth   = "key-both"
	keys      = keyAll + ":All," + keyRead + ":Read:read," + keyMadrid + ":Madrid:MAD-001," + keyBoth + ":Both:MAD-001|BCN-001"

	madrid    = "MAD-001"
	barcelona = "BCN-001"
)

// within bounds every wait; a test that waits this long has failed.
const within = 60 * time.Second

var start = time.Date(2026, 3, 28, 15, 4, 5, 0, time.UTC)

func TestRegister(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{Service: "notifier", OpenAPI: rest.OpenAPI, Components: rest.Events().OpenAPI()})
	if err != nil {
		t.Fatal(err)
	}
	rest.Register(api, rest.Deps{})
	for _, difference := range api.CheckOpenAPI() {
		t.Error(difference)
	}
}

// streamFixture is the part of notifier that the stream needs, with a real server.
type streamFixture struct {
	credentials *httpapi.Credentials
	t           testing.TB
	path        string
	options     stream.Options
	timeout     time.Duration // of writes
	clock       *clock.Fake

	hub    *stream.Hub
	feed   *feed.Service
	base   string
	client *http.Client
	close  func() // stops the service; more calls do nothing
}

// newStreamFixture opens a service after applying each change.
func newStreamFixture(t testing.TB, changes ...func(*streamFixture)) *streamFixture {
	t.Helper()
	s := &streamFixture{
		t: t, path: filepath.Join(t.TempDir(), "notifier.db"), clock: clock.NewFake(start),
		options: stream.Options{MaxReaders: 2000},
	}
	for _, change := range changes {
		change(s)
	}
	s.open()
	t.Cleanup(func() { s.close() })
	return s
}

// open opens the service on its database, as after a restart.
func (s *streamFixture) open() {
	s.t.Helper()
	logger := slog.New(slog.DiscardHandler)
	db, err := notifierdb.Open(context.Background(), database.Config{SQLitePath: s.path, Synchronous: "OFF"},
		database.Deps{Clock: s.clock, Logger: logger})
	if err != nil {
		s.t.Fatal(err)
	}
	s.options.Feed = db
	hub := stream.New(s.options)
	if err := hub.Start(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	s.hub, s.feed = hub, feed.New(feed.Options{Repository: db, Clock: s.clock})
	known, err := httpapi.ParseKeys(keys)
	if err != nil {
		s.t.Fatal(err)
	}
	s.credentials = httpapi.NewCredentials(known, "")
	api, err := httpapi.New(httpapi.Options{Service: "notifier", Credentials: s.credentials, OpenAPI: rest.OpenAPI, Components: rest.Events().OpenAPI(), Clock: s.clock})
	if err != nil {
		s.t.Fatal(err)
	}
	rest.Register(api, rest.Deps{Stream: hub, Clock: s.clock, Logger: logger, WriteTimeout: s.timeout})
	server, err := httpserver.New("127.0.0.1:0", api.Handler(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	server.ShutdownTimeout = within
	if err := server.Listen(); err != nil {
		s.t.Fatal(err)
	}
	s.base = "http://" + server.Addr()
	transport := &http.Transport{MaxIdleConnsPerHost: -1}
	s.client = &http.Client{Transport: transport}
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for _, run := range []func(context.Context) error{server.Run, hub.Run} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				s.t.Error(err)
			}
		})
	}
	s.close = sync.OnceFunc(func() {
		cancel()
		parts.Wait()
		transport.CloseIdleConnections()
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
		if n := hub.Readers(); n != 0 {
			s.t.Errorf("%d readers are left", n)
		}
	})
}

// record records the nth event, a change of stock in a store.
func (s *streamFixture) record(n int, store string) {
	s.t.Helper()
	s.recordBody(n, inventory.StockUpdated{ProductID: "p-1", StoreID: store, NewQuantity: int64(n), Reason: "restock"})
}

func (s *streamFixture) recordBody(n int, body events.Body) {
	s.t.Helper()
	e, err := events.New(events.Meta{ID: fmt.Sprintf("e-%d", n), At: start, Version: 1}, body)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.recordEvent(e)
}

// recordLines records the nth event, a reservation of a line in each store.
func (s *streamFixture) recordLines(n int, stores ...string) {
	s.t.Helper()
	lines := make([]map[string]string, len(stores))
	for i, store := range stores {
		lines[i] = map[string]string{"product_id": "p-1", "store_id": store}
	}
	payload, err := json.Marshal(map[string]any{"reservation_id": "r-1", "lines": lines})
	if err != nil {
		s.t.Fatal(err)
	}
	e, err := events.Restore(events.Event{
		ID: fmt.Sprintf("e-%d", n), Type: inventory.TypeReservationCreated, AggregateType: inventory.AggregateReservation, AggregateID: "r-1", CreatedAt: start,
	}, payload)
	if err != nil {
		s.t.Fatal(err)
	}
	s.recordEvent(e)
}

func (s *streamFixture) recordEvent(e events.Event) {
	s.t.Helper()
	if err := s.feed.Record(context.Background(), e); err != nil {
		s.t.Error(err)
	}
}

// get begins a request; last is the header Last-Event-ID if it is not empty.
func (s *streamFixture) get(ctx context.Context, key, query, last string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/v1/events/stream"+query, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-API-Key", key)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	return s.client.Do(r)
}

// listener reads one response of the stream. Waiting longer than a test may take for
// a message ends it.
type listener struct {
	response *http.Response
	lines    *bufio.Reader
	cancel   context.CancelFunc
	late     *time.Timer
}

// message is one server-sent event.
type message struct {
	id, event, data string
	comment         string
}

// listen begins to read the stream, and returns when the reader has its place.
func (s *streamFixture) listen(key, query, last string) (*listener, error) {
	ctx, cancel := context.WithCancel(context.Background())
	late := time.AfterFunc(within, cancel)
	response, err := s.get(ctx, key, query, last)
	if err != nil {
		late.Stop()
		cancel()
		return nil, err
	}
	l := &listener{response: response, lines: bufio.NewReader(response.Body), cancel: cancel, late: late}
	first, err := l.lines.ReadString('\n')
	if err != nil || response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" || first != "retry: 2000\n" {
		l.hangUp()
		return nil, fmt.Errorf("got %s %v %q: %w", response.Status, response.Header, first, err)
	}
	if _, err := l.lines.ReadString('\n'); err != nil {
		l.hangUp()
		return nil, err
	}
	return l, nil
}

// mustListen is listen that ends with the test.
func (s *streamFixture) mustListen(key, query, last string) *listener {
	s.t.Helper()
	l, err := s.listen(key, query, last)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(l.hangUp)
	return l
}

func (l *listener) hangUp() {
	l.late.Stop()
	l.cancel()
	_ = l.response.Body.Close()
}

// next returns the next message; io.EOF at the end of the response.
func (l *listener) next() (m message, err error) {
	l.late.Reset(within)
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			return m, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			m.id = value
		case "event":
			m.event = value
		case "data":
			m.data = value
		case "":
			if value != "" {
				m.comment = value
				continue
			}
			return m, nil
		default:
			return m, fmt.Errorf("line %q", line)
		}
	}
}

// wants reads the messages with exactly these ids.
func (l *listener) wants(first, last int) error {
	for want := first; want <= last; want++ {
		m, err := l.next()
		if err != nil {
			return fmt.Errorf("before %d: %w", want, err)
		}
		if m.id != strconv.Itoa(want) || m.event != "stock.updated" {
			return fmt.Errorf("got %+v, want %d", m, want)
		}
		e, err := events.Decode([]byte(m.data))
		if err != nil || e.ID != fmt.Sprintf("e-%d", want) {
			return fmt.Errorf("got %+v, want e-%d: %w", m, want, err)
		}
	}
	return nil
}

// ends expects the end of the response.
func (l *listener) ends(t testing.TB) {
	t.Helper()
	if m, err := l.next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %+v, %v, want the end", m, err)
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, within)
		case <-tick.C:
		}
	}
}
