package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/console/healthclient"
	"inventory.example/services/notifier/internal/console/system"
	"inventory.example/services/notifier/internal/notifierdb"
	"inventory.example/services/notifier/internal/rest"
	"inventory.example/services/notifier/internal/stream"
)

// respond returns a transport that responds to every request with a status and body.
func respond(status int, body string) httpapitest.Transport {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.String() != "http://peer/health" {
			return nil, errors.New("asked for " + r.URL.String())
		}
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

// systemFixture is the part of notifier that shows the state of the installation.
type systemFixture struct {
	t       *testing.T
	clock   *clock.Fake
	handler http.Handler
}

func newSystemFixture(t *testing.T, broker events.Inspector, peers ...system.Peer) *systemFixture {
	t.Helper()
	o := &systemFixture{t: t, clock: clock.NewFake(start)}
	logger := slog.New(slog.DiscardHandler)
	db, err := notifierdb.Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), Synchronous: "OFF"},
		database.Deps{Clock: o.clock, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	known, err := httpapi.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	api, err := httpapi.New(httpapi.Options{Service: "notifier", Keys: known, OpenAPI: rest.OpenAPI, Components: rest.Events().OpenAPI(), Clock: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	options := system.Options{Peers: peers, Results: db, Saved: rest.SavedReplays(), Clock: o.clock}
	if broker != nil {
		options.Broker = broker
	}
	rest.Register(api, rest.Deps{
		Stream: stream.New(stream.Options{Feed: db}), System: system.New(options), NoBroker: broker == nil, Clock: o.clock, Logger: logger,
	})
	o.handler = httpapitest.Contract(t, api.Handler())
	return o
}

// send sends a request; headers are name, value pairs.
func (o *systemFixture) send(method, path, key string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/v1/system"+path, http.NoBody)
	r.Header.Set("X-API-Key", key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	return w
}

// wants sends a GET and expects its response.
func (o *systemFixture) wants(key, want string) {
	o.t.Helper()
	if w := o.send("GET", "", key); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
		o.t.Errorf("got %d %s\nwant %s", w.Code, w.Body, want)
	}
}

// fails expects a problem.
func (o *systemFixture) fails(w *httptest.ResponseRecorder, code problem.Code) {
	o.t.Helper()
	httpapitest.WantProblem(o.t, w, httpapi.Status(code), code)
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

// bury publishes an event that no attempt of the group can handle.
func bury(t *testing.T, b *embedded.Broker, group, id string) {
	t.Helper()
	e, err := events.New(events.Meta{ID: id, At: start, Version: 1}, inventory.StockLow{ProductID: "p-1", StoreID: barcelona})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Publisher().PublishBatch(t.Context(), []events.Event{e}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := b.Subscriber().Subscribe(ctx, events.Subscription{
		Group: group, Retry: events.Retry{MaxAttempts: 1},
		Handler: func(context.Context, events.Event) error { return errors.New("not today") },
		Observe: func(o events.Outcome) {
			if o == events.Buried {
				cancel()
			}
		},
	}); err != nil {
		t.Fatal(err)
	}
}

func TestSystem_Services(t *testing.T) {
	o := newSystemFixture(t, nil,
		healthclient.New("catalog", "http://peer", respond(200, `{"status":"healthy","service":"catalog","database":"healthy","broker":"ok","pending_events":0}`)),
		healthclient.New("stock", "http://peer", respond(503, `{"status":"unhealthy","service":"stock","database":"unhealthy","broker":"ok","pending_events":7}`)),
		healthclient.New("reservation", "http://peer", respond(200, `{"status":"healthy","service":"stock"}`)),
		healthclient.New("reservation", "http://peer", respond(502, `<html>`)),
		healthclient.New("reservation", "http://peer", httpapitest.Transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") })),
	)
	silent := `{"service":"reservation","status":"unreachable","pending_events":0,"broker":"unknown","database":"unknown"}`
	o.wants(keyRead, `{"services":[{"service":"catalog","status":"healthy","pending_events":0,"broker":"ok","database":"healthy"},`+
		`{"service":"stock","status":"unhealthy","pending_events":7,"broker":"ok","database":"unhealthy"},`+
		silent+`,`+silent+`,`+silent+`],"broker":"none","groups":[],"dead_letters":[],"dead_letters_total":0}`)
	o.fails(o.send("GET", "", "wrong"), problem.Unauthorized)
	o.fails(o.send("GET", "?x=1", keyAll), problem.ValidationError)
	o.fails(o.send("POST", "/dead-letters/1/replay", keyAll), problem.InvalidState)
}

// After the clock was set back, the state of before is not shown until the clock
// reaches its time again.
func TestSystem_ClockSetBack(t *testing.T) {
	pending := 0
	o := newSystemFixture(t, nil, healthclient.New("catalog", "http://peer", httpapitest.Transport(func(r *http.Request) (*http.Response, error) {
		pending++
		return respond(200, fmt.Sprintf(`{"status":"healthy","service":"catalog","database":"healthy","broker":"ok","pending_events":%d}`, pending))(r)
	})))
	wants := func(pending string) {
		t.Helper()
		o.wants(keyAll, `{"services":[{"service":"catalog","status":"healthy","pending_events":`+pending+`,"broker":"ok","database":"healthy"}],`+
			`"broker":"none","groups":[],"dead_letters":[],"dead_letters_total":0}`)
	}
	wants("1")
	o.clock.Advance(-time.Hour)
	wants("2")
	wants("2")
}

func TestSystem_DeadLetters(t *testing.T) {
	b := openBroker(t)
	o := newSystemFixture(t, b)
	o.wants(keyAll, `{"services":[],"broker":"ok","groups":[],"dead_letters":[],"dead_letters_total":0}`)
	bury(t, b, "stock", "e-1")
	o.wants(keyAll, `{"services":[],"broker":"ok","groups":[],"dead_letters":[],"dead_letters_total":0}`) // the state of the last second
	o.clock.Advance(time.Second)
	var state struct {
		DeadLetters []struct {
			ID       string
			EventID  string `json:"event_id"`
			FailedAt string `json:"failed_at"`
		} `json:"dead_letters"`
	}
	if err := json.Unmarshal(o.send("GET", "", keyAll).Body.Bytes(), &state); err != nil || len(state.DeadLetters) != 1 {
		t.Fatalf("%+v, %v", state, err)
	}
	l := state.DeadLetters[0]
	group := `{"services":[],"broker":"ok","groups":[{"group":"stock","lag":0,"members":0}],`
	o.wants(keyRead, group+`"dead_letters":[{"id":"`+l.ID+`","group":"stock","event_id":"e-1","reason":"not today","attempts":1,"failed_at":"`+
		l.FailedAt+`"}],"dead_letters_total":1}`)
	o.wants(keyMadrid, group+`"dead_letters":[],"dead_letters_total":1}`)

	path := "/dead-letters/" + l.ID + "/replay"
	o.fails(o.send("POST", path, keyMadrid), problem.Forbidden)
	o.fails(o.send("POST", path, keyRead), problem.Forbidden)
	o.fails(o.send("POST", "/dead-letters/none/replay", keyAll), problem.NotFound)
	o.fails(o.send("POST", "/dead-letters/"+strings.Repeat("9", 129)+"/replay", keyAll), problem.ValidationError)
	o.fails(o.send("POST", path, keyAll, "Idempotency-Key", ""), problem.ValidationError)
	want := `{"id":"` + l.ID + `","group":"stock","event_id":"e-1"}`
	for i := range 2 {
		w := o.send("POST", path, keyAll, "Idempotency-Key", "once")
		if w.Code != 200 || strings.TrimSpace(w.Body.String()) != want || (w.Header().Get("Idempotency-Replayed") == "true") != (i == 1) {
			t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
		}
	}
	o.fails(o.send("POST", "/dead-letters/77/replay", keyAll, "Idempotency-Key", "once"), problem.IdempotencyKeyReused)
	o.fails(o.send("POST", path, keyAll), problem.NotFound)
	// The change is shown at once, and the group has the event once more.
	o.wants(keyAll, `{"services":[],"broker":"ok","groups":[{"group":"stock","lag":1,"members":0}],"dead_letters":[],"dead_letters_total":0}`)
}

// away is a broker that cannot be reached.
type away struct{ events.Inspector }

var errAway = errors.New("dial tcp 10.0.0.7:6379: connection refused")

func (away) Groups(context.Context) ([]events.Group, error) { return nil, errAway }

func (away) DeadLetters(context.Context, string, int) ([]events.StoredDeadLetter, error) {
	return nil, errAway
}

func (away) DeadLetter(context.Context, string) (events.StoredDeadLetter, error) {
	return events.StoredDeadLetter{}, errAway
}

func TestSystem_BrokerAway(t *testing.T) {
	o := newSystemFixture(t, away{})
	o.wants(keyAll, `{"services":[],"broker":"unavailable","groups":[],"dead_letters":[],"dead_letters_total":0}`)
	w := o.send("POST", "/dead-letters/1/replay", keyAll)
	o.fails(w, problem.StorageUnavailable)
	if strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Errorf("the response shows %s", w.Body)
	}
}
