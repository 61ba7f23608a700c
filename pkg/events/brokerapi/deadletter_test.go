package brokerapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/events/embedded"
	"inventory.example/pkg/problem"
)

// bury makes dead letters of the events.
func bury(t *testing.T, b *embedded.Broker, group string, list ...events.Event) {
	t.Helper()
	publish(t, b, list...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	buried := 0
	if err := b.Subscriber().Subscribe(ctx, events.Subscription{
		Group: group, Retry: events.Retry{MaxAttempts: 1},
		Handler: func(context.Context, events.Event) error { return errors.New("not today") },
		Observe: func(o events.Outcome) {
			if buried++; buried == len(list) && o == events.Buried {
				cancel()
			}
		},
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Run("usual case", testDeadLettersUsualCase)
	t.Run("refuses", testDeadLettersRefuses)
	t.Run("discard", testDeadLettersDiscard)
	t.Run("discard without a response", testDeadLettersDiscardWithoutAResponse)
}

func testDeadLettersUsualCase(t *testing.T) {
	b := openBroker(t)
	api := newAPI(t, b)
	if w := ask(api, "GET", brokerapi.DeadLettersPath); w.Body.String() != `{"dead_letters":[]}`+"\n" {
		t.Errorf("got %s", w.Body)
	}
	first, second := event(t, "e-1", updated), event(t, "e-2", low)
	bury(t, b, "stock", first, second)
	page := func(query string, want ...string) (list brokerapi.DeadLetters) {
		t.Helper()
		w := ask(api, "GET", brokerapi.DeadLettersPath+query)
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != 200 || len(list.DeadLetters) != len(want) {
			t.Fatalf("%s: got %d %s, %v", query, w.Code, w.Body, err)
		}
		for i, l := range list.DeadLetters {
			if l.EventID != want[i] {
				t.Errorf("%s: got %+v, want %s", query, l, want[i])
			}
		}
		return list
	}
	all := page("", "e-1", "e-2").DeadLetters
	page("?limit=1", "e-1")
	page("?limit=200&after="+all[0].ID, "e-2")
	page("?after=" + all[1].ID)
	l := all[0]
	if l.Group != "stock" || l.Reason != "not today" || l.Attempts != 1 || string(l.Event) != string(first.Document()) || l.Document != nil {
		t.Errorf("got %+v", l)
	}
	if _, err := time.Parse(events.TimeFormat, l.FailedAt); err != nil {
		t.Error(err)
	}
	one := brokerapi.DeadLettersPath + "/" + l.ID
	if w := ask(api, "GET", one); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"id":"`+l.ID+`","group":"stock"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := ask(api, "POST", one+brokerapi.ReplaySuffix); w.Code != 204 || w.Body.Len() > 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	wantProblem(t, ask(api, "POST", one+brokerapi.ReplaySuffix), problem.NotFound)
	wantProblem(t, ask(api, "GET", one), problem.NotFound)
	page("", "e-2")
}

func testDeadLettersRefuses(t *testing.T) {
	api := newAPI(t, openBroker(t))
	for path, code := range map[string]problem.Code{
		"?limit=0":                           problem.ValidationError,
		"?limit=201":                         problem.ValidationError,
		"?limit=99999999999999999999":        problem.ValidationError,
		"?offset=1":                          problem.ValidationError,
		"?after=%00":                         problem.ValidationError,
		"?after=" + strings.Repeat("9", 129): problem.ValidationError,
		"?after=none":                        problem.NotFound,
		"/none":                              problem.NotFound,
		"/99999999999999999999":              problem.NotFound,
		"/-1":                                problem.NotFound,
		"/1%2F2":                             problem.NotFound,
		"/%1b%5b31m":                         problem.ValidationError,
		"/%ff":                               problem.ValidationError,
		"/" + strings.Repeat("x", 129):       problem.ValidationError,
		"/1?force=true":                      problem.ValidationError,
	} {
		wantProblem(t, ask(api, "GET", brokerapi.DeadLettersPath+path), code)
		if strings.HasPrefix(path, "/") {
			wantProblem(t, ask(api, "DELETE", brokerapi.DeadLettersPath+path), code)
		}
	}
}

// testDeadLettersDiscard expects that only the named dead letter is removed, with a
// line in the log.
func testDeadLettersDiscard(t *testing.T) {
	b := openBroker(t)
	var log bytes.Buffer
	api := newLoggedAPI(t, b, slog.New(slog.NewJSONHandler(&log, nil)))
	bury(t, b, "stock", event(t, "e-1", updated), event(t, "e-2", low))
	one := brokerapi.DeadLettersPath + "/1"
	for path, code := range map[string]problem.Code{
		"": problem.MethodNotAllowed, "/": problem.NotFound, "/3": problem.NotFound, "/1/": problem.NotFound,
		"/1" + brokerapi.ReplaySuffix: problem.MethodNotAllowed, "?after=1": problem.MethodNotAllowed,
	} {
		wantProblem(t, ask(api, "DELETE", brokerapi.DeadLettersPath+path), code)
	}
	if log.Len() > 0 {
		t.Errorf("the log has lines of failed requests: %s", &log)
	}
	if w := ask(api, "DELETE", one); w.Code != 204 || w.Body.Len() > 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	const line = `"level":"WARN","msg":"dead letter discarded","dead_letter":"1","event_id":"e-1","group":"stock","reason":"not today","attempts":1}` + "\n"
	if !strings.HasSuffix(log.String(), line) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("got %swant %s", &log, line)
	}
	wantProblem(t, ask(api, "DELETE", one), problem.NotFound)
	wantProblem(t, ask(api, "GET", one), problem.NotFound)
	wantProblem(t, ask(api, "POST", one+brokerapi.ReplaySuffix), problem.NotFound)
	if w := ask(api, "GET", brokerapi.DeadLettersPath); strings.Count(w.Body.String(), `"event_id"`) != 1 || !strings.Contains(w.Body.String(), `"event_id":"e-2"`) {
		t.Errorf("got %s", w.Body)
	}
	if strings.Count(log.String(), "\n") != 1 {
		t.Errorf("got %s", &log)
	}
}

// unsure is an Inspector whose broker fails during the removal of a dead letter.
type unsure struct{ events.Inspector }

func (unsure) DiscardDeadLetter(context.Context, string) (events.StoredDeadLetter, error) {
	return events.StoredDeadLetter{ID: "0-1", EventID: "e-1"}, errors.New("read: connection reset")
}

func testDeadLettersDiscardWithoutAResponse(t *testing.T) {
	var log bytes.Buffer
	api := newLoggedAPI(t, unsure{}, slog.New(slog.NewJSONHandler(&log, nil)))
	wantProblem(t, ask(api, "DELETE", brokerapi.DeadLettersPath+"/0-1"), problem.StorageUnavailable)
	const words = `"msg":"dead letter perhaps discarded","dead_letter":"0-1","event_id":"e-1"`
	if !strings.Contains(log.String(), words) || !strings.Contains(log.String(), "connection reset") {
		t.Errorf("got %s", &log)
	}
}

// oneMalformed is an Inspector with one dead letter that is not an event.
type oneMalformed struct {
	events.Inspector
	document string
}

func (l oneMalformed) DeadLetter(context.Context, string) (events.StoredDeadLetter, error) {
	return events.StoredDeadLetter{ID: "0-1", DeadLetter: events.DeadLetter{Document: []byte(l.document)}}, nil
}

func TestDeadLetter(t *testing.T) {
	t.Run("not an event", testDeadLetterNotAnEvent)
}

func testDeadLetterNotAnEvent(t *testing.T) {
	for document, want := range map[string]string{
		`{"a": 1}`: `"event":{"a":1}`,
		"\xff\x00": `"document":"/wA="`,
		"":         `"failed_at":"0001-01-01T00:00:00.000Z"}`,
	} {
		w := ask(newAPI(t, oneMalformed{document: document}), "GET", brokerapi.DeadLettersPath+"/0-1")
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: got %d %s", document, w.Code, w.Body)
		}
	}
}
