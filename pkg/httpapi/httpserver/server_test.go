package httpserver_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
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

// get sends a request on a connection of its own and returns the body of the
// response.
func get(url string) (string, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestServer_drains(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	begun, finish := make(chan struct{}), make(chan struct{})
	a.Handle("GET", "/slow", httpapi.Public, func(c *gin.Context) error {
		close(begun)
		<-finish
		c.String(200, "done")
		return nil
	})
	url, stop, ended := running(t, a, time.Minute)
	responses := make(chan string, 1)
	go func() {
		body, err := get(url + "/slow")
		responses <- body
		if err != nil {
			t.Error(err)
		}
	}()
	<-begun
	stop()
	for { // until the listener is closed
		if _, err := get(url + "/health"); err != nil {
			break
		}
	}
	close(finish)
	if body := <-responses; body != "done" {
		t.Errorf("response %q", body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestServer_silentConnections: net/http alone waits for a new connection
// longer than this server may take.
func TestServer_silentConnections(t *testing.T) {
	url, stop, ended := running(t, mustNew(t, httpapi.Options{}), 4*time.Second)
	silent := connect(t, url)
	if _, err := get(url + "/health"); err != nil { // connections are accepted in their order
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n, err := silent.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes came", n)
	}
}

// connect opens a connection to the server of a URL.
func connect(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestServer_endsStreams(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	begun := make(chan struct{})
	a.HandleStream("GET", "/stream", httpapi.Public, func(c *gin.Context) error {
		c.String(200, "first ")
		c.Writer.Flush()
		close(begun)
		<-httpserver.Draining(c.Request.Context())
		c.String(200, "last")
		return nil
	})
	url, stop, ended := running(t, a, time.Minute)
	go func() {
		<-begun
		stop()
	}()
	if body, err := get(url + "/stream"); body != "first last" || err != nil {
		t.Errorf("%q %v", body, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServer_breaksOffSlowRequests(t *testing.T) {
	a := mustNew(t, httpapi.Options{})
	begun, done := make(chan struct{}), make(chan struct{})
	a.Handle("GET", "/stuck", httpapi.Public, func(c *gin.Context) error {
		defer close(done)
		close(begun)
		<-c.Request.Context().Done() // ends with the connection
		return c.Request.Context().Err()
	})
	url, stop, ended := running(t, a, time.Nanosecond)
	result := make(chan error, 1)
	go func() {
		_, err := get(url + "/stuck")
		result <- err
	}()
	<-begun
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "broken off") {
		t.Errorf("Run gave %v", err)
	}
	if err := <-result; err == nil {
		t.Error("the request succeeded")
	}
	<-done
}

func TestServer_Listen(t *testing.T) {
	h := mustNew(t, httpapi.Options{}).Handler()
	first, err := httpserver.New("127.0.0.1:0", h, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Addr() != "" || first.Listen() != nil {
		t.Fatal("listen")
	}
	second, err := httpserver.New(first.Addr(), h, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = second.Run(context.Background())
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), first.Addr()+" is already in use") {
		t.Errorf("taken port: %v", err)
	}
	for _, s := range []*httpserver.Server{first, first, second} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := second.Listen(); err != nil {
		t.Error(err)
	}
	_ = second.Close()
	for _, addr := range []string{"8080", "a:b:c", "localhost"} {
		if _, err := httpserver.New(addr, h, nil); err == nil {
			t.Errorf("%s was taken", addr)
		}
	}
	if _, err := httpserver.New(":0", nil, nil); err == nil {
		t.Error("a nil handler was accepted")
	}
}
