package rest_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/eventsapi"
	"inventory.example/pkg/holdsapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/process"
	"inventory.example/pkg/settings"
	service "inventory.example/services/reservation"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRegister_does_what_the_document_says(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{Service: service.Name, OpenAPI: rest.OpenAPI})
	if err != nil {
		t.Fatal(err)
	}
	rest.Register(api, reservation.New(reservation.Options{}))
	eventsapi.Register(api, service.Name, nil)
	for _, difference := range api.CheckOpenAPI() {
		t.Error(difference)
	}
}

const (
	mug     = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01" // as in the document's examples
	unknown = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1aff"
)

// stock has 60 mugs in every store, whoever holds some.
type stock struct{ away bool }

func (s *stock) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.away {
		return nil, io.ErrUnexpectedEOF
	}
	w := httptest.NewRecorder()
	if r.URL.Path == holdsapi.SettlementsPath {
		w.WriteHeader(http.StatusNoContent)
		return w.Result(), nil
	}
	var request holdsapi.HoldsRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return nil, err
	}
	var answer holdsapi.HoldsAnswer
	for _, h := range request.Holds {
		result := holdsapi.HoldResult{Outcome: holdsapi.OutcomeGranted, ExpiresAt: h.ExpiresAt}
		switch l := h.Lines[0]; {
		case l.ProductID != mug:
			result = holdsapi.HoldResult{Outcome: holdsapi.OutcomeNoRow}
		case l.Quantity > 60:
			result = holdsapi.HoldResult{Outcome: holdsapi.OutcomeInsufficient, Available: 60, Requested: l.Quantity}
		}
		answer.Results = append(answer.Results, result)
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// openReservation returns the handler of a reservation service, whose answers
// are held against the document, and its clock.
func openReservation(t *testing.T, toStock http.RoundTripper) (http.Handler, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
	s, err := service.Open(t.Context(), service.Config{
		SQLitePath: filepath.Join(t.TempDir(), "reservation.db"), StockURL: "http://stock",
		HoldTimeout: time.Minute, SettleTimeout: time.Minute,
		Common: settings.Common{APIKeys: "k-all:All,k-read:Auditor:read,k-madrid:Madrid:MAD-001", Synchronous: "NORMAL"},
	}, service.Deps{
		Publisher: &eventstest.Recorder{}, Broker: "recorder", Stock: toStock, Clock: c,
		NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "1",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return httpapitest.Contract(t, s.Handler()), c
}

// exchange is a request, "METHOD path body", and the status of its answer.
type exchange struct {
	request string
	status  int
	headers []string // name, value
}

func (e exchange) do(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	parts := append(strings.SplitN(e.request, " ", 3), "")
	r := httptest.NewRequest(parts[0], "/api/v1"+parts[1], strings.NewReader(parts[2]))
	r.Header.Set("X-API-Key", "k-all")
	for i := 0; i < len(e.headers); i += 2 {
		r.Header.Set(e.headers[i], e.headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != e.status {
		t.Errorf("%s: %d %s, want %d", e.request, w.Code, w.Body, e.status)
	}
	return w
}

// path returns the path of the reservation that e creates.
func (e exchange) path(t *testing.T, h http.Handler) string {
	t.Helper()
	location := e.do(t, h).Header().Get("Location")
	if location == "" {
		t.Fatal("no Location")
	}
	return strings.TrimPrefix(location, "/api/v1")
}

const create = `POST /reservations {"product_id":"` + mug + `","store_id":"MAD-001","customer_id":"c-1","quantity":2}`

var (
	read   = []string{"X-API-Key", "k-read"}
	madrid = []string{"X-API-Key", "k-madrid"}
	once   = []string{"Idempotency-Key", "k"}
)

func TestOpenAPI_describes_creates_and_queries(t *testing.T) {
	toStock := &stock{}
	h, _ := openReservation(t, toStock)
	path := exchange{create, 201, once}.path(t, h)
	with := func(member string) string { return strings.Replace(create, `"quantity":2`, member, 1) }
	const row = "/reservations/product/" + mug + "/store/MAD-001"
	for _, e := range []exchange{
		{create, 201, once},
		{with(`"quantity":3`), 422, once},
		{with(`"quantity":2,"ttl_minutes":1440`), 201, madrid},
		{with(`"quantity":2,"ttl_seconds":1,"ttl_minutes":null`), 201, nil},
		{with(`"quantity":2,"ttl_seconds":1,"ttl_minutes":1`), 400, nil},
		{with(`"quantity":0`), 400, nil},
		{with(`"quantity":500`), 409, nil},
		{strings.Replace(create, mug, unknown, 1), 404, nil},
		{create, 401, []string{"X-API-Key", ""}},
		{create, 403, read},
		{strings.Replace(create, "MAD", "BCN", 1), 403, madrid},
		{"GET " + path, 200, read},
		{"GET " + path + "?x=1", 400, nil},
		{"GET /reservations/" + unknown, 404, nil},
		{"GET /reservations/stats", 200, nil},
		{"GET /reservations/stats", 200, madrid},
		{"GET /reservations/stats?x=1", 400, nil},
		{"GET /reservations/store/MAD-001/pending", 200, nil},
		{"GET /reservations/store/VLC-001/pending?page=2&page_size=5", 200, nil},
		{"GET /reservations/store/BCN-001/pending", 403, madrid},
		{"GET /reservations/store/MAD-001/pending?limit=0", 400, nil},
		{"GET " + row, 200, nil},
		{"GET " + row + "?status=pending&limit=1&offset=1", 200, nil},
		{"GET " + row + "?status=lost", 400, nil},
		{"GET " + strings.Replace(row, "MAD", "BCN", 1), 403, madrid},
		{"GET /events/reservation", 200, nil},
		{"GET /events/reservation?event_type=reservation.created&store_id=MAD-001&pending=true&cursor=0&limit=1", 200, madrid},
		{"GET /events/reservation?limit=0", 400, nil},
		{"GET /events/reservation?store_id=BCN-001", 403, madrid},
	} {
		e.do(t, h)
	}
	toStock.away = true
	exchange{create, 503, nil}.do(t, h)
}

func TestOpenAPI_describes_how_reservations_end(t *testing.T) {
	h, c := openReservation(t, &stock{})
	confirmed, cancelled := exchange{create, 201, nil}.path(t, h), exchange{create, 201, nil}.path(t, h)
	inBarcelona := exchange{strings.Replace(create, "MAD", "BCN", 1), 201, nil}.path(t, h)
	expired := exchange{create, 201, nil}.path(t, h)
	for _, e := range []exchange{
		{"POST " + confirmed + "/confirm", 200, once},
		{"POST " + confirmed + "/confirm", 200, once},
		{"POST " + confirmed + "/confirm {}", 422, once},
		{"POST " + confirmed + "/confirm {}", 200, nil},
		{"POST " + confirmed + `/confirm {"x":1}`, 400, nil},
		{"POST " + confirmed + "/confirm", 403, read},
		{"POST " + confirmed + "/cancel", 409, nil},
		{"POST " + cancelled + `/cancel {"reason":"aborted"}`, 400, nil},
		{"POST " + cancelled + `/cancel {"reason":"too late"}`, 200, nil},
		{"POST " + cancelled + "/cancel", 200, nil},
		{"POST " + cancelled + "/confirm", 409, nil},
		{"POST " + inBarcelona + "/confirm", 403, madrid},
		{"POST " + inBarcelona + "/cancel", 403, madrid},
		{"POST /reservations/" + unknown + "/confirm", 404, nil},
		{"POST /reservations/" + unknown + "/cancel", 404, nil},
		{"POST " + confirmed + "/cancel", 401, []string{"X-API-Key", ""}},
	} {
		e.do(t, h)
	}
	c.Advance(reservation.DefaultTTL)
	exchange{"POST " + expired + "/confirm", 409, nil}.do(t, h)
	exchange{"POST " + expired + "/cancel", 409, nil}.do(t, h)
	exchange{"GET /reservations/stats", 200, nil}.do(t, h)
}

func TestOpenAPI_examples_are_served(t *testing.T) {
	h, _ := openReservation(t, &stock{})
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", http.NoBody))
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	example := func(path string) string {
		var operation struct {
			RequestBody struct {
				Content map[string]struct{ Example json.RawMessage }
			}
		}
		if err := json.Unmarshal(document.Paths["/api/v1"+path]["post"], &operation); err != nil {
			t.Fatal(err)
		}
		return string(operation.RequestBody.Content["application/json"].Example)
	}
	for _, verb := range []string{"/confirm", "/cancel"} {
		path := exchange{"POST /reservations " + example("/reservations"), 201, nil}.path(t, h)
		exchange{"POST " + path + verb + " " + example("/reservations/{id}"+verb), 200, nil}.do(t, h)
	}
}
