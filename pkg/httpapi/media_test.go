package httpapi_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestDecode_mediaTypes(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	handle := func(c *gin.Context) error {
		_, err := httpapi.DecodeOptional[struct {
			Name string `json:"name"`
		}](c)
		return err
	}
	a.Handle("POST", "/in", httpapi.Public, handle)
	for _, test := range []struct {
		header, value string
		status        int
	}{
		{"Content-Type", "application/json", 200},
		{"Content-Type", "APPLICATION/JSON", 200},
		{"Content-Type", "application/json; charset=utf-8", 200},
		{"Content-Type", `application/json;charset="UTF-8"`, 200},
		{"Content-Type", "application/merge-patch+json", 200},
		{"Content-Type", "application/json; charset=utf-16", 415},
		{"Content-Type", "application/json; charset=latin1", 415},
		{"Content-Type", "application/x-www-form-urlencoded", 415},
		{"Content-Type", "text/plain", 415},
		{"Content-Type", "text/json", 415},
		{"Content-Type", "multipart/form-data; boundary=x", 415},
		{"Content-Type", "nonsense", 415},
		{"Content-Type", "/", 415},
		{"Content-Type", strings.Repeat("a", 10000), 415},
		{"Content-Encoding", "identity", 200},
		{"Content-Encoding", "gzip", 415},
		{"Content-Encoding", "br, gzip", 415},
		{"Content-Encoding", "x", 415},
	} {
		w := sendRequest(a, "POST", "/in", `{"name":"x"}`, test.header, test.value)
		if w.Code != test.status {
			t.Errorf("%s: %.100s: %d %s", test.header, test.value, w.Code, w.Body)
		}
		if test.status != 415 {
			continue
		}
		httpapitest.WantProblem(t, w, 415, problem.UnsupportedMediaType)
		wanted := map[string]string{"Content-Type": "Accept", "Content-Encoding": "Accept-Encoding"}[test.header]
		if w.Header().Get(wanted) == "" && !strings.Contains(w.Body.String(), "charset") && !strings.Contains(w.Body.String(), "not a media type") {
			t.Errorf("%s: %.100s: no %s", test.header, test.value, wanted)
		}
	}
	for _, name := range []string{"Content-Type", "Content-Encoding"} {
		w := sendRequest(a, "POST", "/in", `{"name":"x"}`, name, "application/json", name, "application/json")
		httpapitest.WantProblem(t, w, 400, problem.ValidationError)
	}
	// Without a type, and without a body.
	for _, w := range []int{sendRequest(a, "POST", "/in", `{"name":"x"}`).Code, sendRequest(a, "POST", "/in", "", "Content-Type", "text/plain").Code} {
		if w != 200 {
			t.Errorf("status %d", w)
		}
	}
}

func TestAPI_refusesTwoKeys(t *testing.T) {
	keys, err := httpapi.ParseKeys("one-key:One,other-key:Other")
	if err != nil {
		t.Fatal(err)
	}
	a := mustNew(t, httpapi.Options{Keys: keys, ServiceKey: "service-key"})
	a.Handle("GET", "/r", httpapi.Reader, func(*gin.Context) error { return nil })
	a.Handle("GET", "/internal/v1/i", httpapi.Internal, func(*gin.Context) error { return nil })
	for _, test := range []struct{ path, header, first, second string }{
		{"/r", "X-API-Key", "one-key", "other-key"},
		{"/r", "X-API-Key", "one-key", "one-key"},
		{"/r", "X-API-Key", "one-key", ""},
		{"/internal/v1/i", "X-Service-Key", "service-key", "x"},
	} {
		if w := sendRequest(a, "GET", test.path, "", test.header, test.first); w.Code != 200 {
			t.Fatalf("%+v: %d", test, w.Code)
		}
		w := sendRequest(a, "GET", test.path, "", test.header, test.first, test.header, test.second)
		httpapitest.WantProblem(t, w, 400, problem.ValidationError)
	}
}
