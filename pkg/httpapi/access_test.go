package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestParseKeys(t *testing.T) {
	t.Run("accepts", func(t *testing.T) {
		for _, s := range []string{
			"", " \n", httpapi.DevelopmentKeys, "a:b", " a : b : * ,\n c:d:read , e:f:s1|s2\n", "a:Ünïcode name:store.1",
			"a:Rotated,b:Rotated:*", "a:Rotated:s1|s2,b:Rotated:s2|s1",
		} {
			if _, err := httpapi.ParseKeys(s); err != nil {
				t.Errorf("%q: %v", s, err)
			}
		}
	})
	t.Run("refuses without showing the entry", func(t *testing.T) {
		for _, s := range []string{
			"secret", "secret:", ":name", "secret:name:", "secret:name:*:more", "secret:name:s1||s2", "secret:name:-s",
			"secret:name:read|s1", "secret:name:*|s1", "sec ret:name", "secrät:name", "secret:internal", "secret:stock", "secret:notifier:read", "secret:na\x01me",
			"secret:a,secret:b", "a:secret,b:secret:read", "a:secret:s1|s2,b:secret:s1", "a:secret,b:c,d:secret:s1", "secret:name,", ",", "secret:name:a b",
			strings.Repeat("secret", 100) + ":name", "secret:" + strings.Repeat("n", 65),
		} {
			keys, err := httpapi.ParseKeys(s, "catalog", "stock", "notifier")
			if err == nil || keys != nil {
				t.Errorf("%q was taken", s)
			} else if strings.Contains(err.Error(), "sec") {
				t.Errorf("%q is shown: %v", s, err)
			}
		}
	})
	t.Run("reports every entry", func(t *testing.T) {
		_, err := httpapi.ParseKeys("x,a:b,y")
		if err == nil || !strings.Contains(err.Error(), "API key 1:") || !strings.Contains(err.Error(), "API key 3:") {
			t.Errorf("%v", err)
		}
	})
	t.Run("knows development keys", func(t *testing.T) {
		var none *httpapi.Keys
		if !none.Empty() || none.HasDevelopmentKeys() || !mustKeys(t, "").Empty() {
			t.Error("no keys are not empty")
		}
		if mustKeys(t, "a:b").HasDevelopmentKeys() || mustKeys(t, "a:b").Empty() {
			t.Error("a:b")
		}
		if !mustKeys(t, "a:b,dev-key-store-002:c:read").HasDevelopmentKeys() {
			t.Error("a development key was not seen")
		}
	})
	t.Run("keeps no key", func(t *testing.T) {
		if s := fmt.Sprintf("%+v %#v", *mustKeys(t, "verysecret:b"), *mustKeys(t, "verysecret:b")); strings.Contains(s, "verysecret") {
			t.Error(s)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	for _, seed := range []string{httpapi.DevelopmentKeys, "a:b:read", "a:b:s1|s2", ",", "a:b,a:c", "::", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		keys, err := httpapi.ParseKeys(s)
		if (keys == nil) != (err != nil) {
			t.Fatalf("%q gave %v and %v", s, keys, err)
		}
		if err == nil && keys.Empty() != (strings.TrimSpace(s) == "") {
			t.Errorf("%q gave empty %v", s, keys.Empty())
		}
		_ = keys.HasDevelopmentKeys()
	})
}

func TestAPI_access(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	var caller httpapi.Caller
	for _, access := range []httpapi.Access{
		httpapi.Public, httpapi.Reader, httpapi.Writer, httpapi.Unrestricted, httpapi.Internal,
	} {
		a.Handle("POST", "/internal/"+access.String(), access, func(c *gin.Context) error {
			caller = httpapi.CallerOf(c)
			c.Status(http.StatusNoContent)
			return nil
		})
	}
	for _, test := range []struct {
		access               httpapi.Access
		none, wrong          int
		all, read, two, self int
	}{
		{httpapi.Public, 204, 204, 204, 204, 204, 204},
		{httpapi.Reader, 401, 401, 204, 204, 204, 401},
		{httpapi.Writer, 401, 401, 204, 403, 204, 401},
		{httpapi.Unrestricted, 401, 401, 204, 403, 403, 401},
		{httpapi.Internal, 401, 401, 401, 401, 401, 204},
	} {
		t.Run(test.access.String(), func(t *testing.T) {
			for _, try := range []struct {
				header, value string
				want          int
				name          string
			}{
				{"X-Nothing", "", test.none, ""},
				{"X-API-Key", "k-al", test.wrong, ""},
				{"X-Service-Key", "k-all", test.wrong, ""},
				{"X-Service-Key", "", test.wrong, ""},
				{"X-API-Key", "", test.wrong, ""},
				{"X-API-Key", "k-all", test.all, "All"},
				{"X-API-Key", "k-read", test.read, "Auditor"},
				{"X-API-Key", "k-two", test.two, "Two Stores"},
				{"X-Service-Key", serviceKey, test.self, "internal"},
			} {
				caller = httpapi.Caller{}
				w := sendRequest(a, "POST", "/internal/"+test.access.String(), "", try.header, try.value)
				if w.Code != try.want {
					t.Errorf("%s %q: %d, want %d", try.header, try.value, w.Code, try.want)
				}
				if w.Code == 204 && test.access != httpapi.Public && caller.Name != try.name {
					t.Errorf("caller %q, want %q", caller.Name, try.name)
				}
			}
		})
	}
	t.Run("nothing opens without keys", func(t *testing.T) {
		a, err := httpapi.New(httpapi.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a.Handle("GET", "/r", httpapi.Reader, func(*gin.Context) error { return nil })
		a.Handle("GET", "/internal/i", httpapi.Internal, func(*gin.Context) error { return nil })
		httpapitest.WantProblem(t, sendRequest(a, "GET", "/r", "", "X-API-Key", ""), 401, problem.Unauthorized)
		httpapitest.WantProblem(t, sendRequest(a, "GET", "/internal/i", "", "X-Service-Key", ""), 401, problem.Unauthorized)
	})
}

func TestCaller(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	var caller httpapi.Caller
	handle := func(c *gin.Context) error {
		caller = httpapi.CallerOf(c)
		return nil
	}
	a.Handle("GET", "/p", httpapi.Public, handle)
	a.Handle("GET", "/r", httpapi.Reader, handle)
	for _, test := range []struct {
		path, key           string
		stores              []string
		one, other          bool
		writes, writesAbove bool
	}{
		{"/r", "k-all", nil, true, true, true, true},
		{"/r", "k-read", nil, true, true, false, false},
		{"/r", "k-two", []string{"store-1", "store-2"}, true, false, true, false},
		{"/p", "k-all", []string{}, false, false, true, false},
	} {
		sendRequest(a, "GET", test.path, "", "X-API-Key", test.key)
		if writes, above := caller.MayUse(httpapi.Writer), caller.MayUse(httpapi.Unrestricted); writes != test.writes || above != test.writesAbove {
			t.Errorf("%s may write %t, without restriction %t", test.key, writes, above)
		}
		if got := caller.Stores(); (got == nil) != (test.stores == nil) || !slices.Equal(got, test.stores) {
			t.Errorf("%s stores %v", test.key, got)
		}
		if err := caller.CheckStore("store_id", "store-1"); (err == nil) != test.one {
			t.Errorf("%s: %v", test.key, err)
		}
		if err := caller.CheckStore("store_id", "store-3"); (err == nil) != test.other || err != nil && problem.CodeOf(err) != problem.Forbidden {
			t.Errorf("%s: %v", test.key, err)
		}
		// An id that no store can have is invalid, not forbidden.
		for _, id := range []string{"", "a b", strings.Repeat("B", 1<<20)} {
			if err := caller.CheckStore("to_store_id", id); err != nil && test.path == "/r" && (problem.CodeOf(err) != problem.ValidationError ||
				!strings.HasPrefix(err.Error(), "VALIDATION_ERROR: In the request, to_store_id ") || len(err.Error()) > 200) {
				t.Errorf("%s: %.300v", test.key, err)
			} else if (err == nil) != (test.stores == nil) {
				t.Errorf("%s: %.300v", test.key, err)
			}
		}
	}
}

func TestAPI_rateLimit(t *testing.T) {
	limits := httpapi.DefaultLimits()
	limits.RateLimit, limits.RateBurst = 0.5, 2
	fake := clock.NewFake(start)
	a := mustNew(t, httpapi.Options{Limits: limits, Clock: fake})
	a.Handle("GET", "/r", httpapi.Reader, func(c *gin.Context) error {
		c.Status(http.StatusNoContent)
		return nil
	})
	get := func(key string) int { return sendRequest(a, "GET", "/r", "", "X-API-Key", key).Code }
	for range 2 {
		if get("k-all") != 204 {
			t.Fatal("the burst was refused")
		}
	}
	w := sendRequest(a, "GET", "/r", "", "X-API-Key", "k-all")
	httpapitest.WantProblem(t, w, 429, problem.RateLimited)
	if w.Header().Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	if get("k-read") != 204 {
		t.Error("another key was refused")
	}
	fake.Advance(2 * time.Second)
	if first, second := get("k-all"), get("k-all"); first != 204 || second != 429 {
		t.Errorf("after two seconds: %d, %d", first, second)
	}
	fake.Advance(-time.Hour) // the clock was set back: the missing tokens are added from here on
	if code := get("k-all"); code != 429 {
		t.Errorf("after the clock was set back: %d", code)
	}
	fake.Advance(2 * time.Second)
	if first, second := get("k-all"), get("k-all"); first != 204 || second != 429 {
		t.Errorf("two seconds after the clock was set back: %d, %d", first, second)
	}
}

// The actor of a request's changes is the name of its API key. A request
// between services names the actor of each change, and has none itself.
func TestAPI_actor(t *testing.T) {
	api := mustNew(t, httpapi.Options{Keys: mustKeys(t, "k-1:Store Madrid")})
	show := func(c *gin.Context) error {
		c.String(200, events.Actor(c.Request.Context(), "nobody"))
		return nil
	}
	for path, access := range map[string]httpapi.Access{"/public": httpapi.Public, "/mine": httpapi.Writer, "/internal": httpapi.Internal} {
		api.Handle("GET", path, access, show)
	}
	api.HandleStream("GET", "/stream", httpapi.Reader, show)
	for path, want := range map[string]string{"/public": "nobody", "/mine": "Store Madrid", "/internal": "nobody", "/stream": "Store Madrid"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-API-Key", "k-1")
		r.Header.Set(httpapi.ServiceKeyHeader, serviceKey)
		w := httptest.NewRecorder()
		// In one process the context of the caller's request comes along.
		api.Handler().ServeHTTP(w, r.WithContext(events.WithActor(r.Context(), map[bool]string{true: "Admin"}[path == "/internal"])))
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
}
