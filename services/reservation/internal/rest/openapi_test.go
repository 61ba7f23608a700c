package rest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
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
	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	service "inventory.example/services/reservation"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRegister(t *testing.T) {
	t.Run("implements the document", testRegisterImplementsTheDocument)
}

func testRegisterImplementsTheDocument(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{Service: service.Name, OpenAPI: rest.OpenAPI, Components: eventschema.Reservation().OpenAPI()})
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
	all     = "k-all"                                // a key
	mug     = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01" // as in the document's examples
	unknown = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1aff"
	deleted = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1afd"
)

// stock has 60 mugs in every store, whether or not some are held.
type stock struct{ away bool }

func (s *stock) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.away {
		return nil, io.ErrUnexpectedEOF
	}
	w := httptest.NewRecorder()
	if r.URL.Path == stockwire.SettlementsPath {
		w.WriteHeader(http.StatusNoContent)
		return w.Result(), nil
	}
	var request stockwire.HoldsRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return nil, err
	}
	var answer stockwire.HoldsAnswer
	for _, h := range request.Holds {
		result := stockwire.HoldResult{Outcome: stockwire.OutcomeGranted, ExpiresAt: h.ExpiresAt}
		if h.Request != nil {
			for _, l := range h.Request.Lines {
				result.Lines = append(result.Lines, stockwire.HeldLine{ProductID: mug, StoreID: cmp.Or(l.StoreID, "BCN-001"), Quantity: l.Quantity})
			}
			answer.Results = append(answer.Results, result)
			continue
		}
		switch l := h.Lines[0]; {
		case l.ProductID == deleted:
			result = stockwire.HoldResult{Outcome: stockwire.OutcomeNoRow, ProductDeleted: true}
		case l.ProductID != mug:
			result = stockwire.HoldResult{Outcome: stockwire.OutcomeNoRow}
		case l.Quantity > 60:
			result = stockwire.HoldResult{Outcome: stockwire.OutcomeInsufficient, Available: 60, Requested: l.Quantity}
		}
		answer.Results = append(answer.Results, result)
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// openReservation returns the handler of a reservation service, whose responses are
// validated against the document, and its clock.
func openReservation(t *testing.T, toStock http.RoundTripper) (http.Handler, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
	s, err := service.Open(t.Context(), service.Config{
		SQLitePath: filepath.Join(t.TempDir(), "reservation.db"), StockURLs: []string{"http://stock"},
		HoldTimeout: time.Minute, SettleTimeout: time.Minute, HoldWalkInterval: time.Minute,
		Settings: process.Settings{APIKeys: all + ":All,k-read:Auditor:read,k-madrid:Madrid:MAD-001", Synchronous: "NORMAL"},
	}, service.Deps{
		Publisher: &eventstest.Recorder{}, Stock: toStock,
		Deps: backbone.Deps{
			Broker: "recorder", Clock: c, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "1",
		},
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

// created returns the path of the reservation that a request creates.
func created(t *testing.T, h http.Handler, request string, headers ...string) string {
	t.Helper()
	location := httpapitest.Send(t, h, all, request, 201, headers...).Header().Get("Location")
	if location == "" {
		t.Fatal("no Location")
	}
	return strings.TrimPrefix(location, "/api/v1")
}

const create = `POST /reservations {"product_id":"` + mug + `","store_id":"MAD-001","customer_id":"c-1","quantity":2}`

// basket is a create of a line and of two mugs in BCN-001.
func basket(product, store string, quantity int) string {
	return fmt.Sprintf(`POST /reservations {"customer_id":"c-1","lines":[{"product_id":%q,"store_id":%q,"quantity":%d},`+
		`{"product_id":%q,"store_id":"BCN-001","quantity":2}]}`, product, store, quantity, mug)
}

var (
	read   = []string{"X-API-Key", "k-read"}
	madrid = []string{"X-API-Key", "k-madrid"}
	once   = []string{"Idempotency-Key", "k"}
)

func TestOpenAPI(t *testing.T) {
	t.Run("describes creates and queries", testOpenAPIDescribesCreatesAndQueries)
	t.Run("describes how reservations end", testOpenAPIDescribesHowReservationsEnd)
	t.Run("examples are served", testOpenAPIExamplesAreServed)
}

func testOpenAPIDescribesCreatesAndQueries(t *testing.T) {
	toStock := &stock{}
	h, _ := openReservation(t, toStock)
	path := created(t, h, create, once...)
	with := func(member string) string { return strings.Replace(create, `"quantity":2`, member, 1) }
	const row = "/reservations/product/" + mug + "/store/MAD-001"
	for _, e := range []struct {
		request string
		status  int
		headers []string
	}{
		{create, 201, once},
		{with(`"quantity":3`), 422, once},
		{with(`"quantity":2,"ttl_minutes":1440`), 201, madrid},
		{with(`"quantity":2,"ttl_seconds":1,"ttl_minutes":null`), 201, nil},
		{with(`"quantity":2,"ttl_seconds":1,"ttl_minutes":1`), 400, nil},
		{with(`"quantity":0`), 400, nil},
		{with(`"quantity":500`), 409, nil},
		{strings.Replace(create, mug, unknown, 1), 404, nil},
		{strings.Replace(create, mug, deleted, 1), 409, nil},
		{basket(mug, "MAD-001", 2), 201, nil},
		{basket(mug, "MAD-001", 2), 403, madrid},
		{basket(mug, "MAD-001", 500), 409, nil},
		{basket(unknown, "MAD-001", 2), 404, nil},
		{basket(deleted, "MAD-001", 2), 409, nil},
		{basket(mug, "MAD 001", 2), 400, nil},
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
		httpapitest.Send(t, h, all, e.request, e.status, e.headers...)
	}
	toStock.away = true
	httpapitest.Send(t, h, all, create, 503)
}

func testOpenAPIDescribesHowReservationsEnd(t *testing.T) {
	h, c := openReservation(t, &stock{})
	extended, confirmed, cancelled := created(t, h, create), created(t, h, create), created(t, h, create)
	inBarcelona := created(t, h, strings.Replace(create, "MAD", "BCN", 1))
	expired := created(t, h, create)
	for _, e := range []struct {
		request string
		status  int
		headers []string
	}{
		{"POST " + extended + `/extend {"ttl_minutes":30}`, 200, nil},
		{"POST " + extended + `/extend {"ttl_seconds":44641}`, 200, madrid},
		{"POST " + extended + `/extend {"ttl_minutes":30,"ttl_seconds":1}`, 400, nil},
		{"POST " + extended + `/extend {"ttl_minutes":0}`, 400, nil},
		{"POST " + extended + `/extend {"ttl_minutes":30}`, 403, read},
		{"POST " + inBarcelona + `/extend {"ttl_minutes":30}`, 404, madrid},
		{"POST " + confirmed + "/confirm", 200, once},
		{"POST " + confirmed + "/confirm", 200, once},
		{"POST " + confirmed + "/confirm {}", 422, once},
		{"POST " + confirmed + "/confirm {}", 200, nil},
		{"POST " + confirmed + `/confirm {"x":1}`, 400, nil},
		{"POST " + confirmed + "/confirm", 403, read},
		{"POST " + confirmed + "/cancel", 409, nil},
		{"POST " + confirmed + `/extend {"ttl_minutes":30}`, 409, nil},
		{"POST " + cancelled + `/cancel {"reason":"aborted"}`, 400, nil},
		{"POST " + cancelled + `/cancel {"reason":"too late"}`, 200, nil},
		{"POST " + cancelled + "/cancel", 200, nil},
		{"POST " + cancelled + "/confirm", 409, nil},
		{"POST " + inBarcelona + "/confirm", 404, madrid},
		{"POST " + inBarcelona + "/cancel", 404, madrid},
		{"POST /reservations/" + unknown + "/confirm", 404, nil},
		{"POST /reservations/" + unknown + "/cancel", 404, nil},
		{"POST " + confirmed + "/cancel", 401, []string{"X-API-Key", ""}},
	} {
		httpapitest.Send(t, h, all, e.request, e.status, e.headers...)
	}
	c.Advance(reservation.DefaultTTL)
	httpapitest.Send(t, h, all, "POST "+expired+"/confirm", 409)
	httpapitest.Send(t, h, all, "POST "+expired+"/cancel", 409)
	httpapitest.Send(t, h, all, "GET /reservations/stats", 200)
}

func testOpenAPIExamplesAreServed(t *testing.T) {
	h, _ := openReservation(t, &stock{})
	row := httpapitest.Example(t, h, "POST", "/reservations")
	lines := `{"customer_id":"c-1","sourcing":"ranked","lines":[{"product_id":"` + mug + `","store_id":"MAD-001","quantity":2},` +
		`{"sku":"TEA-SEN-100","stores":["MAD-001","BCN-001"],"quantity":3}]}`
	for _, body := range []string{row, lines} {
		for _, verb := range []string{"/confirm", "/cancel", "/extend"} {
			path := created(t, h, "POST /reservations "+body)
			httpapitest.Send(t, h, all, "POST "+path+verb+" "+httpapitest.Example(t, h, "POST", "/reservations/{id}"+verb), 200)
		}
	}
}
