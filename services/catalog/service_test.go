package catalog_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi/eventsapitest"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog"
)

func TestService(t *testing.T) {
	t.Run("keeps its data over a restart", testServiceKeepsItsDataOverARestart)
	t.Run("publishes its events", testServicePublishesItsEvents)
	t.Run("events query", testServiceEventsQuery)
	t.Run("reports its health", testServiceReportsItsHealth)
	t.Run("refuses writes without its database", testServiceRefusesWritesWithoutItsDatabase)
	t.Run("serves its examples", testServiceServesItsExamples)
}

func testServiceKeepsItsDataOverARestart(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"a/b","name":"Mug","description":"x\ny","category":"cups","price":0.10}`)
	s.shut()
	s.open()
	if got := httpapitest.Decode[item](t, s.request("GET", "/api/v1/products/sku/a%2Fb", ""), 200); got != p {
		t.Errorf("found %+v, want %+v", got, p)
	}
	httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", `{"sku":"a/b","name":"Cup"}`), 409, problem.Conflict)
	s.wantEvents(p.ID, inventory.TypeProductCreated)
}

func testServicePublishesItsEvents(t *testing.T) {
	s := openShop(t)
	s.broker.Fail(errors.New("no broker"))
	p := s.mustCreate(`{"sku":"A-1","name":"Mug","price":19.90}`) // before the service runs
	if list := s.events("?pending=true"); len(list) != 1 || list[0].SyncedAt != nil {
		t.Errorf("pending %+v", list)
	}
	s.broker.Recover()
	stop := s.run()
	s.published(1)
	httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Cup"}`), 200)
	s.write("DELETE", "/api/v1/products/"+p.ID, "")
	published := s.published(3)
	stop()
	stored := s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated, inventory.TypeProductDeleted)
	for i, e := range published {
		if e.ID != stored[i].ID || e.OrderingKey() != p.ID || e.StoreID != "" || string(e.Payload) != string(stored[i].Payload) {
			t.Errorf("published %s, stored %+v", e.Document(), stored[i])
		}
		if stored[i].SyncedAt == nil {
			t.Errorf("event %d is still pending", stored[i].Seq)
		}
	}
	if list := s.events("?pending=true"); len(list) != 0 {
		t.Errorf("pending %+v", list)
	}
}

func testServiceEventsQuery(t *testing.T) {
	s := openShop(t)
	var ids []string
	for i := range 5 {
		ids = append(ids, s.mustCreate(fmt.Sprintf(`{"sku":"A-%d","name":"Mug"}`, i)).ID)
	}
	s.write("DELETE", "/api/v1/products/"+ids[0], "")
	seqs := func(query string) (seqs []int64) {
		for _, e := range s.events(query) {
			seqs = append(seqs, e.Seq)
		}
		return seqs
	}
	for query, want := range map[string][]int64{
		"":                                     {1, 2, 3, 4, 5, 6},
		"?event_type=product.deleted":          {6},
		"?event_type=product.sold":             nil,
		"?aggregate_id=" + ids[0]:              {1, 6},
		"?cursor=4":                            {5, 6},
		"?cursor=1&limit=2":                    {2, 3},
		"?pending=false&cursor=5":              {6},
		"?pending=true&limit=1":                {1},
		"?store_id=MAD-001":                    nil,
		"?cursor=6":                            nil,
		"?aggregate_id=" + ids[1] + "&limit=1": {2},
	} {
		if got := seqs(query); !slices.Equal(got, want) {
			t.Errorf("%s answers %v, want %v", query, got, want)
		}
	}
	full := httpapitest.Decode[eventsapitest.Page](t, s.write("GET", "/api/v1/events/catalog?limit=2", ""), 200)
	if full.Count != 2 || full.NextCursor == nil || *full.NextCursor != 2 {
		t.Errorf("page %+v", full)
	}
	if w := s.request("GET", "/api/v1/events/catalog", "", "X-API-Key", "k-read"); httpapitest.Decode[eventsapitest.Page](t, w, 200).Count != 6 {
		t.Errorf("the auditor sees %s", w.Body)
	}
	if w := s.request("GET", "/api/v1/events/catalog", "", "X-API-Key", "k-madrid"); httpapitest.Decode[eventsapitest.Page](t, w, 200).Count != 0 {
		t.Errorf("a store's key sees %s", w.Body)
	}
	httpapitest.WantProblem(t, s.request("GET", "/api/v1/events/catalog", ""), 401, problem.Unauthorized)
	httpapitest.WantProblem(t, s.request("GET", "/api/v1/events/catalog?store_id=BCN-001", "", "X-API-Key", "k-madrid"), 403, problem.Forbidden)
	for _, query := range []string{"after=1", "limit=0", "pending=1", "cursor=-1"} {
		httpapitest.WantProblem(t, s.write("GET", "/api/v1/events/catalog?"+query, ""), 400, problem.ValidationError)
	}
}

func testServiceReportsItsHealth(t *testing.T) {
	s := openShop(t)
	type health struct {
		Status, Service, Version, Database, Broker string
		InstanceID                                 string `json:"instance_id"`
		PendingEvents                              int64  `json:"pending_events"`
	}
	want := health{
		Status: "healthy", Service: catalog.Name, Version: "1.2.3", Database: "healthy", Broker: "ok", InstanceID: "test-1", PendingEvents: 1,
	}
	s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	if got := httpapitest.Decode[health](t, s.request("GET", "/health", ""), 200); got != want {
		t.Errorf("health %+v, want %+v", got, want)
	}
	httpapitest.WantProblem(t, s.request("GET", "/ready", ""), 503, problem.StorageUnavailable)
	stop := s.run()
	s.published(1)
	if w := s.request("GET", "/ready", ""); w.Code != 200 {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
	stop()
	httpapitest.WantProblem(t, s.request("GET", "/ready", ""), 503, problem.StorageUnavailable)
	if h := s.service.Health(t.Context()); !h.DatabaseOK || h.PendingEvents != 0 {
		t.Errorf("health %+v", h)
	}
}

func testServiceRefusesWritesWithoutItsDatabase(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	s.shut()
	for _, target := range []struct{ method, path, body string }{
		{"POST", "/api/v1/products", `{"sku":"A-2","name":"Mug"}`},
		{"PUT", "/api/v1/products/" + p.ID, `{"sku":"A-2","name":"Mug"}`},
		{"DELETE", "/api/v1/products/" + p.ID, ``},
	} {
		w := s.write(target.method, target.path, target.body)
		httpapitest.WantProblem(t, w, 503, problem.StorageUnavailable)
		if w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: headers %v", target.method, w.Header())
		}
	}
	if w := s.request("GET", "/health", ""); w.Code != 503 {
		t.Errorf("health: %d %s", w.Code, w.Body)
	}
}

func TestOpen(t *testing.T) {
	t.Run("refuses", testOpenRefuses)
}

func testOpenRefuses(t *testing.T) {
	s := openShop(t)
	t.Run("a database in use", func(t *testing.T) {
		if _, err := catalog.Open(t.Context(), s.config(), s.deps()); !errors.Is(err, sqlite.ErrInUse) {
			t.Errorf("error %v, want ErrInUse", err)
		}
	})
	t.Run("keys that cannot be read", func(t *testing.T) {
		c := s.config()
		c.SQLitePath, c.APIKeys = t.TempDir()+"/catalog.db", "secret"
		_, err := catalog.Open(t.Context(), c, s.deps())
		if err == nil || !strings.Contains(err.Error(), "API_KEYS") || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	})
}

func testServiceServesItsExamples(t *testing.T) {
	s := openShop(t)
	var document struct {
		Components struct {
			RequestBodies map[string]struct {
				Content map[string]struct{ Example json.RawMessage }
			} `json:"requestBodies"`
			Schemas map[string]struct{ Examples []json.RawMessage }
		}
	}
	if err := json.Unmarshal(s.request("GET", "/openapi.json", "").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	body := document.Components.RequestBodies["ProductDetails"].Content["application/json"].Example
	created := s.mustCreate(string(body))
	httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+created.ID, string(body)), 200)
	var shown item
	if err := json.Unmarshal(document.Components.Schemas["Product"].Examples[0], &shown); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(events.TimeFormat, shown.CreatedAt); err != nil || shown.ID == "" {
		t.Errorf("example %+v: %v", shown, err)
	}
}
