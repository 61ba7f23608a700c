package catalog_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestUpdate(t *testing.T) {
	t.Run("replaces all details", testUpdateReplacesAllDetails)
	t.Run("null counts as absent", testUpdateNullCountsAsAbsent)
	t.Run("without a change is a version too", testUpdateWithoutAChangeIsAVersionToo)
	t.Run("with If-Match", testUpdateWithIfMatch)
	t.Run("accepts one of many with the same version", testUpdateAcceptsOneOfManyWithTheSameVersion)
	t.Run("refuses", testUpdateRefuses)
}

func testUpdateReplacesAllDetails(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug","description":"Red","category":"cups","price":19.90}`)
	s.clock.Advance(time.Minute)
	const later = "2026-08-01T12:01:00.000Z"
	w := s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-2","name":"Cup","category":"cups","price":"2.50"}`,
		"Traceparent", traceparent)
	got := httpapitest.Decode[item](t, w, 200)
	want := item{
		ID: p.ID, SKU: "A-2", Name: "Cup", Category: "cups", Price: "2.50", Version: 2, CreatedAt: startText, UpdatedAt: later,
	}
	if got != want || w.Header().Get("ETag") != `"2"` {
		t.Errorf("updated to %+v %v, want %+v", got, w.Header(), want)
	}
	if read := s.request("GET", "/api/v1/products/"+p.ID, ""); read.Body.String() != w.Body.String() || read.Header().Get("ETag") != `"2"` {
		t.Errorf("read %s, want %s", read.Body, w.Body)
	}
	httpapitest.WantProblem(t, s.request("GET", "/api/v1/products/sku/A-1", ""), 404, problem.NotFound)
	if httpapitest.Decode[item](t, s.request("GET", "/api/v1/products/sku/A-2", ""), 200) != want {
		t.Error("not found by its new SKU")
	}
	e := s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated)[1]
	var payload inventory.Product
	if err := json.Unmarshal(e.Payload, &payload); err != nil {
		t.Fatal(err)
	}
	if payload != (inventory.Product{ID: p.ID, SKU: "A-2", Name: "Cup", Category: "cups", Price: "2.50", Version: 2}) ||
		e.CreatedAt != later || e.Traceparent != traceparent {
		t.Errorf("event %+v with payload %s", e, e.Payload)
	}
}

func testUpdateNullCountsAsAbsent(t *testing.T) {
	s := openShop(t)
	const nulls = `,"description":null,"category":null,"price":null}`
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"` + nulls)
	if p.Description != "" || p.Category != "" || p.Price != "0" {
		t.Errorf("created %+v", p)
	}
	s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Mug","description":"Blue","category":"mugs","price":2}`)
	got := httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Mug"`+nulls), 200)
	if got.Version != 3 || got.Description != "" || got.Category != "" || got.Price != "0" {
		t.Errorf("updated to %+v", got)
	}
	wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":null}`), "name", "must not be null")
}

func testUpdateWithoutAChangeIsAVersionToo(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	if got := httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Mug"}`), 200); got.Version != 2 {
		t.Errorf("version %d, want 2", got.Version)
	}
	s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated)
}

func testUpdateWithIfMatch(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	const body = `{"sku":"A-1","name":"Cup"}`
	for _, test := range []struct {
		tag    string
		status int
		code   problem.Code
	}{
		{`"2"`, 412, problem.VersionMismatch},
		{`"0"`, 412, problem.VersionMismatch},
		{`W/"2"`, 412, problem.VersionMismatch},
		{`1`, 400, problem.ValidationError},
		{`"1", "2"`, 400, problem.ValidationError},
		{`"01"`, 412, problem.VersionMismatch},
		{`"stale"`, 412, problem.VersionMismatch},
	} {
		t.Run(test.tag, func(t *testing.T) {
			httpapitest.WantProblem(t, s.write("PUT", "/api/v1/products/"+p.ID, body, "If-Match", test.tag), test.status, test.code)
			httpapitest.WantProblem(t, s.write("DELETE", "/api/v1/products/"+p.ID, "", "If-Match", test.tag), test.status, test.code)
		})
	}
	s.wantEvents(p.ID, inventory.TypeProductCreated)
	for version, tag := range []string{`"1"`, `*`, `W/"3"`} {
		w := s.write("PUT", "/api/v1/products/"+p.ID, body, "If-Match", tag)
		if got := httpapitest.Decode[item](t, w, 200); got.Version != int64(version+2) {
			t.Errorf("version %d after If-Match %s", got.Version, tag)
		}
	}
}

func testUpdateAcceptsOneOfManyWithTheSameVersion(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	answers := atOnce(12, func(i int) *httptest.ResponseRecorder {
		return s.write("PUT", "/api/v1/products/"+p.ID, fmt.Sprintf(`{"sku":"A-1","name":"Cup %d"}`, i), "If-Match", `"1"`)
	})
	updated := 0
	for _, w := range answers {
		if w.Code == http.StatusOK {
			updated++
			continue
		}
		httpapitest.WantProblem(t, w, 412, problem.VersionMismatch)
	}
	if updated != 1 {
		t.Errorf("%d updates, want 1", updated)
	}
	s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated)
}

func testUpdateRefuses(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	s.mustCreate(`{"sku":"A-2","name":"Cup"}`)
	t.Run("a taken SKU", func(t *testing.T) {
		httpapitest.WantProblem(t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-2","name":"Mug"}`), 409, problem.Conflict)
	})
	t.Run("an unknown product", func(t *testing.T) {
		for _, id := range []string{"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", "7", "sku", "A-1", "%2F", "%FF"} {
			httpapitest.WantProblem(t, s.write("PUT", "/api/v1/products/"+id, `{"sku":"A-1","name":"Mug"}`), 404, problem.NotFound)
		}
	})
	t.Run("details that are not valid", func(t *testing.T) {
		wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, `{"name":"Mug"}`), "sku", "is required")
		wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1"}`), "name", "is required")
		wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Mug","version":1}`), "version", "is not a known field")
		wantInvalid(t, s.write("PUT", "/api/v1/products/"+p.ID, ``), "body", "is required and must be a JSON object")
	})
	s.wantEvents(p.ID, inventory.TypeProductCreated)
}
