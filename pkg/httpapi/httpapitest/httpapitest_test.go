package httpapitest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
)

const document = `{
"openapi": "3.1.0",
"paths": {
  "/things/{id}": {
    "parameters": [{"$ref": "#/components/parameters/Deep"}],
    "get": {"responses": {
      "200": {"headers": {"ETag": {}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
      "default": {"$ref": "#/components/responses/Problem"}}},
    "put": {
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
      "responses": {"204": {"description": "Done."}, "default": {"$ref": "#/components/responses/Problem"}}}
  },
  "/things/best": {"get": {"responses": {"204": {"description": "None."}}}}
},
"components": {
  "parameters": {"Deep": {"name": "deep", "in": "query"}},
  "responses": {"Problem": {"content": {"application/problem+json": {"schema":
    {"required": ["code"], "properties": {"code": {}}, "additionalProperties": true}}}}},
  "schemas": {"Thing": {"type": "object", "required": ["size"],
    "properties": {"size": {"type": "number", "maximum": 12}, "made": {"type": "string", "format": "date-time"}}}}
}}`

// recorder is a testing.TB that keeps the reports.
type recorder struct {
	testing.TB
	reports []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.reports = append(r.reports, fmt.Sprintf(format, args...))
}

func TestContract(t *testing.T) {
	for _, test := range []struct {
		name, request, sent string
		status              int
		contentType, body   string
		noTag               bool
		wantReport          string
	}{
		{name: "fits", request: "GET /things/1?deep=1", status: 200, body: `{"size":1.5,"made":"2026-08-01T12:00:00.000Z"}`},
		{name: "wrong type", request: "GET /things/1", status: 200, body: `{"size":"1"}`, wantReport: "/size"},
		{name: "missing member", request: "GET /things/1", status: 200, body: `{}`, wantReport: "size"},
		{name: "further member", request: "GET /things/1", status: 200, body: `{"size":1,"x":1}`, wantReport: "x"},
		{name: "wrong format", request: "GET /things/1", status: 200, body: `{"size":1,"made":"today"}`, wantReport: "date-time"},
		{name: "no JSON", request: "GET /things/1", status: 200, body: `{`, wantReport: "EOF"},
		{name: "no tag", request: "GET /things/1", status: 200, body: `{"size":1}`, noTag: true, wantReport: "ETag"},
		{name: "other content type", request: "GET /things/1", status: 200, contentType: "text/html", body: `{"size":1}`, wantReport: "text/html"},
		{name: "parameter", request: "GET /things/1?wide=1", status: 200, body: `{"size":1}`, wantReport: "wide"},
		{name: "problem", request: "GET /things/1?wide=1", status: 400, contentType: "application/problem+json", body: `{"code":"X","open":1}`},
		{name: "no problem", request: "GET /things/1", status: 400, contentType: "application/problem+json", body: `{}`, wantReport: "code"},
		{name: "word before parameter", request: "GET /things/best", status: 204},
		{name: "status", request: "GET /things/best", status: 500, wantReport: "status"},
		{name: "body", request: "GET /things/best", status: 204, body: `{}`, wantReport: "body"},
		{name: "put", request: "PUT /things/1", sent: `{"size":12}`, status: 204},
		{name: "body that should be refused", request: "PUT /things/1", sent: `{"size":13}`, status: 204, wantReport: "/size"},
		{name: "body that is missing", request: "PUT /things/1", status: 204, wantReport: "without its body"},
		{name: "refused body", request: "PUT /things/1", sent: `{`, status: 400, contentType: "application/problem+json", body: `{"code":"X"}`},
		{name: "operation", request: "POST /things/1", status: 204, wantReport: "operation"},
		{name: "path", request: "GET /others", status: 200, wantReport: "operation"},
		{name: "no such path", request: "GET /others", status: 404},
		{name: "internal path", request: "GET /internal/v1/things", status: 299, body: "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/openapi.json" {
					_, _ = w.Write([]byte(document))
					return
				}
				if test.contentType == "" {
					test.contentType = "application/json"
				}
				w.Header().Set("Content-Type", test.contentType)
				if !test.noTag {
					w.Header().Set("ETag", `"1"`)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			})
			reports := &recorder{TB: t}
			method, target, _ := strings.Cut(test.request, " ")
			w := httptest.NewRecorder()
			httpapitest.Contract(reports, next).ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(test.sent)))
			if w.Code != test.status || w.Body.String() != test.body || w.Header().Get("Content-Type") != test.contentType {
				t.Errorf("passed on %d %s %v", w.Code, w.Body, w.Header())
			}
			report := strings.Join(reports.reports, "\n")
			if (report == "") != (test.wantReport == "") || !strings.Contains(report, test.wantReport) {
				t.Errorf("report %q, want %q", report, test.wantReport)
			}
		})
	}
}
