package stock_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// used is the part of a response that says whether a store is new.
type used struct {
	NewStore bool `json:"new_store"`
}

func (s *shop) applyStore(id string, version int64, deleted bool) {
	s.t.Helper()
	var body events.Body = inventory.StoreUpdated{ID: id, Name: id, Active: true, Version: version}
	if deleted {
		body = inventory.StoreDeleted{ID: id, Version: version}
	}
	event, err := events.New(events.Meta{ID: "e-" + id, At: s.clock.Now(), Version: version, Actor: "Admin"}, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.consumer()(s.t.Context(), event); err != nil {
		s.t.Error(err)
	}
}

func TestStore(t *testing.T) {
	t.Run("exists from its first use on", testStoreFirstUse)
	t.Run("is new for a repeated request", testStoreRepeated)
	t.Run("is announced later", testStoreAnnouncedLater)
	t.Run("comes back when it is used", testStoreUsedAgain)
	t.Run("must be registered", testStoreRegistered)
	t.Run("of returned units", testStoreReturnChecks)
	t.Run("notifications", testStoreNotifications)
}

func testStoreFirstUse(t *testing.T) {
	s := openShop(t)
	s.catalog.add("p-1")
	s.catalog.add("p-2")
	s.catalog.addStore("BCN-001", 3) // before its event is here
	create := func(product, store string) bool {
		t.Helper()
		return httpapitest.Decode[used](t, s.do("POST", "/api/v1/stock", createBody(product, store, 5)), 201).NewStore
	}
	if !create("p-1", "MAD-001") || create("p-2", "MAD-001") || create("p-1", "BCN-001") {
		t.Error("only the first row of a store that catalog lacks is one of a new store")
	}
	if got := s.catalog.announced(); got != "MAD-001 0 Admin" {
		t.Errorf("announced %q", got)
	}
	transfer := func(to string) bool {
		t.Helper()
		body := `{"product_id": "p-1", "from_store_id": "MAD-001", "to_store_id": "` + to + `", "quantity": 1}`
		return httpapitest.Decode[used](t, s.do("POST", "/api/v1/stock/transfer", body), 200).NewStore
	}
	if !transfer("VLC-001") || transfer("VLC-001") || transfer("BCN-001") {
		t.Error("only the first transfer to a store is one to a new store")
	}
	file := "product_id,store_id,quantity\np-1,SVQ-001,1\np-2,SVQ-001,1\n"
	if got := httpapitest.Decode[bulk.Summary](t, s.importCSV(file), 200); !got.NewStore || got.Created != 2 {
		t.Errorf("import %+v", got)
	}
	if got := httpapitest.Decode[bulk.Summary](t, s.importCSV(file), 200); got.NewStore {
		t.Errorf("import %+v", got)
	}
	if got := s.catalog.announced(); got != "VLC-001 0 Admin, SVQ-001 0 Admin" {
		t.Errorf("announced %q", got)
	}
	// A request that fails uses no store.
	s.do("POST", "/api/v1/stock", createBody("p-9", "X-1", 5))
	s.do("POST", "/api/v1/stock/transfer", `{"product_id": "p-1", "from_store_id": "MAD-001", "to_store_id": "X-1", "quantity": 100}`)
	s.importCSV("product_id,store_id,quantity,min_stock,max_stock\np-1,X-1,1,5,4\n")
	if got := s.catalog.announced(); got != "" {
		t.Errorf("announced %q", got)
	}
}

func testStoreRepeated(t *testing.T) {
	s := openShop(t)
	s.catalog.add("p-1")
	for range 2 {
		w := s.do("POST", "/api/v1/stock", createBody("p-1", "MAD-001", 5), "Idempotency-Key", "k")
		if !httpapitest.Decode[used](t, w, 201).NewStore {
			t.Errorf("response %s", w.Body)
		}
	}
}

func testStoreAnnouncedLater(t *testing.T) {
	s := openShop(t)
	s.catalog.setDeaf(true)
	s.stocked("p-1", "MAD-001", 5)
	s.catalog.setDeaf(false)
	stop := s.run()
	for s.catalog.announced() != "MAD-001 0 Admin" {
		if t.Context().Err() != nil {
			t.Fatal("not announced")
		}
		s.clock.Advance(5 * time.Second)
	}
	stop()
	s.stocked("p-2", "BCN-001", 5)
	if got := s.catalog.announced(); !strings.HasPrefix(got, "BCN-001 0 Admin") { // the other one again if the service stopped before it stored the response
		t.Errorf("announced %q", got)
	}
}

func testStoreUsedAgain(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 5)
	s.catalog.announced()
	s.applyStore("MAD-001", 1, false) // late
	s.applyStore("MAD-001", 2, true)
	s.catalog.addStore("MAD-001", 0)
	s.wantRow("p-1", "MAD-001", 5, 0, 1)
	s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`)
	if got := s.catalog.announced(); got != "" {
		t.Errorf("announced %q for a row that was there", got)
	}
	s.catalog.add("p-2")
	if !httpapitest.Decode[used](t, s.do("POST", "/api/v1/stock", createBody("p-2", "MAD-001", 5)), 201).NewStore {
		t.Error("a deleted store that is used exists from then on")
	}
	if got := s.catalog.announced(); got != "MAD-001 2 Admin" {
		t.Errorf("announced %q", got)
	}
	s.applyStore("MAD-001", 3, false)
	s.catalog.add("p-3")
	if httpapitest.Decode[used](t, s.do("POST", "/api/v1/stock", createBody("p-3", "MAD-001", 5)), 201).NewStore {
		t.Error("new twice")
	}
}

func testStoreRegistered(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 5)
	s.stores = "registered"
	s.reopen()
	wantUnknown := func(body, target, detail string) {
		t.Helper()
		if d := httpapitest.WantProblem(t, s.do("POST", target, body), 404, problem.UnknownStore); d.Detail != detail {
			t.Errorf("detail %q, want %q", d.Detail, detail)
		}
	}
	s.catalog.addStore("BCN-001", 1)
	s.stocked("p-2", "BCN-001", 5) // catalog has it, its event is not here yet
	s.catalog.add("p-3")
	wantUnknown(createBody("p-3", "MAD-01", 5), "/api/v1/stock", "There is no store MAD-01; the nearest id is MAD-001.")
	wantUnknown(`{"product_id": "p-1", "from_store_id": "MAD-001", "to_store_id": "bcn-01", "quantity": 1}`, "/api/v1/stock/transfer",
		"There is no store bcn-01; the nearest id is BCN-001.")
	wantUnknown(`{"from_store_id": "MAD-001", "to_store_id": "BCN-01", `+tenOfOne+`}`, transfersPath, "There is no store BCN-01; the nearest id is BCN-001.")
	wantUnknown(`{"from_store_id": "MAD-01", "to_store_id": "BCN-001", `+tenOfOne+`}`, transfersPath, "There is no store MAD-01; the nearest id is MAD-001.")
	s.wantReturnCheck(t, "BCN-01", "p-1", "There is no store BCN-01; the nearest id is BCN-001.")
	s.wantReturnCheck(t, "BCN-001", "p-9", "")
	held := s.holds(holdOf("r-1", "p-1", "BCN-01", 1), holdOf("r-2", "p-1", "BCN-001", 1), holdOf("r-3", "p-1", "MAD-001", 1))
	if r := held[0]; r.Outcome != stockwire.OutcomeNoRow || r.UnknownStore != "BCN-01" || r.NearestStore != "BCN-001" {
		t.Errorf("a hold in an unknown store: %+v", r)
	}
	if held[1].UnknownStore != "" || held[2].Outcome != stockwire.OutcomeGranted {
		t.Errorf("holds in known stores: %+v", held[1:])
	}
	s.wantImport(s.importCSV("product_id,store_id,quantity\np-3,MAD-0001,1\np-3,MAD-001,1\n"),
		"lines 2, created 1, updated 0, unchanged 0, failed 1", "2 UNKNOWN_STORE There is no store MAD-0001; the nearest id is MAD-001.")
	s.catalog.addStore("BCN-001", 0)
	s.applyStore("BCN-001", 2, true)
	wantUnknown(createBody("p-3", "BCN-001", 5), "/api/v1/stock", "There is no store BCN-001; the nearest id is MAD-001.")
	s.wantReturnCheck(t, "BCN-001", "p-1", "There is no store BCN-001; the nearest id is MAD-001.")
	s.wantReturnCheck(t, "BCN-001", "p-2", "") // it has this row, which goes on
	transferBack := `{"product_id": "p-2", "from_store_id": "BCN-001", "to_store_id": "MAD-001", "quantity": 1}`
	httpapitest.Decode[used](t, s.do("POST", "/api/v1/stock/transfer", transferBack), 200)
	wantUnknown(`{"adjustment": 1}`, "/api/v1/stock/p-1/MAD-0001/adjust", "There is no store MAD-0001; the nearest id is MAD-001.")
	httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/p-1/MAD-0001", ""), 404, problem.UnknownStore)
	httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/p-9/MAD-001", ""), 404, problem.NotFound)
	s.catalog.setDeaf(true)
	httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-3", "VLC-001", 5)), 503, problem.StockUnavailable)
	s.stocked("p-4", "MAD-001", 5)
	if got := s.catalog.announced(); got != "MAD-001 0 Admin" {
		t.Errorf("announced %q", got)
	}
}

// wantReturnCheck expects the problem of a return of a product to a store; empty: none.
func (s *shop) wantReturnCheck(t *testing.T, storeID, productID, detail string) {
	t.Helper()
	w := s.returnCheck(`{"store_id": "` + storeID + `", "product_ids": ["` + productID + `"]}`)
	if detail == "" {
		if w.Code != 204 {
			t.Errorf("return to %s: %d %s", storeID, w.Code, w.Body)
		}
		return
	}
	if d := httpapitest.WantProblem(t, w, 404, problem.UnknownStore); d.Detail != detail {
		t.Errorf("detail %q, want %q", d.Detail, detail)
	}
}

func (s *shop) returnCheck(body string) *httptest.ResponseRecorder {
	return s.request("POST", stockwire.ReturnChecksPath, body, httpapi.ServiceKeyHeader, serviceKey)
}

func testStoreReturnChecks(t *testing.T) {
	s := openShop(t)
	s.wantReturnCheck(t, "VLC-001", "p-1", "") // stores are open
	for body, field := range map[string]string{
		`{"store_id": "-", "product_ids": ["p-1"]}`:                                         "store_id",
		`{"store_id": "VLC-001", "product_ids": []}`:                                        "product_ids",
		`{"store_id": "VLC-001", "product_ids": ["` + strings.Repeat(`p", "`, 100) + `p"]}`: "product_ids",
		`{"store_id": "VLC-001", "product_ids": ["p-1"], "new": 1}`:                         "new",
	} {
		httpapitest.WantInvalid(t, s.returnCheck(body), field)
	}
	s.stores = "registered"
	s.reopen()
	s.catalog.setDeaf(true)
	httpapitest.WantProblem(t, s.returnCheck(`{"store_id": "VLC-001", "product_ids": ["p-1"]}`), 503, problem.StockUnavailable)
}

func testStoreNotifications(t *testing.T) {
	s := openShop(t)
	s.stores = "registered"
	s.reopen()
	notify := func(body string) int {
		return s.request("POST", stockwire.StoresPath, body, httpapi.ServiceKeyHeader, serviceKey).Code
	}
	if notify(`{"id": "MAD-001", "version": 2, "deleted": false}`) != 204 || notify(`{"id": "MAD-001", "version": 1, "deleted": true}`) != 204 {
		t.Error("refused a notification")
	}
	s.stocked("p-1", "MAD-001", 5)
	for _, body := range []string{`{"id": "-", "version": 1}`, `{"id": "A", "version": 0}`, `{"id": "A"`, `{"id": "A", "version": 1, "x": 1}`} {
		if code := notify(body); code != 400 {
			t.Errorf("%s: %d", body, code)
		}
	}
	if w := s.do("POST", stockwire.StoresPath, `{"id": "A", "version": 1}`); w.Code != 401 {
		t.Errorf("with an API key: %d", w.Code)
	}
	event := events.Event{ID: "e", Type: inventory.TypeStoreUpdated, AggregateID: "A", Payload: []byte(`{"id": "B", "version": 1}`)}
	if err := s.consumer()(t.Context(), event); err == nil || !strings.Contains(err.Error(), "store") {
		t.Errorf("error %v", err)
	}
}
