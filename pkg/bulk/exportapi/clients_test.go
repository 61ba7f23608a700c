package exportapi

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
)

// export is a server with one list of pages of half a megabyte.
type export struct {
	t     *testing.T
	addr  string
	pages atomic.Int64  // that were read
	ended chan struct{} // the handler has ended
}

const pageBytes = PageLimit << 10

// serve serves a list of so many pages; 0: without end.
func serve(t *testing.T, pages int64, unread time.Duration) *export {
	t.Helper()
	api, err := httpapi.New(httpapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := &export{t: t, ended: make(chan struct{})}
	text := strings.Repeat("x", 1<<10-1)
	table := Table[string]{Name: "list", Columns: []string{"text"}, Records: func(item string) [][]string { return [][]string{{item}} }}
	api.HandleStream(http.MethodGet, "/export", httpapi.Public, func(c *gin.Context) error {
		defer close(e.ended)
		return run(c, table, func(ctx context.Context, page paging.Page) (list paging.List[string], err error) {
			for range page.Limit {
				list.Items = append(list.Items, text)
			}
			if n := e.pages.Add(1); n != pages {
				list.Next = paging.Key{n}
			}
			return list, ctx.Err()
		}, unread)
	})
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	e.addr = server.Listener.Addr().String()
	return e
}

// get sends the request; the response is not read.
func (e *export) get() net.Conn {
	e.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(e.t.Context(), "tcp", e.addr)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "GET /export HTTP/1.1\r\nHost: %s\r\n\r\n", e.addr); err != nil {
		e.t.Fatal(err)
	}
	return conn
}

// wantEnd fails the test unless the handler ends, having read few pages.
func (e *export) wantEnd() {
	e.t.Helper()
	select {
	case <-e.ended:
	case <-time.After(time.Minute):
		e.t.Fatal("the handler goes on")
	}
	if n := e.pages.Load() * pageBytes; n > buffers {
		e.t.Errorf("%d bytes were read for a client that takes none", n)
	}
}

// buffers is more than the buffers between the handler and the client have.
const buffers = 32 << 20

// TestRun_clients: the server reads no page that the client does not take, and serves
// no client that has gone.
func TestRun_clients(t *testing.T) {
	t.Run("that reads nothing", func(t *testing.T) {
		e := serve(t, 0, 50*time.Millisecond)
		e.get()
		e.wantEnd()
	})
	t.Run("that disconnects in the middle", func(t *testing.T) {
		e := serve(t, 0, time.Hour)
		conn := e.get()
		if _, err := io.CopyN(io.Discard, conn, 3*pageBytes); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		e.wantEnd()
	})
	t.Run("that reads slowly", func(t *testing.T) {
		const pages = 3 * buffers / pageBytes
		e := serve(t, pages, time.Hour)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.addr+"/export", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		lines := bufio.NewScanner(response.Body)
		read := 0
		for lines.Scan() {
			if read += len(lines.Bytes()) + 1; e.pages.Load()*pageBytes > int64(read+buffers) {
				t.Fatalf("%d pages were read when the client had %d bytes", e.pages.Load(), read)
			}
		}
		if err := lines.Err(); err != nil || read != pages*pageBytes+len("text\n") {
			t.Errorf("%d bytes, %v; want all of %d pages", read, err, pages)
		}
		<-e.ended
	})
}
