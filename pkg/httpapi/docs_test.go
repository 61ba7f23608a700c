package httpapi_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

const thingsYAML = `
openapi: 3.1.0
info: {title: Things, version: "1", description: All about things.}
tags: [{name: things}]
paths:
  /api/v1/things/{id}:
    get:
      security: []
      parameters: [{$ref: "#/components/parameters/Limit"}]
      responses:
        200: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        default: {$ref: "#/components/responses/Problem"}
    put:
      responses:
        "204": {description: Done.}
components:
  schemas:
    Thing: {type: object, properties: {size: {type: integer, maximum: 100}}}
`

func TestAPI_metrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	served := prometheus.NewCounter(prometheus.CounterOpts{Name: "inventory_test_total", Help: "For this test."})
	registry.MustRegister(served)
	served.Inc()
	a, err := httpapi.New(httpapi.Options{Metrics: registry})
	if err != nil {
		t.Fatal(err)
	}
	w := sendRequest(a, "GET", "/metrics", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "\ninventory_test_total 1\n") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if a, err = httpapi.New(httpapi.Options{}); err != nil {
		t.Fatal(err)
	}
	if w := sendRequest(a, "GET", "/metrics", ""); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("without metrics: got %d %s", w.Code, w.Body)
	}
}

func TestAPI_health(t *testing.T) {
	for _, test := range []struct {
		name   string
		health func(context.Context) httpapi.Health
		status int
		body   string
	}{
		{"nothing to watch", nil, 200, `"status":"healthy"…"database":"healthy","broker":"none","pending_events":0`},
		{"healthy", func(context.Context) httpapi.Health {
			return httpapi.Health{DatabaseOK: true, Broker: httpapi.BrokerOK, PendingEvents: 3}
		}, 200, `"status":"healthy"…"database":"healthy","broker":"ok","pending_events":3`},
		{"degraded", func(context.Context) httpapi.Health {
			return httpapi.Health{DatabaseOK: true, Broker: httpapi.BrokerUnavailable}
		}, 200, `"status":"degraded"…"database":"healthy","broker":"unavailable","pending_events":0`},
		{"unhealthy", func(context.Context) httpapi.Health {
			return httpapi.Health{Broker: httpapi.BrokerUnavailable}
		}, 503, `"status":"unhealthy"…"database":"unhealthy","broker":"unavailable","pending_events":0`},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := mustNew(t, httpapi.Options{
				Service: "stock", Version: "1.2", InstanceID: "i-1", Health: test.health, Clock: clock.NewFake(start),
			})
			w := sendRequest(a, "GET", "/health", "")
			want := "{" + strings.Replace(test.body, "…",
				`,"service":"stock","version":"1.2","instance_id":"i-1","timestamp":"2026-08-01T12:00:00.000Z",`, 1) + "}"
			if w.Code != test.status || strings.TrimSpace(w.Body.String()) != want {
				t.Errorf("%d %s, want %s", w.Code, w.Body, want)
			}
		})
	}
}

func TestAPI_SetReady(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	httpapitest.WantProblem(t, sendRequest(a, "GET", "/ready", ""), 503, problem.StorageUnavailable)
	a.SetReady(true)
	if w := sendRequest(a, "GET", "/ready", ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"status":"ready"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	a.SetReady(false)
	httpapitest.WantProblem(t, sendRequest(a, "GET", "/ready", ""), 503, problem.StorageUnavailable)
}

func TestAPI_docs(t *testing.T) {
	a := mustNew(t, httpapi.Options{OpenAPI: []byte(thingsYAML), Version: "1.2"})
	page := sendRequest(a, "GET", "/docs", "")
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || strings.Contains(policy, "http") || strings.Contains(policy, "unsafe") ||
		!strings.Contains(policy, "default-src 'none'") {
		t.Errorf("%d, policy %q", page.Code, policy)
	}
	if w := sendRequest(a, "GET", "/docs/", ""); w.Body.String() != page.Body.String() {
		t.Error("/docs/ differs from /docs")
	}
	targets := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(targets) != 5 {
		t.Errorf("targets %v", targets)
	}
	for _, target := range targets {
		w := sendRequest(a, "GET", target[1], "")
		if !strings.HasPrefix(target[1], "/docs/") || w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: %d", target[1], w.Code)
		}
		body := w.Body.String()
		if strings.HasSuffix(target[1], ".css") {
			for _, u := range regexp.MustCompile(`url\(\s*["']?(.{5})`).FindAllStringSubmatch(body, -1) {
				if u[1] != "data:" {
					t.Errorf("%s refers to %s", target[1], u[1])
				}
			}
			if strings.Contains(body, "@import") {
				t.Errorf("%s imports", target[1])
			}
		}
	}
	script := sendRequest(a, "GET", "/docs/initializer.js", "").Body.String()
	if strings.Contains(page.Body.String()+script, "//") {
		t.Error("the page or its script refers to another host")
	}
	for _, part := range []string{`"/openapi.json"`, "persistAuthorization: false", "validatorUrl: null"} {
		if !strings.Contains(script, part) {
			t.Errorf("the script lacks %s", part)
		}
	}
	for _, name := range []string{"index.html.map", "swagger-initializer.js", "swagger-ui.js.map", "..%2fgo.mod", "oauth2-redirect.html"} {
		httpapitest.WantProblem(t, sendRequest(a, "GET", "/docs/"+name, ""), 404, problem.NotFound)
	}
	merged := sendRequest(a, "GET", "/openapi.json", "")
	if merged.Header().Get("Content-Type") != "application/json" || !json.Valid(merged.Body.Bytes()) ||
		merged.Body.String() != string(a.OpenAPI()) {
		t.Errorf("openapi.json: %v", merged.Header())
	}
}

// TestAPI_whole: the root serves the documents of the whole system, and the name of
// the service its own.
func TestAPI_whole(t *testing.T) {
	a := mustNew(t, httpapi.Options{
		Service: "things", OpenAPI: []byte(thingsYAML), Files: map[string][]byte{"/files.json": []byte(`{"of":"things"}`)},
		Whole: &httpapi.Documents{OpenAPI: []byte(`{"of":"all"}`), Files: map[string][]byte{"/files.json": []byte(`{"files":"of all"}`)}},
	})
	for path, want := range map[string]string{
		"/openapi.json": `{"of":"all"}`, "/files.json": `{"files":"of all"}`,
		"/things/openapi.json": string(a.OpenAPI()), "/things/files.json": `{"of":"things"}`,
	} {
		if w := sendRequest(a, "GET", path, ""); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestAPI_namedDocs: several services share a base URL, and each one's
// documents can be reached there without changing a path.
func TestAPI_namedDocs(t *testing.T) {
	a := mustNew(t, httpapi.Options{Service: "things", OpenAPI: []byte(thingsYAML)})
	for path, same := range map[string]string{"/things/docs": "/docs", "/things/openapi.json": "/openapi.json"} {
		got, want := sendRequest(a, "GET", path, ""), sendRequest(a, "GET", same, "")
		if got.Code != 200 || got.Body.String() != want.Body.String() || got.Header().Get("Content-Type") != want.Header().Get("Content-Type") ||
			got.Header().Get("Content-Security-Policy") != want.Header().Get("Content-Security-Policy") {
			t.Errorf("%s: %d %v", path, got.Code, got.Header())
		}
	}
	for _, path := range []string{"/others/docs", "/things/docs/", "/things/docs/swagger-ui.css", "/things/health", "/things"} {
		httpapitest.WantProblem(t, sendRequest(a, "GET", path, ""), 404, problem.NotFound)
	}
	// An API that only responds for other services has no document of its own.
	httpapitest.WantProblem(t, sendRequest(mustNew(t, httpapi.Options{Service: "things"}), "GET", "/things/docs", ""), 404, problem.NotFound)
}

// TestAPI_files: documents beside /openapi.json need no key, and are below the
// name of the service too.
func TestAPI_files(t *testing.T) {
	const path, text = "/schemas/thing.json", `{"of":"things"}`
	a := mustNew(t, httpapi.Options{
		Service: "things", OpenAPI: []byte(thingsYAML), Files: map[string][]byte{path: []byte(text)},
		Components: []byte(`{"openapi":"3.1.0","components":{"schemas":{"Made":{"$ref":"#/components/schemas/Thing"}}}}`),
	})
	for _, at := range []string{path, "/things" + path} {
		w := sendRequest(a, "GET", at, "")
		if w.Code != 200 || w.Body.String() != text || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s %v", at, w.Code, w.Body, w.Header())
		}
	}
	httpapitest.WantProblem(t, sendRequest(a, "GET", "/schemas/other.json", ""), 404, problem.NotFound)
	var doc struct {
		Info       map[string]string
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(a.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Components.Schemas["Made"] == nil || doc.Components.Schemas["Thing"] == nil || doc.Info["description"] == "" {
		t.Errorf("the document has %v, %v", doc.Info, doc.Components.Schemas)
	}
}

func TestAPI_CheckOpenAPI(t *testing.T) {
	nothing := func(*gin.Context) error { return nil }
	a := mustNew(t, httpapi.Options{OpenAPI: []byte(thingsYAML)})
	a.Handle("GET", "/api/v1/things/:id", httpapi.Public, nothing)
	a.Handle("POST", "/internal/v1/things", httpapi.Internal, nothing)
	if got := a.CheckOpenAPI(); len(got) != 1 || got[0] != "PUT /api/v1/things/{id} is described but has no route" {
		t.Errorf("%q", got)
	}
	a.Handle("PUT", "/api/v1/things/:id", httpapi.Public, nothing)
	a.HandleStream("POST", "/api/v1/things", httpapi.Writer, nothing)
	want := []string{
		"POST /api/v1/things has a route but is not described",
		"PUT /api/v1/things/{id} is Public, which its security does not say",
	}
	if got := a.CheckOpenAPI(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	routes := a.Routes()
	if len(routes) != 4 || routes[3] != (httpapi.Route{Method: "POST", Path: "/api/v1/things", Access: httpapi.Writer, Stream: true}) {
		t.Errorf("routes %v", routes)
	}
}

func TestNew_unreadableDocument(t *testing.T) {
	if _, err := httpapi.New(httpapi.Options{OpenAPI: []byte("a: b: c")}); err == nil {
		t.Error("taken")
	}
}
