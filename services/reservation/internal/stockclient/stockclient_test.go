package stockclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/stockclient"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	holdTimeout   = 2 * time.Second
	settleTimeout = 500 * time.Millisecond
	pause         = 500 * time.Millisecond // after a failure
)

// stock is the other end of the network; the test responds to each request.
type stock struct{ arrived chan *request }

// request is a request that arrived; it waits for one response.
type request struct {
	host         string
	method, path string
	query        string   // from the question mark on
	ids          []string // of reservations
	actors       []string // of the same
	answer       chan result
	settlements  []stockwire.Settlement
}

type result struct {
	response *http.Response
	err      error
}

// RoundTrip implements http.RoundTripper.
func (s *stock) RoundTrip(r *http.Request) (*http.Response, error) {
	arrived := &request{host: r.URL.Host, method: r.Method, path: r.URL.EscapedPath(), answer: make(chan result, 1)}
	if r.URL.RawQuery != "" {
		arrived.query = "?" + r.URL.RawQuery
	}
	if r.Method == http.MethodPost {
		var body struct {
			Holds       []stockwire.Hold       `json:"holds"`
			Settlements []stockwire.Settlement `json:"settlements"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return nil, err
		}
		for _, h := range body.Holds {
			arrived.ids, arrived.actors = append(arrived.ids, h.ReservationID), append(arrived.actors, h.Actor)
		}
		arrived.settlements = body.Settlements
		for _, one := range body.Settlements {
			arrived.ids, arrived.actors = append(arrived.ids, one.ReservationID), append(arrived.actors, one.Actor)
		}
	}
	s.arrived <- arrived
	select {
	case a := <-arrived.answer:
		return a.response, a.err
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// expiryOf returns a time that differs from that of any other id.
func expiryOf(id string) time.Time {
	sum := fnv.New32a()
	_, _ = io.WriteString(sum, id)
	return time.UnixMilli(int64(sum.Sum32())).UTC()
}

// grant grants every hold of the request, each with the time of its id.
func (r *request) grant() {
	var a stockwire.HoldsAnswer
	for _, id := range r.ids {
		a.Results = append(a.Results, stockwire.HoldResult{Outcome: stockwire.OutcomeGranted, ExpiresAt: clock.Text(expiryOf(id))})
	}
	text, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	r.reply(200, string(text))
}

func (r *request) reply(status int, text string) {
	contentType := "application/json"
	if status >= 400 {
		contentType = "application/problem+json"
	}
	r.answer <- result{response: &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(text)),
	}}
}

func (r *request) fail(err error) { r.answer <- result{err: err} }

// asking is a client under test, in a bubble of its own time.
type asking struct {
	t      *testing.T
	client *stockclient.Client
	stock  *stock
	log    *strings.Builder
}

// ask runs test with a client that is closed afterwards.
func ask(t *testing.T, test func(t *testing.T, a *asking)) {
	t.Helper()
	askAt(t, clock.System{}, test)
}

// askAt is ask with another clock.
func askAt(t *testing.T, c clock.Clock, test func(t *testing.T, a *asking)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &asking{t: t, stock: &stock{make(chan *request, 1000)}, log: &strings.Builder{}}
		a.client = stockclient.New(stockclient.Options{
			BaseURLs: []string{"http://stock"}, Transport: a.stock, ServiceKey: func() string { return "s" }, HoldTimeout: holdTimeout, SettleTimeout: settleTimeout,
			Clock: c, Logger: slog.New(slog.NewTextHandler(a.log, nil)),
		})
		defer a.client.Close()
		test(t, a)
	})
}

func draft(id string) reservation.Reservation {
	return reservation.Reservation{ID: id, ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 1, TTLSeconds: 60, Actor: "Store Madrid"}
}

// outcome is the outcome of a Hold.
type outcome struct {
	answer reservation.HoldAnswer
	err    error
}

// hold asks for a hold and returns at once, with the request on its way or in
// the queue.
func (a *asking) hold(ctx context.Context, id string) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		answer, err := a.client.Hold(ctx, draft(id), nil)
		done <- outcome{answer, err}
	}()
	synctest.Wait()
	return done
}

// arrives returns the one request that is at stock.
func (a *asking) arrives() *request {
	a.t.Helper()
	synctest.Wait()
	select {
	case r := <-a.stock.arrived:
		return r
	default:
		a.t.Fatal("nothing arrived at stock")
		return nil
	}
}

// wantNone expects that nothing more arrived at stock.
func (a *asking) wantNone() {
	a.t.Helper()
	synctest.Wait()
	if n := len(a.stock.arrived); n > 0 {
		a.t.Errorf("%d requests arrived", n)
	}
}

func wantGranted(t *testing.T, done <-chan outcome, id string) {
	t.Helper()
	if o := <-done; o.err != nil || o.answer.Outcome != reservation.HoldGranted || o.answer.ExpiresAt != expiryOf(id) {
		t.Errorf("%s: %+v, %v", id, o.answer, o.err)
	}
}

func wantNothingDone(t *testing.T, done <-chan outcome, want bool) {
	t.Helper()
	if o := <-done; o.err == nil || errors.Is(o.err, reservation.ErrNothingDone) != want {
		t.Errorf("error %v, nothing done: want %t", o.err, want)
	}
}
