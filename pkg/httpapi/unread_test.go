package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

// refusing serves an API that refuses most requests before it reads their body.
func refusing(t *testing.T) string {
	t.Helper()
	keys, err := httpapi.ParseKeys("a-key:One")
	if err != nil {
		t.Fatal(err)
	}
	limits := httpapi.DefaultLimits()
	limits.MaxBodyBytes = 10_000
	a := mustNew(t, httpapi.Options{Keys: keys, Limits: limits})
	a.Handle("POST", "/write", httpapi.Writer, func(c *gin.Context) error {
		_, err := httpapi.DecodeOptional[struct{}](c)
		return err
	})
	a.HandleStream("POST", "/import", httpapi.Writer, func(c *gin.Context) error {
		_, err := io.Copy(io.Discard, httpapi.StreamBody(c, 10_000))
		return err
	})
	a.Handle("GET", "/read", httpapi.Public, func(c *gin.Context) error {
		c.String(http.StatusOK, strings.Repeat("a", 100_000))
		return nil
	})
	url, stop, ended := running(t, a, time.Minute)
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return url
}

// request sends the head of a request with a body of that length, and body as
// its beginning.
func request(t *testing.T, conn net.Conn, method, path string, length int, body string, headers ...string) {
	t.Helper()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n", method, path, length)
	for _, h := range headers {
		head += h + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
}

// TestServer_unwantedBody: the response to a refused request is sent at once
// and its connection is closed soon, even if little of its body arrives.
func TestServer_unwantedBody(t *testing.T) {
	t.Parallel()
	url := refusing(t)
	for name, test := range map[string]struct {
		method, path string
		length       int
		headers      []string
		status       int
	}{
		"no key":              {"POST", "/write", 5000, nil, 401},
		"no key, long":        {"POST", "/write", 1 << 30, nil, 401},
		"no key, import":      {"POST", "/import", 1 << 20, nil, 401},
		"no key, 100":         {"POST", "/write", 5000, []string{"Expect: 100-continue"}, 401},
		"no route":            {"POST", "/nothing", 5000, nil, 404},
		"no method":           {"DELETE", "/write", 5000, nil, 405},
		"too long":            {"POST", "/write", 10_001, []string{"X-API-Key: a-key"}, 413},
		"too long, 100":       {"POST", "/write", 10_001, []string{"X-API-Key: a-key", "Expect: 100-continue"}, 413},
		"of another type":     {"POST", "/write", 5000, []string{"X-API-Key: a-key", "Content-Type: text/plain"}, 415},
		"two keys":            {"POST", "/write", 5000, []string{"X-API-Key: a-key", "X-API-Key: a-key"}, 400},
		"of a GET":            {"GET", "/read", 200_000, nil, 200},
		"of a GET that fails": {"GET", "/nothing", 200_000, nil, 404},
		"of OPTIONS":          {"OPTIONS", "/read", 200_000, nil, 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, url)
			begun := time.Now()
			body := "{"
			if strings.HasPrefix(name, "no key, 100") || strings.HasPrefix(name, "too long, 100") {
				body = ""
			}
			request(t, conn, test.method, test.path, test.length, body, test.headers...)
			// net/http alone takes 30 s; the bounds leave room for a busy machine.
			_ = conn.SetReadDeadline(begun.Add(10 * time.Second))
			r := bufio.NewReader(conn)
			resp, err := http.ReadResponse(r, &http.Request{Method: test.method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != test.status || !resp.Close {
				t.Errorf("status %d, close %v, %v", resp.StatusCode, resp.Close, err)
			}
			if _, err := r.ReadByte(); err != io.EOF {
				t.Errorf("after the response: %v", err)
			}
		})
	}
}

// TestServer_refusedRequest: a small body that has arrived does not cost the
// connection.
func TestServer_refusedRequest(t *testing.T) {
	t.Parallel()
	conn := connect(t, refusing(t))
	r := bufio.NewReader(conn)
	for i, path := range []string{"/write", "/nothing", "/write", "/read"} {
		request(t, conn, "POST", path, 5000, strings.Repeat("a", 5000))
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode < 400 || resp.Close {
			t.Errorf("request %d: status %d, close %v, %v", i, resp.StatusCode, resp.Close, err)
		}
	}
}

// TestServer_longBody: a client that sends all of its body before it reads, as
// many do, reads the response.
func TestServer_longBody(t *testing.T) {
	t.Parallel()
	url := refusing(t)
	for _, test := range []struct {
		path, key string
		length    int
		status    int
	}{
		{"/write", "a-key", 10_001, 413},
		{"/write", "a-key", 300_000, 413},
		{"/write", "a-key", 3_000_000, 413},
		{"/import", "a-key", 3_000_000, 413},
		{"/write", "", 3_000_000, 401},
		{"/import", "", 3_000_000, 401},
		{"/nothing", "", 3_000_000, 404},
	} {
		for _, chunked := range []bool{false, true} {
			conn := connect(t, url)
			var body io.Reader = strings.NewReader(strings.Repeat("a", test.length))
			if chunked {
				body = io.MultiReader(body)
			}
			r, err := http.NewRequest(http.MethodPost, url+test.path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-API-Key", test.key)
			if err := r.Write(conn); err != nil { // all of it
				t.Errorf("%+v, chunked %v: %v", test, chunked, err)
				continue
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), r)
			if err != nil {
				t.Errorf("%+v, chunked %v: %v", test, chunked, err)
				continue
			}
			text, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != test.status || !strings.Contains(string(text), `"code":`) {
				t.Errorf("%+v, chunked %v: status %d, %v: %s", test, chunked, resp.StatusCode, err, text)
			}
			_ = conn.Close()
		}
	}
}
