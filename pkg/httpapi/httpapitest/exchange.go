package httpapitest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// apiPrefix is added before the paths that tests name.
const apiPrefix = "/api/v1"

// Send sends a request, "METHOD path body" with the path without /api/v1, with
// an API key, and reports a response of another status to t. The headers, name
// and value, replace the existing ones.
func Send(t testing.TB, h http.Handler, key, request string, status int, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	parts := append(strings.SplitN(request, " ", 3), "")
	r := httptest.NewRequest(parts[0], apiPrefix+parts[1], strings.NewReader(parts[2]))
	r.Header.Set("X-API-Key", key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status {
		t.Errorf("%s: %d %s, want %d", request, w.Code, w.Body, status)
	}
	return w
}

// Example returns the body that h's OpenAPI document shows for an operation;
// path is without /api/v1.
func Example(t testing.TB, h http.Handler, method, path string) string {
	t.Helper()
	type operation struct {
		RequestBody struct {
			Content map[string]struct{ Example json.RawMessage }
		}
	}
	document := Decode[struct {
		Paths map[string]map[string]json.RawMessage
	}](t, Call(h, http.MethodGet, documentPath, ""), http.StatusOK)
	var o operation
	if err := json.Unmarshal(document.Paths[apiPrefix+path][strings.ToLower(method)], &o); err != nil {
		t.Fatalf("the document's %s %s: %v", method, path, err)
	}
	return string(o.RequestBody.Content["application/json"].Example)
}
