package httpapi_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

// running starts a server and returns its base URL, a function that begins the
// drain, and the channel with Run's error.
func running(t *testing.T, a *httpapi.API, shutdown time.Duration) (string, context.CancelFunc, <-chan error) {
	t.Helper()
	s, err := httpserver.New("127.0.0.1:0", a.Handler(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.ShutdownTimeout = shutdown
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return "http://" + s.Addr(), cancel, ended
}

func connect(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestServer_bodyTooLarge(t *testing.T) {
	limits := httpapi.DefaultLimits()
	limits.MaxBodyBytes = 10
	url, stop, ended := running(t, decoding(t, httpapi.Options{Limits: limits}), time.Minute)
	transport := &http.Transport{}
	resp, err := (&http.Client{Transport: transport}).Post(url+"/in", "application/json",
		io.MultiReader(strings.NewReader(`{"name":"`), strings.NewReader(strings.Repeat("a", 1000)))) // chunked
	if err != nil {
		t.Fatal(err)
	}
	p := httpapi.ReadProblem(resp)
	if problem.CodeOf(p) != problem.PayloadTooLarge || !resp.Close {
		t.Errorf("%v, connection closed: %v", p, resp.Close)
	}
	_ = resp.Body.Close()
	transport.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
