package httpapitest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/problem"
)

// Call sends a request through h and returns its response; headers are name,
// value pairs.
func Call(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	var reader io.Reader = http.NoBody
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Transport is an http.RoundTripper that responds by itself.
type Transport func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// Decode returns the body of a response, and ends the test unless the response
// has this status and a body of JSON.
func Decode[T any](t testing.TB, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	var v T
	if w.Code != status {
		t.Fatalf("response %d %s, want %d", w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("response %s: %v", w.Body, err)
	}
	return v
}

// Problem is a problem document as clients see it.
type Problem struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail"`
	Instance  string          `json:"instance"`
	Code      problem.Code    `json:"code"`
	RequestID string          `json:"request_id"`
	Errors    []problem.Field `json:"errors"`
	Available *int64          `json:"available"`
	Requested *int64          `json:"requested"`
}

// WantProblem expects a problem document with this status and code, and returns
// it.
func WantProblem(t testing.TB, w *httptest.ResponseRecorder, status int, code problem.Code) Problem {
	t.Helper()
	p := Decode[Problem](t, w, status)
	if p.Status != status || p.Code != code {
		t.Fatalf("response %d %s, want %d %s", w.Code, w.Body, status, code)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if p.Title == "" || p.Detail == "" || p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-ID") {
		t.Errorf("document %s", w.Body)
	}
	return p
}

// WantInvalid expects a ValidationError that names exactly these fields.
func WantInvalid(t testing.TB, w *httptest.ResponseRecorder, fields ...string) {
	t.Helper()
	p := WantProblem(t, w, http.StatusBadRequest, problem.ValidationError)
	var named []string
	for _, e := range p.Errors {
		named = append(named, e.Field)
	}
	if !slices.Equal(named, fields) {
		t.Errorf("errors %+v, want the fields %v", p.Errors, fields)
	}
}
