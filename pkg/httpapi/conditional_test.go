package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestJSON_preconditions(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	respond := func(c *gin.Context) error {
		httpapi.SetETag(c, 7)
		httpapi.JSON(c, http.StatusOK, map[string]int{"version": 7})
		return nil
	}
	a.Handle("GET", "/r", httpapi.Public, respond)
	a.Handle("PUT", "/r", httpapi.Public, respond)
	for _, test := range []struct {
		headers []string
		status  int
	}{
		{nil, 200},
		{[]string{"If-None-Match", `"7"`}, 304},
		{[]string{"If-None-Match", `W/"7"`}, 304},
		{[]string{"If-None-Match", "*"}, 304},
		{[]string{"If-None-Match", `"5" , W/"6","7"`}, 304},
		{[]string{"If-None-Match", `"a,b", "7"`}, 304},
		{[]string{"If-None-Match", `"5"`, "If-None-Match", `"7"`}, 304},
		{[]string{"If-None-Match", `"8"`}, 200},
		{[]string{"If-None-Match", `"77", "17"`}, 200},
		{[]string{"If-None-Match", "7"}, 200},
		{[]string{"If-None-Match", `"7`}, 200},
		{[]string{"If-None-Match", ""}, 200},
		// If-Match is evaluated first.
		{[]string{"If-Match", `"7"`}, 200},
		{[]string{"If-Match", `W/"7"`}, 200},
		{[]string{"If-Match", `"8"`}, 412},
		{[]string{"If-Match", "x"}, 400},
		{[]string{"If-Match", `"8"`, "If-None-Match", `"7"`}, 412},
		{[]string{"If-Match", `"7"`, "If-None-Match", `"7"`}, 304},
		{[]string{"If-Match", "*", "If-None-Match", `"8"`}, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := sendRequest(a, method, "/r", "", test.headers...)
			h := w.Header()
			if w.Code != test.status || (h.Get("ETag") == `"7"`) != (w.Code < 400) {
				t.Errorf("%s with %q: %d, ETag %q, want %d", method, test.headers, w.Code, h.Get("ETag"), test.status)
			}
			if w.Code == 304 && (w.Body.Len() > 0 || h.Get("Content-Type") != "" || h.Get("Content-Length") != "" || h.Get("X-Request-Id") == "") {
				t.Errorf("%s with %q: %v %s", method, test.headers, h, w.Body)
			}
			if w.Code == 412 && method == "GET" {
				httpapitest.WantProblem(t, w, 412, problem.VersionMismatch)
			}
		}
		// A write evaluates them before it writes, in its handler.
		if w := sendRequest(a, "PUT", "/r", "", test.headers...); w.Code != 200 {
			t.Errorf("PUT with %q: %d", test.headers, w.Code)
		}
	}
}

// TestIfMatch_ifNoneMatch: a write that must find no resource finds one.
func TestIfMatch_ifNoneMatch(t *testing.T) {
	for _, test := range []struct {
		headers []string
		code    problem.Code
		version int64
	}{
		{[]string{"If-None-Match", "*"}, "", -1},
		{[]string{"If-None-Match", "*", "If-Match", `"7"`}, "", -1},
		{[]string{"If-None-Match", `"7"`}, problem.ValidationError, 0},
		{[]string{"If-None-Match", "*", "If-None-Match", "*"}, problem.ValidationError, 0},
	} {
		err := within(t, "PUT", "/s/1", "", func(c *gin.Context) error {
			version, err := httpapi.IfMatch(c)
			if err == nil && (version == nil || *version != test.version) {
				t.Errorf("%q: version %v", test.headers, version)
			}
			return err
		}, test.headers...)
		if problem.CodeOf(err) != test.code {
			t.Errorf("%q: %v", test.headers, err)
		}
	}
}
