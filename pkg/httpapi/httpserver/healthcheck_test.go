package httpserver_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpserver"
)

// listening returns the address of a server that responds with these statuses.
func listening(t *testing.T, statuses map[string]int) (host string, port int) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(statuses[r.URL.Path])
		_, _ = w.Write([]byte("it says " + r.URL.Path))
	}))
	t.Cleanup(server.Close)
	host, text, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if port, err = strconv.Atoi(text); err != nil {
		t.Fatal(err)
	}
	return host, port
}

func TestHealthcheck(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // which must not be used
	for name, test := range map[string]struct {
		ready, health int
		complaint     string // empty: healthy
	}{
		"well":                             {200, 200, ""},
		"starting or stopping":             {503, 200, "/ready returns 503: it says /ready"},
		"its database is away":             {200, 503, "/health returns 503: it says /health"},
		"another server":                   {404, 404, "/health returns 404"},
		"a redirect is not healthy":        {302, 200, "/ready returns 302"},
		"neither of the two":               {503, 503, "/ready returns 503: it says /ready"},
		"an empty response is not healthy": {204, 200, "/ready returns 204"},
	} {
		t.Run(name, func(t *testing.T) {
			host, port := listening(t, map[string]int{"/ready": test.ready, "/health": test.health})
			for _, host := range []string{host, "", "0.0.0.0"} {
				err := httpserver.Healthcheck(t.Context(), httpserver.Listen{Host: host}, port)
				if test.complaint == "" && err != nil || test.complaint != "" && (err == nil || !strings.Contains(err.Error(), test.complaint)) {
					t.Errorf("host %q: got %v, want %q", host, err, test.complaint)
				}
			}
		})
	}
}

func TestHealthcheck_noServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := httpserver.Healthcheck(t.Context(), httpserver.Listen{}, port); err == nil {
		t.Error("a port without a server is healthy")
	}
}
