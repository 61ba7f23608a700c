package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKeys   = "k-all:All,k-read:Auditor:read,k-two:Two Stores:store-1|store-2"
	serviceKey = "s-internal"
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func mustKeys(t testing.TB, s string) *httpapi.Keys {
	t.Helper()
	keys, err := httpapi.ParseKeys(s)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func mustNew(t testing.TB, o httpapi.Options) *httpapi.API {
	t.Helper()
	if o.Keys == nil {
		o.Keys = mustKeys(t, testKeys)
	}
	if o.ServiceKey == "" {
		o.ServiceKey = serviceKey
	}
	a, err := httpapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sendRequest sends a request through the engine; headers are name, value
// pairs.
func sendRequest(a *httpapi.API, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return httpapitest.Call(a.Handler(), method, target, body, headers...)
}

// failing returns an API whose GET /fail fails with err.
func failing(t testing.TB, err error) *httpapi.API {
	a := mustNew(t, httpapi.Options{})
	a.Handle(http.MethodGet, "/fail", httpapi.Public, func(*gin.Context) error { return err })
	return a
}

func TestAPI_statusOfCode(t *testing.T) {
	for code, status := range map[problem.Code]int{
		problem.ValidationError: 400, problem.Unauthorized: 401, problem.Forbidden: 403, problem.NotFound: 404,
		problem.Conflict: 409, problem.InsufficientStock: 409, problem.InvalidState: 409,
		problem.ReservationExpired: 409, problem.VersionMismatch: 412, problem.IdempotencyKeyReused: 422,
		problem.RateLimited: 429, problem.StockUnavailable: 503, problem.StorageUnavailable: 503,
		problem.Internal: 500,
	} {
		t.Run(string(code), func(t *testing.T) {
			a := failing(t, problem.New(code, "detail of it"))
			w := sendRequest(a, "GET", "/fail", "")
			d := httpapitest.WantProblem(t, w, status, code)
			if httpapi.Status(code) != status {
				t.Errorf("Status is %d", httpapi.Status(code))
			}
			if want := "urn:inventory:problem:" + strings.ReplaceAll(strings.ToLower(string(code)), "_", "-"); d.Type != want {
				t.Errorf("type %q", d.Type)
			}
			if d.Instance != "/fail" || len(d.Errors) != 0 || (code != problem.Internal && d.Detail != "detail of it") {
				t.Errorf("document %+v", d)
			}
			retry := status == 503 || status == 429
			if got := w.Header().Get("Retry-After"); (got == "1") != retry || (got == "") == retry {
				t.Errorf("Retry-After %q", got)
			}
			if (w.Header().Get("WWW-Authenticate") != "") != (status == 401) {
				t.Errorf("WWW-Authenticate %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

func TestAPI_problemDocuments(t *testing.T) {
	t.Run("members are at the top level and replace nothing", func(t *testing.T) {
		err := &problem.Error{
			Code: problem.InsufficientStock, Detail: "3 <left> & more",
			Members: map[string]any{"requested": int64(5), "available": int64(3), "status": 1, "code": "X"},
		}
		w := sendRequest(failing(t, err), "GET", "/fail", "")
		httpapitest.WantProblem(t, w, 409, problem.InsufficientStock)
		if !strings.HasSuffix(w.Body.String(), `,"available":3,"requested":5}`) {
			t.Errorf("body %s", w.Body)
		}
		if !strings.Contains(w.Body.String(), "3 <left> & more") {
			t.Errorf("HTML was escaped: %s", w.Body)
		}
	})
	t.Run("a member that cannot be encoded is left out", func(t *testing.T) {
		err := &problem.Error{Code: problem.Conflict, Detail: "d", Members: map[string]any{"x": math.NaN()}}
		httpapitest.WantProblem(t, sendRequest(failing(t, err), "GET", "/fail", ""), 409, problem.Conflict)
	})
	t.Run("Retry-After is rounded up", func(t *testing.T) {
		err := problem.Unavailable(problem.StockUnavailable, 1100*time.Millisecond, nil, "d")
		if got := sendRequest(failing(t, err), "GET", "/fail", "").Header().Get("Retry-After"); got != "2" {
			t.Errorf("Retry-After %q", got)
		}
	})
	t.Run("internal text stays inside", func(t *testing.T) {
		for _, err := range []error{
			errors.New("secret table"),
			problem.New(problem.Internal, "secret table"),
			problem.New("NEW_CODE", "secret table"),
		} {
			w := sendRequest(failing(t, err), "GET", "/fail", "")
			httpapitest.WantProblem(t, w, 500, problem.Internal)
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("body %s", w.Body)
			}
		}
	})
	t.Run("headers of the failed response are dropped", func(t *testing.T) {
		a := mustNew(t, httpapi.Options{})
		a.Handle("GET", "/x", httpapi.Public, func(c *gin.Context) error {
			httpapi.SetETag(c, 7)
			return problem.New(problem.Conflict, "d")
		})
		if got := sendRequest(a, "GET", "/x", "").Header().Get("ETag"); got != "" {
			t.Errorf("ETag %s", got)
		}
	})
	t.Run("unknown routes and methods", func(t *testing.T) {
		a := failing(t, nil)
		for _, target := range []string{"/nothing", "/fail/", "/docs/nothing.js"} {
			httpapitest.WantProblem(t, sendRequest(a, "GET", target, ""), 404, problem.NotFound)
		}
		for _, method := range []string{"POST", "BREW", "OPTIONS"} {
			w := sendRequest(a, method, "/fail", "{}")
			if method != "OPTIONS" {
				httpapitest.WantProblem(t, w, 405, problem.MethodNotAllowed)
			} else if w.Code != 204 || w.Body.Len() > 0 {
				t.Errorf("OPTIONS: %d %s", w.Code, w.Body)
			}
			if allow := w.Header().Get("Allow"); allow != "GET, HEAD, OPTIONS" {
				t.Errorf("%s: Allow %q", method, allow)
			}
			httpapitest.WantProblem(t, sendRequest(a, method, "/nothing", "{}"), 404, problem.NotFound)
		}
	})
}

// A word in the place of another path's parameter is never that parameter's
// value, in any order of registration.
func TestAPI_methodsBesideParameters(t *testing.T) {
	routes := [][2]string{
		{"GET", "/rows/:product/:store"},
		{"PUT", "/rows/:product/:store"},
		{"GET", "/rows/store/:store"},
		{"POST", "/rows/import"},
		{"GET", "/rows/:product"},
		{"DELETE", "/rows/:product"},
		{"PUT", "/rows/store/:store/limit"},
	}
	for range routes {
		routes = append(routes[1:], routes[0])
		a := mustNew(t, httpapi.Options{})
		for _, r := range routes {
			a.Handle(r[0], r[1], httpapi.Public, func(c *gin.Context) error {
				httpapi.JSON(c, 200, r[0]+" "+r[1])
				return nil
			})
		}
		for path, allow := range map[string]string{
			"/rows/p/s": "GET, HEAD, OPTIONS, PUT", "/rows/store/s": "GET, HEAD, OPTIONS", "/rows/import": "OPTIONS, POST",
			"/rows/p": "DELETE, GET, HEAD, OPTIONS", "/rows/store": "DELETE, GET, HEAD, OPTIONS", "/rows/p%2Fq/s": "GET, HEAD, OPTIONS, PUT",
			"/rows/store/s/limit": "OPTIONS, PUT", "/docs": "GET, HEAD, OPTIONS",
		} {
			for _, method := range []string{"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "TRACE", "OPTIONS"} {
				w := sendRequest(a, method, path, "")
				switch isAllowed := strings.Contains(allow, method); {
				case method == "OPTIONS":
					if w.Code != 204 || w.Header().Get("Allow") != allow {
						t.Errorf("OPTIONS %s: %d, Allow %q, want %q", path, w.Code, w.Header().Get("Allow"), allow)
					}
				case !isAllowed && (w.Code != 405 || w.Header().Get("Allow") != allow), isAllowed && w.Code != 200:
					t.Errorf("%s %s: %d, Allow %q, want %q", method, path, w.Code, w.Header().Get("Allow"), allow)
				}
			}
		}
	}
}

func TestAPI_timeout(t *testing.T) {
	limits := httpapi.DefaultLimits()
	limits.RequestTimeout = time.Nanosecond
	a := mustNew(t, httpapi.Options{Limits: limits})
	wait := func(c *gin.Context) error {
		<-c.Request.Context().Done()
		return c.Request.Context().Err()
	}
	a.Handle("GET", "/slow", httpapi.Public, wait)
	w := sendRequest(a, "GET", "/slow", "")
	httpapitest.WantProblem(t, w, 503, problem.StorageUnavailable)
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	a.HandleStream("GET", "/stream", httpapi.Public, func(c *gin.Context) error {
		if _, bounded := c.Request.Context().Deadline(); bounded || httpserver.Draining(c.Request.Context()) != nil {
			return errors.New("bounded")
		}
		c.Status(http.StatusNoContent)
		return nil
	})
	if w := sendRequest(a, "GET", "/stream", ""); w.Code != 204 {
		t.Errorf("stream: %d %s", w.Code, w.Body)
	}
}

func TestAPI_log(t *testing.T) {
	run := func(level string, ctx context.Context, h func(c *gin.Context) error) string {
		var out bytes.Buffer
		logger, err := telemetry.NewLogger(&out, level, "json", "test", "i-1")
		if err != nil {
			t.Fatal(err)
		}
		a := mustNew(t, httpapi.Options{Logger: logger})
		a.Handle("GET", "/things/:id", httpapi.Reader, h)
		r := httptest.NewRequestWithContext(ctx, "GET", "/things/7", nil)
		r.Header.Set("X-API-Key", "k-all")
		r.Header.Set("X-Request-ID", "r-1")
		a.Handler().ServeHTTP(httptest.NewRecorder(), r)
		return out.String()
	}
	ok := func(c *gin.Context) error {
		httpapi.JSON(c, 200, map[string]int{"a": 1})
		return nil
	}
	conflict := func(*gin.Context) error { return problem.New(problem.Conflict, "another one") }
	forbidden := func(*gin.Context) error { return problem.New(problem.Forbidden, "another store") }
	fails := func(*gin.Context) error { return errors.New("disk on fire") }
	missing := func(*gin.Context) error { return problem.New(problem.NotFound, "no thing") }
	background := context.Background()
	gone, cancel := context.WithCancel(background)
	cancel()
	for _, test := range []struct {
		name, level string
		ctx         context.Context
		handle      func(c *gin.Context) error
		parts       []string // nil: no line
	}{
		{"success at debug", "debug", background, ok, []string{
			`"level":"DEBUG"`, `"msg":"request"`, `"method":"GET"`, `"route":"/things/:id"`,
			`"status":200`, `"duration_ms":`, `"bytes":8`, `"caller":"All"`, `"request_id":"r-1"`,
		}},
		{"success is not logged at info", "info", background, ok, nil},
		{"4xx at info", "info", background, conflict, []string{`"level":"INFO"`, `"code":"CONFLICT"`, `"status":409`}},
		{"404 at debug", "debug", background, missing, []string{`"level":"DEBUG"`, `"code":"NOT_FOUND"`, `"status":404`}},
		{"404 is not logged at info", "info", background, missing, nil},
		{"403 is not logged at info", "info", background, forbidden, nil},
		{"5xx at error with its cause", "error", background, fails, []string{
			`"level":"ERROR"`, `"err":"disk on fire"`, `"code":"INTERNAL_ERROR"`,
		}},
		{"no error when the client is gone", "error", gone, fails, nil},
		{"a response that broke off", "error", background, func(c *gin.Context) error {
			c.String(200, "part")
			return errors.New("broke off")
		}, []string{`"err":"broke off"`, `"status":200`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			line := run(test.level, test.ctx, test.handle)
			if (line == "") != (test.parts == nil) || strings.Count(line, "\n") > 1 {
				t.Fatalf("log %q", line)
			}
			for _, part := range test.parts {
				if !strings.Contains(line, part) {
					t.Errorf("log %q lacks %s", line, part)
				}
			}
		})
	}
}

func TestAPI_panics(t *testing.T) {
	var out bytes.Buffer
	a := mustNew(t, httpapi.Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	a.Handle("GET", "/panic", httpapi.Public, func(*gin.Context) error { panic("secret state") })
	a.Handle("GET", "/encode", httpapi.Public, func(c *gin.Context) error {
		httpapi.JSON(c, 200, math.Inf(1))
		return nil
	})
	w := sendRequest(a, "GET", "/panic", "")
	httpapitest.WantProblem(t, w, 500, problem.Internal)
	if strings.Contains(w.Body.String(), "secret") {
		t.Errorf("body %s", w.Body)
	}
	if log := out.String(); !strings.Contains(log, "secret state") || !strings.Contains(log, "httpapi_test.go") {
		t.Errorf("log %q", log)
	}
	httpapitest.WantProblem(t, sendRequest(a, "GET", "/encode", ""), 500, problem.Internal)
}

func TestAPI_requestContext(t *testing.T) {
	var observed []string
	a := mustNew(t, httpapi.Options{
		Clock: clock.NewFake(start),
		Observe: func(method, route string, status int, d time.Duration) {
			observed = append(observed, method+" "+route+" "+http.StatusText(status)+" "+d.String())
		},
	})
	var requestID, traceparent string
	a.Handle("GET", "/x/:sku", httpapi.Public, func(c *gin.Context) error {
		ctx := c.Request.Context()
		requestID, traceparent = telemetry.RequestID(ctx), events.Traceparent(ctx)
		httpapi.JSON(c, 200, c.Param("sku"))
		return nil
	})
	t.Run("ids and trace are passed on", func(t *testing.T) {
		const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		w := sendRequest(a, "GET", "/x/1", "", "X-Request-ID", "ab.C_9-z", "traceparent", trace)
		if requestID != "ab.C_9-z" || w.Header().Get("X-Request-ID") != requestID || traceparent != trace {
			t.Errorf("request %q trace %q", requestID, traceparent)
		}
		h := w.Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" ||
			h.Get("Content-Length") != "4" || h.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", h)
		}
	})
	t.Run("invalid ids and traces are replaced", func(t *testing.T) {
		seen := map[string]bool{}
		for _, id := range []string{"", "a b", "a\nb", strings.Repeat("a", 129), "ä"} {
			sendRequest(a, "GET", "/x/1", "", "X-Request-ID", id, "traceparent", "00-0-0-0")
			if requestID == id || len(requestID) != 32 || seen[requestID] || traceparent != "" {
				t.Errorf("%q gave %q, trace %q", id, requestID, traceparent)
			}
			seen[requestID] = true
		}
	})
	t.Run("path parameters arrive decoded", func(t *testing.T) {
		for target, want := range map[string]string{
			"/x/A%2FB": "A/B", "/x/A+B": "A+B", "/x/A+B%2FC%20D": "A+B/C D", "/x/100%25": "100%",
			"/x/%252F": "%2F", "/x/%C3%A9%2B": "é+", "/x/a%3Fb%23c": "a?b#c",
		} {
			if w := sendRequest(a, "GET", target, ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `"`+want+`"` {
				t.Errorf("%s gave %d %s, want %s", target, w.Code, w.Body, want)
			}
		}
	})
	if observed[0] != "GET /x/:sku OK 0s" {
		t.Errorf("observed %v", observed)
	}
}

func TestLimits_Validate(t *testing.T) {
	if all := httpapi.DefaultLimits().Validate(); all != nil {
		t.Errorf("the defaults: %v", all)
	}
	wrong := httpapi.Limits{MaxBodyBytes: -1, RequestTimeout: 0, RateLimit: 1, RateBurst: 0}
	if all := wrong.Validate(); len(all) != 3 {
		t.Errorf("%v", all)
	}
	for _, r := range []float64{-1, math.NaN(), math.Inf(1)} {
		l := httpapi.DefaultLimits()
		l.RateLimit = r
		if len(l.Validate()) != 1 {
			t.Errorf("rate %v was taken", r)
		}
	}
	if _, err := httpapi.New(httpapi.Options{Limits: wrong}); err == nil {
		t.Error("New accepted invalid limits")
	}
}
