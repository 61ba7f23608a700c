package catalog_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/contract/catalogwire"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

type storeItem struct {
	ID, Name, Timezone, Address string
	Active                      bool
	Version                     int64
}

type storePage struct {
	Data       []storeItem
	NextCursor string `json:"next_cursor"`
}

func (p storePage) ids() (ids []string) {
	for _, s := range p.Data {
		ids = append(ids, s.ID)
	}
	return ids
}

func (s *shop) putStore(id, body string, headers ...string) *httptest.ResponseRecorder {
	return s.write("PUT", "/api/v1/stores/"+id, body, headers...)
}

func (s *shop) wantStore(want storeItem) {
	s.t.Helper()
	got := httpapitest.Decode[storeItem](s.t, s.write("GET", "/api/v1/stores/"+want.ID, ""), 200)
	if got != want {
		s.t.Errorf("store %+v, want %+v", got, want)
	}
}

// wantStoreEvents expects these events of a store, each named by its type and actor.
func (s *shop) wantStoreEvents(id string, want ...string) {
	s.t.Helper()
	var got []string
	for i, e := range s.events("?store_id=" + id) {
		if e.AggregateType != "store" || e.AggregateID != id || e.Version != int64(i+1) {
			s.t.Errorf("event %+v", e)
		}
		got = append(got, string(e.Type)+" "+e.Actor)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("events %q, want %q", got, want)
	}
}

// use announces stores as stock does.
func (s *shop) use(body string) *httptest.ResponseRecorder {
	return s.request("POST", catalogwire.UsedStoresPath, body, httpapi.ServiceKeyHeader, serviceKey)
}

func TestStore(t *testing.T) {
	t.Run("is created, changed and deleted", testStoreLife)
	t.Run("keeps its version", testStoreVersions)
	t.Run("refuses", testStoreRefuses)
	t.Run("lists by id", testStoreLists)
	t.Run("keys of some stores", testStoreKeys)
	t.Run("is used by stock", testStoreUsed)
	t.Run("is audited", testStoreAudited)
}

func testStoreLife(t *testing.T) {
	s := openShop(t)
	w := s.putStore("MAD-001", `{"name": "Madrid", "timezone": "Europe/Madrid", "address": "Gran Vía 1\r\nMadrid"}`)
	created := httpapitest.Decode[storeItem](t, w, 201)
	if w.Header().Get("Location") != "/api/v1/stores/MAD-001" || w.Header().Get("ETag") != `"1"` {
		t.Errorf("headers %v", w.Header())
	}
	want := storeItem{ID: "MAD-001", Name: "Madrid", Timezone: "Europe/Madrid", Address: "Gran Vía 1\nMadrid", Active: true, Version: 1}
	if created != want {
		t.Errorf("created %+v, want %+v", created, want)
	}
	httpapitest.Decode[storeItem](t, s.putStore("MAD-001", `{"id": "MAD-001", "name": "Centro", "active": false}`), 200)
	s.wantStore(storeItem{ID: "MAD-001", Name: "Centro", Version: 2})
	if w := s.write("DELETE", "/api/v1/stores/MAD-001", ""); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	httpapitest.WantProblem(t, s.write("GET", "/api/v1/stores/MAD-001", ""), 404, problem.NotFound)
	httpapitest.WantProblem(t, s.write("DELETE", "/api/v1/stores/MAD-001", ""), 404, problem.NotFound)
	httpapitest.Decode[storeItem](t, s.putStore("MAD-001", `{"name": "Again"}`), 201)
	s.wantStore(storeItem{ID: "MAD-001", Name: "Again", Active: true, Version: 4})
	s.wantStoreEvents("MAD-001", "store.updated Admin", "store.updated Admin", "store.deleted Admin", "store.updated Admin")
	if told := fmt.Sprint(s.stock.stores); told != "[{MAD-001 1 false} {MAD-001 2 false} {MAD-001 3 true} {MAD-001 4 false}]" {
		t.Errorf("stock was notified of %s", told)
	}
}

func testStoreVersions(t *testing.T) {
	s := openShop(t)
	httpapitest.WantProblem(t, s.putStore("A", `{"name": "a"}`, "If-Match", `"1"`), 412, problem.VersionMismatch)
	httpapitest.Decode[storeItem](t, s.putStore("A", `{"name": "a"}`, "If-None-Match", "*"), 201)
	httpapitest.WantProblem(t, s.putStore("A", `{"name": "b"}`, "If-None-Match", "*"), 412, problem.VersionMismatch)
	httpapitest.WantProblem(t, s.putStore("A", `{"name": "b"}`, "If-Match", `"2"`), 412, problem.VersionMismatch)
	httpapitest.WantProblem(t, s.write("DELETE", "/api/v1/stores/A", "", "If-Match", `"2"`), 412, problem.VersionMismatch)
	s.wantStore(storeItem{ID: "A", Name: "a", Active: true, Version: 1})
	httpapitest.Decode[storeItem](t, s.putStore("A", `{"name": "b"}`, "If-Match", `"1"`), 200)
	if w := s.write("DELETE", "/api/v1/stores/A", "", "If-Match", `"2"`); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func testStoreRefuses(t *testing.T) {
	s := openShop(t)
	for body, field := range map[string]string{
		`{}`: "name", `{"name": " "}`: "name", `{"name": "a", "id": "B"}`: "id", `{"name": "a\u0000"}`: "name",
		`{"name": "` + strings.Repeat("a", 201) + `"}`: "name", `{"name": "a", "timezone": "Europe/Madird"}`: "timezone",
		`{"name": "a", "timezone": "Local"}`: "timezone", `{"name": "a", "timezone": "../../etc/passwd"}`: "timezone",
		`{"name": "a", "timezone": "` + strings.Repeat("a", 65) + `"}`: "timezone",
		`{"name": "a", "address": "` + strings.Repeat("a", 501) + `"}`: "address", `{"name": "a", "opened": 1}`: "opened",
		`{"name": "a", "active": "yes"}`: "active",
	} {
		d := httpapitest.WantProblem(t, s.putStore("A", body), 400, problem.ValidationError)
		if len(d.Errors) == 0 || d.Errors[0].Field != field {
			t.Errorf("%.60s: errors %+v, want %s", body, d.Errors, field)
		}
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		httpapitest.WantProblem(t, s.write(method, "/api/v1/stores/-a", `{"name": "a"}`), 400, problem.ValidationError)
		httpapitest.WantProblem(t, s.request(method, "/api/v1/stores/A", `{"name": "a"}`), 401, problem.Unauthorized)
	}
	for _, query := range []string{"limit=0", "offset=1", "page=1", "cursor=x", "q=a"} {
		httpapitest.WantProblem(t, s.write("GET", "/api/v1/stores?"+query, ""), 400, problem.ValidationError)
	}
	if list := s.events(""); len(list) != 0 {
		t.Errorf("events %+v", list)
	}
}

func testStoreLists(t *testing.T) {
	s := openShop(t)
	var want []string
	for i := range 25 {
		id := fmt.Sprintf("S-%02d", 24-i)
		httpapitest.Decode[storeItem](t, s.putStore(id, `{"name": "a"}`), 201)
		if i != 10 {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	s.write("DELETE", "/api/v1/stores/S-14", "")
	seen := httpapitest.Walk[storeItem](t, func(target string) *httptest.ResponseRecorder { return s.write("GET", target, "") },
		"/api/v1/stores?limit=7", "data", func() {})
	httpapitest.Once(t, seen, func(s storeItem) string { return s.ID }, want...)
}

func testStoreKeys(t *testing.T) {
	s := openShop(t)
	for _, id := range []string{"BCN-001", "MAD-001", "VLC-001"} {
		httpapitest.Decode[storeItem](t, s.putStore(id, `{"name": "a"}`), 201)
	}
	list := httpapitest.Decode[storePage](t, s.request("GET", "/api/v1/stores", "", "X-API-Key", "k-madrid"), 200)
	if fmt.Sprint(list.ids()) != "[MAD-001]" || list.NextCursor != "" {
		t.Errorf("a key of MAD-001 sees %+v", list)
	}
	httpapitest.Decode[storeItem](t, s.request("GET", "/api/v1/stores/MAD-001", "", "X-API-Key", "k-madrid"), 200)
	httpapitest.WantProblem(t, s.request("GET", "/api/v1/stores/BCN-001", "", "X-API-Key", "k-madrid"), 403, problem.Forbidden)
	for _, key := range []string{"k-madrid", "k-read"} {
		httpapitest.WantProblem(t, s.request("PUT", "/api/v1/stores/MAD-001", `{"name": "b"}`, "X-API-Key", key), 403, problem.Forbidden)
		httpapitest.WantProblem(t, s.request("DELETE", "/api/v1/stores/MAD-001", "", "X-API-Key", key), 403, problem.Forbidden)
	}
}

func testStoreUsed(t *testing.T) {
	s := openShop(t)
	w := s.use(`{"stores": [{"id": "MAD-001", "version": 0, "actor": "Store Madrid"}, {"id": "BCN-001", "version": 0, "actor": ""}]}`)
	if got := httpapitest.Decode[catalogwire.Stores](t, w, 200); fmt.Sprint(got.Stores) != "[{MAD-001 1 false} {BCN-001 1 false}]" {
		t.Errorf("stores %+v", got)
	}
	s.wantStore(storeItem{ID: "MAD-001", Name: "MAD-001", Active: true, Version: 1})
	s.use(`{"stores": [{"id": "MAD-001", "version": 0, "actor": "other"}]}`) // repeated
	s.wantStoreEvents("MAD-001", "store.updated Store Madrid")
	s.wantStoreEvents("BCN-001", "store.updated stock")
	s.write("DELETE", "/api/v1/stores/MAD-001", "")
	s.use(`{"stores": [{"id": "MAD-001", "version": 1, "actor": "late"}]}`) // used before it was deleted
	httpapitest.WantProblem(t, s.write("GET", "/api/v1/stores/MAD-001", ""), 404, problem.NotFound)
	s.use(`{"stores": [{"id": "MAD-001", "version": 2, "actor": "Owner"}]}`)
	s.wantStore(storeItem{ID: "MAD-001", Name: "MAD-001", Active: true, Version: 3})
	if len(s.stock.stores) != 1 || s.stock.stores[0] != (stockwire.Store{ID: "MAD-001", Version: 2, Deleted: true}) {
		t.Errorf("stock was notified of %+v", s.stock.stores)
	}
	for _, body := range []string{`{"stores": []}`, `{"stores": [{"id": "-"}]}`, `{"stores": [{"id": "A", "version": -1}]}`} {
		httpapitest.WantProblem(t, s.use(body), 400, problem.ValidationError)
	}
	found := s.request("GET", catalogwire.StoresPath+"MAD-001", "", httpapi.ServiceKeyHeader, serviceKey)
	if got := httpapitest.Decode[catalogwire.Store](t, found, 200); got != (catalogwire.Store{ID: "MAD-001", Version: 3}) {
		t.Errorf("found %+v", got)
	}
}

func testStoreAudited(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku": "A-1", "name": "Mug"}`)
	httpapitest.Decode[storeItem](t, s.putStore(p.ID, `{"name": "a store with the id of a product"}`), 201)
	s.write("DELETE", "/api/v1/stores/"+p.ID, "")
	type report struct {
		Checks []struct {
			Name           string
			Checked        int64
			ViolationCount int64 `json:"violation_count"`
		}
	}
	got := httpapitest.Decode[report](t, s.request("GET", "/internal/v1/audit/catalog", "", httpapi.ServiceKeyHeader, serviceKey), 200)
	for i, want := range []int64{2, 3, 3} {
		if c := got.Checks[i]; c.Checked != want || c.ViolationCount != 0 {
			t.Errorf("%s: checked %d, want %d, %d violations", c.Name, c.Checked, want, c.ViolationCount)
		}
	}
	s.wantTypes(p.ID, inventory.TypeProductCreated, inventory.TypeStoreUpdated, inventory.TypeStoreDeleted)
}

// wantTypes expects the events with an aggregate's id.
func (s *shop) wantTypes(id string, want ...events.Type) {
	s.t.Helper()
	var got []events.Type
	for _, e := range s.events("?aggregate_id=" + id) {
		got = append(got, e.Type)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("events %v, want %v", got, want)
	}
}
