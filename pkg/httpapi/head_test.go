package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// TestAPI_HEAD: a HEAD gets the status and headers of the GET, without the
// body.
func TestAPI_HEAD(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	respond := func(c *gin.Context) error {
		httpapi.JSON(c, http.StatusOK, "there")
		return nil
	}
	a.Handle(http.MethodGet, "/open", httpapi.Public, respond)
	a.Handle(http.MethodGet, "/closed", httpapi.Reader, respond)
	a.Handle(http.MethodGet, "/missing", httpapi.Public, func(*gin.Context) error { return problem.New(problem.NotFound, "it is not here") })
	a.Handle(http.MethodPost, "/write", httpapi.Public, respond)
	a.HandleStream(http.MethodGet, "/stream", httpapi.Public, respond)
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	send := func(method, path string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(text)
	}
	for path, status := range map[string]int{
		"/open": http.StatusOK, "/closed": http.StatusUnauthorized, "/missing": http.StatusNotFound,
		"/health": http.StatusOK, "/ready": http.StatusServiceUnavailable, "/docs": http.StatusOK, "/openapi.json": http.StatusOK,
	} {
		get, text := send(http.MethodGet, path)
		head, none := send(http.MethodHead, path)
		if get.StatusCode != status || head.StatusCode != status || none != "" {
			t.Errorf("%s: GET %d, HEAD %d with %q, want %d", path, get.StatusCode, head.StatusCode, none, status)
		}
		if head.ContentLength != int64(len(text)) || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD has %d bytes of %q, GET %d of %q", path,
				head.ContentLength, head.Header.Get("Content-Type"), len(text), get.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/write", "/stream"} {
		if head, _ := send(http.MethodHead, path); head.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("HEAD %s: %d", path, head.StatusCode)
		}
	}
}
