package main

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestFront(t *testing.T) {
	t.Run("responds like the services", testFrontRespondsLikeTheServices)
	t.Run("one limit for all services", testFrontOneLimitForAllServices)
}

// testFrontRespondsLikeTheServices: the response to an unknown path is like those of
// the separate services.
func testFrontRespondsLikeTheServices(t *testing.T) {
	t.Setenv("DATA_DIR", t.TempDir())
	t.Setenv("MESSAGE_BROKER", broker.Embedded)
	t.Setenv("BROKER_SQLITE_PATH", filepath.Join(t.TempDir(), "broker.db"))
	all, c := openDevelopment(t)
	f := frontOf(t, all, c)
	ask := func(target string) *httptest.ResponseRecorder {
		method, path, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, nil))
		return w
	}
	for target, status := range map[string]int{
		"GET /docs/x": 404, "GET /nothing": 404, "GET /api/v1/nothing": 404, "GET /assets/nothing": 404, "GET /console/assets/nothing": 404,
		"DELETE /docs": 405, "POST /openapi.json": 405, "POST /health": 405, "DELETE /": 405, "PUT /api/v1/products": 405,
	} {
		code := map[int]problem.Code{404: problem.NotFound, 405: problem.MethodNotAllowed}[status]
		w := ask(target)
		httpapitest.WantProblem(t, w, status, code)
		if (w.Header().Get("Allow") != "") != (status == 405) || w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", target, w.Header())
		}
	}
	for target, part := range map[string]string{
		"GET /console": `id="app"`, "GET /console/products/A-1": `id="app"`, "GET /openapi.json": `"/api/v1/reservations"`, "GET /docs": "swagger-ui", "GET /docs/swagger-ui.css": "swagger",
	} {
		if w := ask(target); w.Code != 200 || !strings.Contains(w.Body.String(), part) || w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %v", target, w.Code, w.Header())
		}
	}
}
