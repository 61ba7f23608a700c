package catalog_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestCreate(t *testing.T) {
	t.Run("creates a product", testCreateCreatesAProduct)
	t.Run("refuses invalid details", testCreateRefusesInvalidDetails)
	t.Run("needs an unrestricted key", testCreateNeedsAnUnrestrictedKey)
	t.Run("refuses a taken SKU", testCreateRefusesATakenSKU)
	t.Run("gives a SKU to one of many requests", testCreateGivesASKUToOneOfManyRequests)
	t.Run("repeats its response for an idempotency key", testCreateRepeatsItsResponseForAnIdempotencyKey)
	t.Run("saves no result of a refused request", testCreateSavesNoResultOfARefusedRequest)
	t.Run("creates one product for requests with one key", testCreateCreatesOneProductForRequestsWithOneKey)
	t.Run("refuses a bad idempotency key", testCreateRefusesABadIdempotencyKey)
}

func testCreateCreatesAProduct(t *testing.T) {
	s := openShop(t)
	for _, test := range []struct {
		name, body string
		want       item
	}{
		{"least", `{"sku":"A-1","name":"Mug"}`, item{SKU: "A-1", Name: "Mug", Price: "0"}},
		{
			"all fields", `{"sku":"A-2","name":"Käse <&> 日本","description":"two\nlines\tand <b>","category":"food","price":19.90}`,
			item{SKU: "A-2", Name: "Käse <&> 日本", Description: "two\nlines\tand <b>", Category: "food", Price: "19.90"},
		},
		{
			"longest texts", fmt.Sprintf(`{"sku":%q,"name":%q,"description":%q,"category":%q}`,
				strings.Repeat("é", 64), strings.Repeat("名", 200), strings.Repeat("ü", 2000), strings.Repeat("ø", 64)),
			item{
				SKU: strings.Repeat("é", 64), Name: strings.Repeat("名", 200), Description: strings.Repeat("ü", 2000),
				Category: strings.Repeat("ø", 64), Price: "0",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := s.write("POST", "/api/v1/products", test.body)
			got := httpapitest.Decode[item](t, w, 201)
			want := test.want
			want.ID, want.Version, want.CreatedAt, want.UpdatedAt = got.ID, 1, startText, startText
			if got != want {
				t.Errorf("created %+v, want %+v", got, want)
			}
			if w.Header().Get("Location") != "/api/v1/products/"+got.ID || w.Header().Get("ETag") != `"1"` ||
				w.Header().Get("Idempotency-Replayed") != "" {
				t.Errorf("headers %v", w.Header())
			}
			if read := s.request("GET", w.Header().Get("Location"), ""); read.Code != 200 || read.Body.String() != w.Body.String() {
				t.Errorf("read %d %s, created %s", read.Code, read.Body, w.Body)
			}
			var payload inventory.Product
			if err := json.Unmarshal(s.wantEvents(got.ID, inventory.TypeProductCreated)[0].Payload, &payload); err != nil {
				t.Fatal(err)
			}
			if payload != (inventory.Product{
				ID: got.ID, SKU: want.SKU, Name: want.Name, Description: want.Description, Category: want.Category,
				Price: want.Price, Version: 1,
			}) {
				t.Errorf("payload %+v", payload)
			}
		})
	}
}

func testCreateRefusesInvalidDetails(t *testing.T) {
	s := openShop(t)
	with := func(member string) string { return `{"sku":"A-1","name":"Mug",` + member + `}` }
	for _, test := range []struct{ name, body, field, message string }{
		{"no body", ``, "body", "is required and must be a JSON object"},
		{"a list", `[]`, "body", "must be a JSON object"},
		{"malformed", `{"sku":`, "sku", "is not valid JSON at byte 8"},
		{"no sku", `{"name":"Mug"}`, "sku", "is required"},
		{"empty sku", `{"sku":"","name":"Mug"}`, "sku", "is required"},
		{"null sku", `{"sku":null,"name":"Mug"}`, "sku", "must not be null"},
		{"sku is a number", `{"sku":7,"name":"Mug"}`, "sku", "must be a string"},
		{"no name", `{"sku":"A-1"}`, "name", "is required"},
		{"blank name", `{"sku":"A-1","name":"  "}`, "name", "must not be blank"},
		{"long name", `{"sku":"A-1","name":"` + strings.Repeat("n", 201) + `"}`, "name", "must have 1 to 200 characters"},
		{"line break in a name", `{"sku":"A-1","name":"a\nb"}`, "name", "must not contain control or other unprintable characters"},
		{"long description", with(`"description":"` + strings.Repeat("d", 2001) + `"`), "description", "must have 0 to 2000 characters"},
		{"carriage return", with(`"description":"a\rb"`), "description", "must not contain control or other unprintable characters"},
		{"NUL", with(`"description":"a\u0000b"`), "description", "must not contain control or other unprintable characters"},
		{"long category", with(`"category":"` + strings.Repeat("c", 65) + `"`), "category", "must have 0 to 64 characters"},
		{"tab in a category", with(`"category":"a\tb"`), "category", "must not contain control or other unprintable characters"},
		{"unknown field", with(`"prize":1`), "prize", "is not a known field"},
		{"other case", with(`"Price":1`), "Price", "is not a known field"},
		{"twice", with(`"name":"Cup"`), "name", "must appear only once"},
		{"own id", with(`"id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"`), "id", "is not a known field"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantInvalid(t, s.write("POST", "/api/v1/products", test.body), test.field, test.message)
		})
	}
	t.Run("several at once", func(t *testing.T) {
		d := httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", `{"sku":" ","name":"","category":"\u0001"}`), 400, problem.ValidationError)
		if len(d.Errors) != 3 || d.Detail != "In the request, sku must not begin or end with a space; errors has 2 more." {
			t.Errorf("problem %+v", d)
		}
	})
	if list := s.events(""); len(list) != 0 {
		t.Errorf("events of refused requests: %+v", list)
	}
}

func testCreateNeedsAnUnrestrictedKey(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	for _, target := range []struct{ method, path, body string }{
		{"POST", "/api/v1/products", `{"sku":"A-2","name":"Mug"}`},
		{"PUT", "/api/v1/products/" + p.ID, `{"sku":"A-2","name":"Mug"}`},
		{"DELETE", "/api/v1/products/" + p.ID, ``},
	} {
		t.Run(target.method, func(t *testing.T) {
			httpapitest.WantProblem(t, s.request(target.method, target.path, target.body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.request(target.method, target.path, target.body, "X-API-Key", "k-none"), 401, problem.Unauthorized)
			for _, key := range []string{"k-read", "k-madrid"} {
				httpapitest.WantProblem(t, s.request(target.method, target.path, target.body, "X-API-Key", key), 403, problem.Forbidden)
			}
		})
	}
	s.wantEvents(p.ID, inventory.TypeProductCreated)
}

func testCreateRefusesATakenSKU(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	d := httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", `{"sku":"A-1","name":"Cup"}`), 409, problem.Conflict)
	if d.Detail != "The SKU is taken by product "+p.ID+"." {
		t.Errorf("detail %q", d.Detail)
	}
	d = httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", `{"sku":"a-1","name":"Cup"}`), 409, problem.Conflict)
	if d.Detail != "The SKU differs only in case from A-1, the SKU of product "+p.ID+"." {
		t.Errorf("detail %q", d.Detail)
	}
	if n := len(s.events("")); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func testCreateGivesASKUToOneOfManyRequests(t *testing.T) {
	s := openShop(t)
	answers := atOnce(16, func(i int) *httptest.ResponseRecorder {
		return s.write("POST", "/api/v1/products", fmt.Sprintf(`{"sku":"A-1","name":"Mug %d"}`, i))
	})
	created := 0
	for _, w := range answers {
		if w.Code == http.StatusCreated {
			created++
			continue
		}
		httpapitest.WantProblem(t, w, 409, problem.Conflict)
	}
	if n := len(s.events("")); created != 1 || n != 1 {
		t.Errorf("%d created, %d events, want 1 of each", created, n)
	}
}

// atOnce makes n concurrent calls and returns their responses.
func atOnce(n int, call func(i int) *httptest.ResponseRecorder) []*httptest.ResponseRecorder {
	answers := make([]*httptest.ResponseRecorder, n)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { answers[i] = call(i) })
	}
	calls.Wait()
	return answers
}

func testCreateRepeatsItsResponseForAnIdempotencyKey(t *testing.T) {
	s := openShop(t)
	const body = `{"sku":"A-1","name":"Mug","price":19.90}`
	first := s.write("POST", "/api/v1/products", body, "Idempotency-Key", "key 1")
	p := httpapitest.Decode[item](t, first, 201)
	repeat := func(t *testing.T) {
		t.Helper()
		again := s.write("POST", "/api/v1/products", body, "Idempotency-Key", "key 1")
		if again.Code != 201 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" ||
			again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("ETag") != `"1"` {
			t.Errorf("repeated %d %s %v, want %s", again.Code, again.Body, again.Header(), first.Body)
		}
	}
	t.Run("at once", repeat)
	t.Run("another body", func(t *testing.T) {
		for _, other := range []string{`{"sku":"A-1","name":"Mug","price":19.9}`, `{"sku":"A-2","name":"Cup"}`} {
			httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", other, "Idempotency-Key", "key 1"), 422, problem.IdempotencyKeyReused)
		}
	})
	t.Run("another caller", func(t *testing.T) {
		w := s.request("POST", "/api/v1/products", body, "X-API-Key", "k-owner", "Idempotency-Key", "key 1")
		httpapitest.WantProblem(t, w, 409, problem.Conflict)
	})
	t.Run("after a restart", func(t *testing.T) {
		s.shut()
		s.open()
		repeat(t)
	})
	t.Run("after a change", func(t *testing.T) {
		if w := s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Cup"}`); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		repeat(t)
	})
	t.Run("after the product is gone", func(t *testing.T) {
		if w := s.write("DELETE", "/api/v1/products/"+p.ID, ""); w.Code != 204 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		repeat(t)
	})
	s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated, inventory.TypeProductDeleted)
}

func testCreateSavesNoResultOfARefusedRequest(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	const body = `{"sku":"A-1","name":"Cup"}`
	httpapitest.WantProblem(t, s.write("POST", "/api/v1/products", body, "Idempotency-Key", "k"), 409, problem.Conflict)
	s.write("DELETE", "/api/v1/products/"+p.ID, "")
	w := s.write("POST", "/api/v1/products", body, "Idempotency-Key", "k")
	if got := httpapitest.Decode[item](t, w, 201); got.ID == p.ID || w.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("created %+v %v", got, w.Header())
	}
}

func testCreateCreatesOneProductForRequestsWithOneKey(t *testing.T) {
	s := openShop(t)
	answers := atOnce(16, func(int) *httptest.ResponseRecorder {
		return s.write("POST", "/api/v1/products", `{"sku":"A-1","name":"Mug"}`, "Idempotency-Key", "k")
	})
	fresh := 0
	for _, w := range answers {
		if w.Code != 201 || w.Body.String() != answers[0].Body.String() {
			t.Errorf("%d %s, another got %s", w.Code, w.Body, answers[0].Body)
		}
		if w.Header().Get("Idempotency-Replayed") == "" {
			fresh++
		}
	}
	if n := len(s.events("")); fresh != 1 || n != 1 {
		t.Errorf("%d first answers, %d events, want 1 of each", fresh, n)
	}
}

func testCreateRefusesABadIdempotencyKey(t *testing.T) {
	s := openShop(t)
	for _, key := range []string{"", strings.Repeat("k", 256), "ключ"} {
		wantInvalid(t, s.write("POST", "/api/v1/products", `{"sku":"A-1","name":"Mug"}`, "Idempotency-Key", key),
			"Idempotency-Key", "must be 1 to 255 printable ASCII characters")
	}
}
