package brokerapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/events/embedded"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const serviceKey = "0123456789abcdef"

// newAPI returns an API with nothing but the routes of a broker.
func newAPI(t *testing.T, inspector events.Inspector) *httpapi.API {
	t.Helper()
	return newLoggedAPI(t, inspector, slog.New(slog.DiscardHandler))
}

func newLoggedAPI(t *testing.T, inspector events.Inspector, logger *slog.Logger) *httpapi.API {
	t.Helper()
	api, err := httpapi.New(httpapi.Options{Service: "stock", ServiceKey: serviceKey})
	if err != nil {
		t.Fatal(err)
	}
	brokerapi.Register(api, inspector, logger)
	return api
}

// ask sends a request with the service key.
func ask(api *httpapi.API, method, path string) *httptest.ResponseRecorder {
	return httpapitest.Call(api.Handler(), method, path, "", "X-Service-Key", serviceKey)
}

// wantProblem expects a problem document and returns its detail.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, code problem.Code) string {
	t.Helper()
	return httpapitest.WantProblem(t, w, httpapi.Status(code), code).Detail
}

func openBroker(t *testing.T) *embedded.Broker {
	t.Helper()
	b, err := embedded.Open(t.Context(), embedded.Options{
		Path: filepath.Join(t.TempDir(), "broker.db"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// event returns an event with an id and a payload.
func event(t *testing.T, id string, body events.Body) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: id, At: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC), Version: 1}, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var (
	updated = inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001"}
	low     = inventory.StockLow{ProductID: "product-1", StoreID: "MAD-001"}
)

func publish(t *testing.T, b *embedded.Broker, list ...events.Event) {
	t.Helper()
	if err := b.Publisher().PublishBatch(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

var routes = [][2]string{
	{"GET", brokerapi.EventsPath},
	{"GET", brokerapi.TailPath},
	{"GET", brokerapi.GroupsPath},
	{"GET", brokerapi.DeadLettersPath},
	{"GET", brokerapi.DeadLettersPath + "/1"},
	{"DELETE", brokerapi.DeadLettersPath + "/1"},
	{"POST", brokerapi.DeadLettersPath + "/1" + brokerapi.ReplaySuffix},
}

func TestRegister(t *testing.T) {
	t.Run("needs the service key", testRegisterNeedsTheServiceKey)
	t.Run("without broker", testRegisterWithoutBroker)
	t.Run("broker fails", testRegisterBrokerFails)
}

func testRegisterNeedsTheServiceKey(t *testing.T) {
	api := newAPI(t, openBroker(t))
	for _, route := range routes {
		w := httptest.NewRecorder()
		api.Handler().ServeHTTP(w, httptest.NewRequest(route[0], route[1], nil))
		wantProblem(t, w, problem.Unauthorized)
	}
}

func testRegisterWithoutBroker(t *testing.T) {
	api := newAPI(t, nil)
	for _, route := range routes {
		if detail := wantProblem(t, ask(api, route[0], route[1]), problem.InvalidState); !strings.Contains(detail, "No message broker is configured") {
			t.Errorf("%s: %s", route[1], detail)
		}
	}
}

// failing is an Inspector whose broker is down. Methods that it lacks panic.
type failing struct {
	events.Inspector
	err error
}

func (f failing) KeptSince(context.Context) (time.Time, error)         { return time.Time{}, f.err }
func (f failing) Scan(context.Context, func(events.Event) error) error { return f.err }
func (f failing) Groups(context.Context) ([]events.Group, error)       { return nil, f.err }
func (f failing) ReplayDeadLetter(context.Context, string) error       { return f.err }
func (f failing) DiscardDeadLetter(context.Context, string) (events.StoredDeadLetter, error) {
	return events.StoredDeadLetter{}, f.err
}

func (f failing) DeadLetter(context.Context, string) (events.StoredDeadLetter, error) {
	return events.StoredDeadLetter{}, f.err
}

func (f failing) DeadLetters(context.Context, string, int) ([]events.StoredDeadLetter, error) {
	return nil, f.err
}

func testRegisterBrokerFails(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		code problem.Code
	}{
		"away":      {errors.New("dial tcp 10.0.0.7:6379: connection refused"), problem.StorageUnavailable},
		"too slow":  {fmt.Errorf("read: %w", context.DeadlineExceeded), problem.StorageUnavailable},
		"closed":    {events.ErrClosed, problem.StorageUnavailable},
		"known":     {fmt.Errorf("write: %w", problem.New(problem.StorageUnavailable, "the disk is full")), problem.StorageUnavailable},
		"no letter": {fmt.Errorf("replay: %w", events.ErrNoDeadLetter), problem.NotFound},
		"no event":  {fmt.Errorf("replay: %w", events.ErrMalformed), problem.InvalidState},
	} {
		t.Run(name, func(t *testing.T) {
			api := newAPI(t, failing{err: test.err})
			for _, route := range routes {
				if detail := wantProblem(t, ask(api, route[0], route[1]), test.code); strings.Contains(detail, "10.0.0.7") {
					t.Errorf("%s shows %q", route[1], detail)
				}
			}
		})
	}
}

func TestEvents(t *testing.T) {
	t.Run("usual case", testEventsUsualCase)
	t.Run("ends", testEventsEnds)
}

func testEventsUsualCase(t *testing.T) {
	b := openBroker(t)
	api := newAPI(t, b)
	if w := ask(api, "GET", brokerapi.EventsPath); w.Body.String() != "end \n" {
		t.Errorf("got %q of an empty broker", w.Body)
	}
	publish(t, b, event(t, "e-1", updated), event(t, "end 2", low), event(t, "e-3", updated))
	if w := ask(api, "GET", brokerapi.EventsPath); w.Body.String() != "e-1\ne-3\nend \n" || w.Code != 200 {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	wantProblem(t, ask(api, "GET", brokerapi.EventsPath+"?after=1"), problem.ValidationError)
}

// trimmed is a broker that fails after its first event, or has events only from
// some time on.
type trimmed struct {
	*embedded.Broker
	since time.Time
	err   error
}

func (b trimmed) KeptSince(context.Context) (time.Time, error) { return b.since, b.err }

func testEventsEnds(t *testing.T) {
	b := openBroker(t)
	publish(t, b, event(t, "e-1", updated))
	since := time.Date(2026, 8, 1, 14, 0, 0, 123_000_000, time.FixedZone("", 7200))
	if w := ask(newAPI(t, trimmed{Broker: b, since: since}), "GET", brokerapi.EventsPath); w.Body.String() != "e-1\nend 2026-08-01T12:00:00.123Z\n" {
		t.Errorf("got %q", w.Body)
	}
	if w := ask(newAPI(t, trimmed{Broker: b, err: errors.New("away")}), "GET", brokerapi.EventsPath); strings.Contains(w.Body.String(), "end") {
		t.Errorf("an answer that broke off has an end: %q", w.Body)
	}
}

func TestGroups(t *testing.T) {
	b := openBroker(t)
	api := newAPI(t, b)
	if w := ask(api, "GET", brokerapi.GroupsPath); w.Body.String() != `{"groups":[]}`+"\n" {
		t.Errorf("got %s", w.Body)
	}
	bury(t, b, "stock", event(t, "e-1", updated))
	publish(t, b, event(t, "e-2", low))
	if w := ask(api, "GET", brokerapi.GroupsPath); w.Body.String() != `{"groups":[{"name":"stock","members":0,"lag":1}]}`+"\n" {
		t.Errorf("got %s", w.Body)
	}
	wantProblem(t, ask(api, "GET", brokerapi.GroupsPath+"?x=1"), problem.ValidationError)
}

// tail begins to follow the stream through a real connection.
func tail(ctx context.Context, t *testing.T, base, query string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+brokerapi.TailPath+query, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Service-Key", serviceKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestTail(t *testing.T) {
	t.Run("usual case", testTailUsualCase)
	t.Run("refuses", testTailRefuses)
}

func testTailUsualCase(t *testing.T) {
	b := openBroker(t)
	server, err := httpserver.New("127.0.0.1:0", newAPI(t, b).Handler(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	defer http.DefaultClient.CloseIdleConnections()
	left, leave := context.WithCancel(t.Context())
	all, lows := tail(left, t, "http://"+server.Addr(), ""), tail(t.Context(), t, "http://"+server.Addr(), "?types=stock.low,stock.created")
	if all.StatusCode != 200 || all.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("got %d %s", all.StatusCode, all.Header)
	}
	var lines [2]*bufio.Scanner
	for i, r := range []*http.Response{all, lows} {
		lines[i] = bufio.NewScanner(r.Body)
		// The tail has only events after its beginning, which no response shows.
		next := make(chan string)
		go func() {
			defer close(next)
			if lines[i].Scan() {
				next <- lines[i].Text()
			}
		}()
		for first := ""; first == ""; {
			publish(t, b, event(t, fmt.Sprintf("probe-%d", i), low))
			select {
			case first = <-next:
			default:
			}
		}
		<-next
	}
	pretty, err := events.Decode([]byte("{\n\"id\": \"e-1\", \"event_type\": \"stock.updated\", \"aggregate_id\": \"p\", \"created_at\": \"2026-08-01T12:00:00Z\",\n\"payload\": {}}"))
	if err != nil {
		t.Fatal(err)
	}
	publish(t, b, pretty, event(t, "e-2", low))
	for i, want := range []string{"e-1 e-2", "e-2"} {
		var got []string
		for !strings.HasSuffix(strings.Join(got, " "), "e-2") && lines[i].Scan() {
			e, err := events.Decode(lines[i].Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(e.ID, "probe") {
				got = append(got, e.ID)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("stream %d: got %q, want %q", i, got, want)
		}
	}
	leave() // the client goes: only its own stream ends
	publish(t, b, event(t, "e-3", low))
	if !lines[1].Scan() || !strings.Contains(lines[1].Text(), "e-3") {
		t.Errorf("got %q, %v", lines[1].Text(), lines[1].Err())
	}
	stop() // the server stops: all end
	if lines[1].Scan() || lines[1].Err() != nil {
		t.Errorf("got %q, %v", lines[1].Text(), lines[1].Err())
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func testTailRefuses(t *testing.T) {
	api := newAPI(t, openBroker(t))
	for _, query := range []string{"?type=x", "?types=", "?types=a&types=b", "?types=%0a", "?types=" + strings.Repeat("x", 1025), "?types=%zz"} {
		wantProblem(t, ask(api, "GET", brokerapi.TailPath+query), problem.ValidationError)
	}
}
