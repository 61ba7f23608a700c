package httpapi_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// within runs f in a handler of a GET or POST /s/:store_id and returns its
// error, checked to be a ValidationError that reached the caller.
func within(t *testing.T, method, target, body string, f func(c *gin.Context) error, headers ...string) error {
	t.Helper()
	a := mustNew(t, httpapi.Options{})
	var err error
	a.Handle(method, "/s/:store_id", httpapi.Reader, func(c *gin.Context) error {
		err = f(c)
		return err
	})
	w := sendRequest(a, method, target, body, append(headers, "X-API-Key", "k-all")...)
	if err != nil {
		httpapitest.WantProblem(t, w, 400, problem.ValidationError)
	} else if w.Code != 200 {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	return err
}

func TestPageOf(t *testing.T) {
	for query, want := range map[string]paging.Page{
		"":                            {Limit: 20},
		"other=1":                     {Limit: 20},
		"limit=1":                     {Limit: 1},
		"limit=100&offset=5":          {Limit: 100, Offset: 5},
		"offset=0":                    {Limit: 20},
		"page=1":                      {Limit: 20},
		"page=3":                      {Limit: 20, Offset: 40},
		"page=3&page_size=7":          {Limit: 7, Offset: 14},
		"page_size=7":                 {Limit: 7},
		"offset=2147483547":           {Limit: 20, Offset: 2147483547},
		"page=21474836&page_size=100": {Limit: 100, Offset: 2147483500},
		"limit=0":                     {},
		"limit=101":                   {},
		"limit=-1":                    {},
		"limit=":                      {},
		"limit=%2B5":                  {},
		"limit=5.0":                   {},
		"limit=0x5":                   {},
		"limit=1_0":                   {},
		"limit=abc":                   {},
		"limit=99999999999999999999":  {},
		"limit=5&limit=5":             {},
		"offset=-1":                   {},
		"offset=2147483548":           {},
		"offset=9223372036854775808":  {},
		"page=0":                      {},
		"page=-1":                     {},
		"page=9223372036854775807":    {},
		"page=21474837&page_size=1":   {},
		"page_size=0":                 {},
		"page_size=101":               {},
		"page=1&limit=5":              {},
		"page_size=5&offset=0":        {},
		"limit=%zz":                   {},
		"a;b":                         {},
	} {
		t.Run(query, func(t *testing.T) {
			var page paging.Page
			err := within(t, "GET", "/s/1?"+query, "", func(c *gin.Context) (err error) {
				page, err = httpapi.PageOf(c)
				return err
			})
			if !reflect.DeepEqual(page, want) || (err != nil) != (want.Limit == 0) {
				t.Errorf("page %+v, error %v", page, err)
			}
		})
	}
}

func TestAfterOf(t *testing.T) {
	type part struct {
		after string
		limit int
	}
	for query, want := range map[string]part{
		"":                    {"", 50},
		"after=a%2Fb&limit=1": {"a/b", 1},
		"limit=50":            {"", 50},
		"limit=0":             {},
		"limit=51":            {},
		"after=a&after=b":     {},
		"offset=1":            {},
	} {
		var got part
		err := within(t, "GET", "/s/S1?"+query, "", func(c *gin.Context) (err error) {
			got.after, got.limit, err = httpapi.AfterOf(c, 50)
			return err
		})
		if refused := want == (part{}); refused != (err != nil) || !refused && got != want {
			t.Errorf("%q: got %+v, %v, want %+v", query, got, err, want)
		}
	}
}

func TestKnownQuery(t *testing.T) {
	for query, fields := range map[string]string{
		"":                              "",
		"limit=1&q=a":                   "",
		"q=":                            "",
		"Q=1":                           "Q is not a known query parameter",
		"z=1&x=1&limit=1":               "x is not a known query parameter, z is not a known query parameter",
		"q=1&q=2":                       "q must appear only once",
		"x=%":                           "query is not percent-encoded correctly",
		strings.Repeat("x", 100) + "=1": strings.Repeat("x", 64) + "… is not a known query parameter",
	} {
		t.Run(query, func(t *testing.T) {
			err := within(t, "GET", "/s/1?"+query, "", func(c *gin.Context) error {
				return httpapi.ListQuery(c, "q")
			})
			var got []string
			var p *problem.Error
			if errors.As(err, &p) {
				for _, f := range p.Fields {
					got = append(got, f.Field+" "+f.Message)
				}
			}
			if strings.Join(got, ", ") != fields {
				t.Errorf("%v, want %s", got, fields)
			}
		})
	}
}

func TestQueryInt(t *testing.T) {
	for query, want := range map[string]int64{"": -99, "n=0": 0, "n=-5": -5, "n=10": 10} {
		_ = within(t, "GET", "/s/1?"+query, "", func(c *gin.Context) error {
			n, err := httpapi.QueryInt(c, "n", -5, 10)
			if (n == nil) != (want == -99) || n != nil && *n != want {
				t.Errorf("%s gave %v", query, n)
			}
			return err
		})
	}
	for _, query := range []string{"n=", "n=11", "n=-6", "n=1&n=1", "n=a", "n=%2B1", "n=+1"} {
		err := within(t, "GET", "/s/1?"+query, "", func(c *gin.Context) error {
			_, err := httpapi.QueryInt(c, "n", -5, 10)
			return err
		})
		if err == nil {
			t.Errorf("%s was taken", query)
		}
	}
}

func TestQueryBool(t *testing.T) {
	for query, valid := range map[string]bool{"": true, "b=true": true, "b=false": true, "b=": false, "b=1": false, "b=true&b=true": false} {
		err := within(t, "GET", "/s/1?"+query, "", func(c *gin.Context) error {
			b, err := httpapi.QueryBool(c, "b")
			if b != nil && *b != (query == "b=true") || (b == nil) != (query == "" || err != nil) {
				t.Errorf("%s gave %v", query, b)
			}
			return err
		})
		if (err == nil) != valid {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestStorePath(t *testing.T) {
	for target, valid := range map[string]bool{
		"/s/store-1": true, "/s/S.1_a-b": true, "/s/-a": false, "/s/a%20b": false, "/s/a%2Fb": false,
		"/s/" + strings.Repeat("a", 64): true, "/s/" + strings.Repeat("a", 65): false,
	} {
		err := within(t, "GET", target, "", func(c *gin.Context) error {
			_, err := httpapi.StorePath(c, "store_id")
			return err
		})
		if (err == nil) != valid {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestIfMatch(t *testing.T) {
	for _, test := range []struct {
		headers []string
		want    int64 // -99: none
		valid   bool
	}{
		{nil, -99, true},
		{[]string{"*"}, -99, true},
		{[]string{`"7"`}, 7, true},
		{[]string{` "0" `}, 0, true},
		{[]string{`"9223372036854775807"`}, 9223372036854775807, true},
		{[]string{`W/"7"`}, 7, true},
		{[]string{`w/"7"`}, -99, false},
		{[]string{""}, -99, false},
		{[]string{"7"}, -99, false},
		{[]string{`"7`}, -99, false},
		{[]string{`"`}, -99, false},
		{[]string{`""`}, -1, true},
		{[]string{`"-7"`}, -1, true},
		{[]string{`"+7"`}, -1, true},
		{[]string{`"07"`}, -1, true},
		{[]string{`"abc"`}, -1, true},
		{[]string{`"9223372036854775808"`}, -1, true},
		{[]string{`W/"abc"`}, -1, true},
		{[]string{`"7"8"`}, -99, false},
		{[]string{`"7 8"`}, -99, false},
		{[]string{`"7", "8"`}, -99, false},
		{[]string{`"7"`, `"8"`}, -99, false},
		{[]string{`*`, `"8"`}, -99, false},
		{[]string{`W/7`}, -99, false},
	} {
		t.Run(strings.Join(test.headers, " and "), func(t *testing.T) {
			var headers []string
			for _, h := range test.headers {
				headers = append(headers, "If-Match", h)
			}
			err := within(t, "GET", "/s/1", "", func(c *gin.Context) error {
				version, err := httpapi.IfMatch(c)
				if (version == nil) != (test.want == -99) || version != nil && *version != test.want {
					t.Errorf("version %v", version)
				}
				return err
			}, headers...)
			if (err == nil) != test.valid {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestOnce(t *testing.T) {
	once := func(method, target, body string, decodeFirst bool, headers ...string) (idempotency.Request, error) {
		var r idempotency.Request
		err := within(t, method, target, body, func(c *gin.Context) (err error) {
			if decodeFirst {
				if _, err := httpapi.Decode[input](c); err != nil {
					return err
				}
			}
			if r, err = httpapi.Once(c); err != nil || decodeFirst || body == "" {
				return err
			}
			_, err = httpapi.Decode[input](c)
			return err
		}, headers...)
		return r, err
	}
	r, err := once("POST", "/s/1", `{"quantity":1}`, false)
	if err != nil || r.Asked() || r != (idempotency.Request{}) {
		t.Errorf("without a key: %+v %v", r, err)
	}
	first, err := once("POST", "/s/1", `{"quantity":1}`, false, "Idempotency-Key", "a b~1")
	if err != nil || first.Key != "a b~1" || first.Caller != "All" || len(first.Fingerprint) != 64 {
		t.Fatalf("%+v %v", first, err)
	}
	if same, _ := once("POST", "/s/1", `{"quantity":1}`, true, "Idempotency-Key", "a b~1"); same != first {
		t.Errorf("after Decode: %+v, before: %+v", same, first)
	}
	seen := map[string]bool{first.Fingerprint: true}
	for _, other := range []struct{ method, target, body string }{
		{"POST", "/s/1", `{"quantity":2}`},
		{"POST", "/s/2", `{"quantity":1}`},
		{"PUT", "/s/1", `{"quantity":1}`},
		{"POST", "/s/1", ""},
	} {
		r, err := once(other.method, other.target, other.body, false, "Idempotency-Key", "a b~1")
		if err != nil || seen[r.Fingerprint] {
			t.Errorf("%+v: %+v %v", other, r, err)
		}
		seen[r.Fingerprint] = true
	}
	for _, wrong := range [][]string{{""}, {strings.Repeat("a", 256)}, {"ä"}, {"a\tb"}, {"a", "a"}} {
		var headers []string
		for _, v := range wrong {
			headers = append(headers, "Idempotency-Key", v)
		}
		if r, err := once("POST", "/s/1", "", false, headers...); err == nil {
			t.Errorf("%q gave %+v", wrong, r)
		}
	}
}

func TestReplayed(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	for _, replayed := range []bool{true, false} {
		path := "/" + map[bool]string{true: "again", false: "first"}[replayed]
		a.Handle("POST", path, httpapi.Public, func(c *gin.Context) error {
			httpapi.Replayed(c, replayed)
			httpapi.SetETag(c, 7)
			httpapi.JSON(c, 201, "<a&b>")
			return nil
		})
	}
	again, first := sendRequest(a, "POST", "/again", ""), sendRequest(a, "POST", "/first", "")
	if again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
		t.Error("Idempotency-Replayed")
	}
	if again.Header().Get("ETag") != `"7"` || again.Code != 201 || again.Body.String() != "\"<a&b>\"\n" {
		t.Errorf("%d %v %s", again.Code, again.Header(), again.Body)
	}
}
