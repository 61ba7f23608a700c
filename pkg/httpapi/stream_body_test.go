package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// reading serves a route whose handler reads its body after change has changed
// it, and returns the result of that.
func reading(t *testing.T, change func(*streamBody)) (url string, ended <-chan error) {
	t.Helper()
	a, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	a.HandleStream(http.MethodPost, "/read", Public, func(c *gin.Context) error {
		body, ok := StreamBody(c, 10).(*streamBody)
		if !ok {
			t.Error("StreamBody returns something else")
		}
		change(body)
		_, err := io.ReadAll(body)
		done <- err
		return err
	})
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	return server.URL + "/read", done
}

func TestStreamBody(t *testing.T) {
	send := func(url string, body io.Reader) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
		http.DefaultClient.CloseIdleConnections()
	}
	for name, test := range map[string]struct {
		body   string
		change func(*streamBody)
		code   problem.Code
	}{
		"reads to the end":             {"ten bytes.", func(*streamBody) {}, ""},
		"refuses more than the limit":  {"eleven byte", func(*streamBody) {}, problem.PayloadTooLarge},
		"stops when the server drains": {"ten bytes.", func(s *streamBody) { s.draining = closed() }, problem.StorageUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			url, ended := reading(t, test.change)
			send(url, io.MultiReader(strings.NewReader(test.body))) // of unknown length
			err := <-ended
			if code := problem.CodeOf(err); code != test.code {
				t.Errorf("%v, want %q", err, test.code)
			}
		})
	}
	t.Run("a client that stalls loses its connection", func(t *testing.T) {
		url, ended := reading(t, func(s *streamBody) { s.idle = time.Millisecond })
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/read"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"); err != nil {
			t.Fatal(err)
		}
		err = <-ended
		var timeout net.Error
		if problem.CodeOf(err) != problem.ValidationError || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v", err)
		}
		// The response arrives, and then the end of the connection.
		if response, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(response), "HTTP/1.1 400 ") {
			t.Errorf("%q, %v", response, err)
		}
	})
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
