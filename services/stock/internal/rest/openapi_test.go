package rest_test

import (
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
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/stock"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRegister(t *testing.T) {
	t.Run("implements the document", testRegisterImplementsTheDocument)
}

func testRegisterImplementsTheDocument(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{Service: stock.Name, OpenAPI: rest.OpenAPI, Components: eventschema.Stock().OpenAPI()})
	if err != nil {
		t.Fatal(err)
	}
	rest.Register(api, ledger.New(ledger.Options{}))
	eventsapi.Register(api, stock.Name, nil)
	for _, difference := range api.CheckOpenAPI() {
		t.Error(difference)
	}
}

const (
	all     = "k-all"                                // a key
	mug     = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01" // as in the document's examples
	unknown = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1aff"
)

// products is a catalog that has one product; without it is unreachable.
type products struct{ away bool }

func (p *products) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.away {
		return nil, io.ErrUnexpectedEOF
	}
	w := httptest.NewRecorder()
	if strings.HasSuffix(r.URL.Path, mug) {
		_, _ = w.WriteString(`{"id":"` + mug + `","sku":"MUG-1","name":"Mug","version":1}`)
	} else {
		w.WriteHeader(http.StatusNotFound)
	}
	return w.Result(), nil
}

// openStock returns the handler of a stock service, whose responses are validated
// against the document.
func openStock(t *testing.T, catalog http.RoundTripper) http.Handler {
	t.Helper()
	s, err := stock.Open(t.Context(), stock.Config{
		SQLitePath: filepath.Join(t.TempDir(), "stock.db"), CatalogURL: "http://catalog", CatalogTimeout: time.Minute,
		Settings: process.Settings{APIKeys: all + ":All,k-read:Auditor:read,k-madrid:Madrid:MAD-001", Synchronous: "NORMAL"},
	}, stock.Deps{
		Publisher: &eventstest.Recorder{}, Catalog: catalog,
		Deps: backbone.Deps{
			Broker: "recorder", Clock: clock.System{}, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "1",
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
	return httpapitest.Contract(t, s.Handler())
}

func TestOpenAPI(t *testing.T) {
	t.Run("describes every response", testOpenAPIDescribesEveryResponse)
	t.Run("examples are served", testOpenAPIExamplesAreServed)
}

func testOpenAPIDescribesEveryResponse(t *testing.T) {
	catalog := &products{}
	h := openStock(t, catalog)
	const row, other = "/stock/" + mug + "/MAD-001", "/stock/" + mug + "/NONE"
	create := `POST /stock {"product_id":"` + mug + `","store_id":"MAD-001","initial_quantity":9,"max_stock":50,"min_stock":null}`
	transfer := `POST /stock/transfer {"product_id":"` + mug + `","from_store_id":"MAD-001","to_store_id":`
	const order = `POST /transfers {"from_store_id":"MAD-001","to_store_id":"BCN-001",`
	read, madrid := []string{"X-API-Key", "k-read"}, []string{"X-API-Key", "k-madrid"}
	once, old := []string{"Idempotency-Key", "k"}, []string{"If-Match", `"99"`}
	for _, e := range []struct {
		request string
		status  int
		headers []string
	}{
		{"GET /stock/store/MAD-001", 200, nil},
		{"GET " + row, 404, nil},
		{create, 201, once},
		{create, 201, once},
		{strings.Replace(create, "9", "8", 1), 422, once},
		{create, 409, nil},
		{create, 401, []string{"X-API-Key", ""}},
		{create, 403, read},
		{strings.Replace(create, "MAD-001", "BCN-001", 1), 403, madrid},
		{strings.Replace(create, mug, unknown, 1), 404, nil},
		{`POST /stock {}`, 400, nil},
		{"GET " + row, 200, madrid},
		{"GET " + row + "?x=1", 400, nil},
		{"GET " + other, 403, madrid},
		{"GET " + row + "/availability?quantity=9", 200, read},
		{"GET " + row + "/availability", 400, nil},
		{"GET " + other + "/availability?quantity=9", 404, nil},
		{"GET " + row + "/movements", 200, read},
		{"GET " + row + "/movements?page=1&page_size=1", 200, madrid},
		{"GET " + row + "/movements?as_of=2026-08-01T12:00:00Z", 200, nil},
		{"GET " + row + "/movements?as_of=yesterday", 400, nil},
		{"GET " + other + "/movements", 404, nil},
		{"GET " + other + "/movements?as_of=2026-08-01T12:00:00Z", 404, nil},
		{"GET " + other + "/movements", 403, madrid},
		{"PUT " + row + ` {"quantity":20,"reorder_point":0,"reorder_qty":5,"reason":"count"}`, 200, []string{"If-Match", `"1"`}},
		{"PUT " + row + ` {"quantity":20}`, 412, old},
		{"PATCH " + row + ` {"min_stock":1,"max_stock":null}`, 200, madrid},
		{"PATCH " + row + ` {"min_stock":1}`, 412, old},
		{"PATCH " + row + ` {"quantity":1}`, 400, nil},
		{"PATCH " + row + ` {"min_stock":2}`, 403, read},
		{"PATCH " + other + ` {"min_stock":1}`, 404, nil},
		{"PUT " + row + ` {"quantity":-1}`, 400, nil},
		{"PUT " + other + ` {"quantity":1}`, 404, nil},
		{"PUT " + row + ` {"quantity":1}`, 403, read},
		{"POST " + row + `/adjust {"adjustment":-2}`, 200, []string{"Idempotency-Key", "a"}},
		{"POST " + row + `/adjust {"adjustment":-2}`, 200, []string{"Idempotency-Key", "a"}},
		{"POST " + row + `/adjust {"adjustment":-3}`, 422, []string{"Idempotency-Key", "a"}},
		{"POST " + row + `/adjust {"adjustment":-99}`, 409, nil},
		{"POST " + row + `/adjust {"adjustment":1000000000}`, 409, nil},
		{"POST " + row + `/adjust {"adjustment":0}`, 400, nil},
		{"POST " + row + `/adjust {"adjustment":1}`, 412, old},
		{"POST " + other + `/adjust {"adjustment":1}`, 404, nil},
		{"POST " + row + `/states {"from":"available","to":"damaged","quantity":2,"reason":"wet"}`, 200, []string{"Idempotency-Key", "s"}},
		{"POST " + row + `/states {"from":"available","to":"damaged","quantity":2,"reason":"wet"}`, 200, []string{"Idempotency-Key", "s"}},
		{"POST " + row + `/states {"from":"available","to":"other","quantity":2}`, 422, []string{"Idempotency-Key", "s"}},
		{"POST " + row + `/states {"from":"damaged","to":"other","quantity":3}`, 409, nil},
		{"POST " + row + `/states {"from":"lost","to":"other","quantity":1}`, 400, nil},
		{"POST " + row + `/states {"from":"damaged","to":"available","quantity":1}`, 412, old},
		{"POST " + row + `/states {"from":"damaged","to":"available","quantity":1}`, 403, read},
		{"POST " + other + `/states {"from":"damaged","to":"available","quantity":1}`, 404, nil},
		{"DELETE " + row, 409, nil},
		{"DELETE " + row, 412, old},
		{"DELETE " + row, 403, read},
		{"DELETE " + other, 404, nil},
		{`POST /stock {"product_id":"` + mug + `","store_id":"OLD-001","initial_quantity":0}`, 201, nil},
		{"DELETE /stock/" + mug + "/OLD-001", 204, nil},
		{transfer + `"BCN-001","quantity":3}`, 200, []string{"Idempotency-Key", "t"}},
		{transfer + `"BCN-001","quantity":3}`, 200, []string{"Idempotency-Key", "t"}},
		{transfer + `"BCN-001","quantity":4}`, 422, []string{"Idempotency-Key", "t"}},
		{transfer + `"BCN-001","quantity":99}`, 409, nil},
		{transfer + `"MAD-001","quantity":1}`, 400, nil},
		{transfer + `"BCN-001","quantity":1}`, 403, madrid},
		{strings.Replace(transfer, "MAD", "VLC", 1) + `"BCN-001","quantity":1}`, 404, nil},
		{"GET /stock", 200, read},
		{"GET /stock/movements?product_id=" + mug + "&store_id=MAD-001&kind=sold&actor=All&reference=x&from=2026-08-01T12:00:00Z&limit=1", 200, madrid},
		{"GET /stock/movements?kind=lost", 400, nil},
		{"GET /stock/movements?store_id=BCN-001", 403, madrid},
		{"GET " + row + "?as_of=2026-08-01T12:00:00Z", 200, madrid},
		{"GET " + other + "?as_of=2026-08-01T12:00:00Z", 404, nil},
		{"GET /stock/product/" + mug + "?as_of=9999-08-01T12:00:00Z", 200, madrid},
		{"GET /stock/store/MAD-001?as_of=9999-08-01T12:00:00Z&limit=1", 200, madrid},
		{"GET /stock?store_id=MAD-001&product_id=" + mug + "&sku=mug-1&q=MUG&state=ok&sort=-available&totals=true&limit=1", 200, madrid},
		{"GET /stock?sort=price", 400, nil},
		{"GET /stock?store_id=BCN-001", 403, madrid},
		{order + `"lines":[{"product_id":"` + mug + `","quantity":2}]}`, 201, []string{"Idempotency-Key", "o"}},
		{order + `"lines":[{"product_id":"` + mug + `","quantity":2}]}`, 201, []string{"Idempotency-Key", "o"}},
		{order + `"lines":[{"product_id":"` + mug + `","quantity":3}]}`, 422, []string{"Idempotency-Key", "o"}},
		{order + `"lines":[]}`, 400, nil},
		{order + `"lines":[{"product_id":"` + unknown + `","quantity":2}]}`, 404, nil},
		{order + `"lines":[{"product_id":"` + mug + `","quantity":2}]}`, 403, madrid},
		{"GET /transfers?store_id=MAD-001&status=requested&limit=1", 200, read},
		{"GET /transfers?status=lost", 400, nil},
		{"GET /transfers?store_id=BCN-001", 403, madrid},
		{"GET /transfers/" + unknown, 404, nil},
		{"GET /transfers/" + unknown + "?x=1", 400, nil},
		{"POST /transfers/" + unknown + "/ship", 404, nil},
		{"POST /transfers/" + unknown + "/ship", 403, read},
		{`POST /transfers/` + unknown + `/receive {"lines":[{"product_id":"` + mug + `","received":1}]}`, 404, nil},
		{"POST /transfers/" + unknown + "/receive {}", 400, nil},
		{`POST /transfers/` + unknown + `/cancel {"reason":null}`, 404, nil},
		{`POST /transfers/` + unknown + `/cancel {"reason":"sale"}`, 400, nil},
		{"GET /stock/low-stock", 200, nil},
		{"GET /stock/low-stock?threshold=100&store_id=BCN-001&page=1&page_size=5", 200, nil},
		{"GET /stock/low-stock?threshold=-1", 400, nil},
		{"GET /stock/low-stock?store_id=BCN-001", 403, madrid},
		{"GET /stock/product/" + mug, 200, nil},
		{"GET /stock/product/" + mug, 200, madrid},
		{"GET /stock/product/" + unknown, 404, nil},
		{"GET /stock/store/MAD-001?limit=1&offset=0", 200, nil},
		{"GET /stock/store/MAD-001?limit=0", 400, nil},
		{"GET /stock/store/BCN-001", 403, madrid},
		{"GET /events/stock", 200, nil},
		{"GET /events/stock?event_type=stock.updated&aggregate_id=" + mug + "&store_id=MAD-001&pending=true&cursor=0&limit=1", 200, madrid},
		{"GET /events/stock?pending=maybe", 400, nil},
		{"GET /events/stock?store_id=BCN-001", 403, madrid},
	} {
		httpapitest.Send(t, h, all, e.request, e.status, e.headers...)
	}
	catalog.away = true
	httpapitest.Send(t, h, all, strings.Replace(create, mug, unknown, 1), 503)
}

func testOpenAPIExamplesAreServed(t *testing.T) {
	h := openStock(t, &products{})
	example := func(method, path string) string {
		body := httpapitest.Example(t, h, method, path)
		return method + " " + strings.NewReplacer("{product_id}", mug, "{store_id}", "MAD-001").Replace(path) + " " + body
	}
	for _, e := range []struct {
		request string
		status  int
		headers []string
	}{
		{example("POST", "/stock"), 201, nil},
		{strings.Replace(example("POST", "/stock"), "VLC-001", "MAD-001", 1), 201, nil},
		{example("PUT", "/stock/{product_id}/{store_id}"), 200, nil},
		{example("POST", "/stock/{product_id}/{store_id}/adjust"), 200, nil},
		{example("POST", "/stock/{product_id}/{store_id}/states"), 200, nil},
		{example("POST", "/stock/transfer"), 200, nil},
		{example("POST", "/transfers"), 201, nil},
	} {
		httpapitest.Send(t, h, all, e.request, e.status, e.headers...)
	}
}
