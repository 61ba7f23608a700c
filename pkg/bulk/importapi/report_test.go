package importapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// TestReport: a response that has begun goes on while the body is read, and ends with
// the summary or with a problem document.
func TestReport(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Each line of the body is reported as a line that failed.
	api.HandleStream(http.MethodPost, "/import", httpapi.Public, func(c *gin.Context) error {
		r := newReport(c, time.Hour)
		r.limit = 0
		lines := bufio.NewScanner(httpapi.StreamBody(c, 1<<20))
		for number := int64(1); lines.Scan(); number++ {
			if lines.Text() == "stop" {
				return r.fail(problem.Invalid("body", "stops here"))
			}
			// A batch is big enough to leave the buffers of the packer.
			batch := make([]bulk.Error, 5000)
			for i := range batch {
				batch[i] = bulk.Error{Line: number, Code: problem.Conflict, Detail: strings.Repeat(lines.Text(), i%7)}
			}
			if err := r.add(batch); err != nil {
				return err
			}
			c.Writer.Flush()
		}
		return errors.Join(lines.Err(), r.sendSummary(bulk.Summary{Lines: 3, Failed: 3}))
	})
	server := httptest.NewServer(api.Handler())
	defer server.Close()
	for last, want := range map[string]string{
		"three": `{"lines":3,"created":0,"updated":0,"unchanged":0,"failed":3,"reported":15000}`,
		"stop":  `"detail":"In the request, body stops here."`,
	} {
		body, file := io.Pipe()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/import", body)
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(file, "one\n")
			sent <- err
		}()
		response, err := server.Client().Do(request) // the body has not ended
		if err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(response.Body)
		for range 5000 {
			var e bulk.Error
			if !lines.Scan() || json.Unmarshal(lines.Bytes(), &e) != nil || e.Line != 1 {
				t.Fatalf("%q, %v", lines.Bytes(), lines.Err())
			}
		}
		if _, err := io.WriteString(file, "two\n"+last+"\n"); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		text := ""
		for lines.Scan() {
			text = lines.Text()
		}
		if err := errors.Join(lines.Err(), response.Body.Close()); err != nil || !strings.Contains(text, want) {
			t.Errorf("the last line is %q, %v; want %s", text, err, want)
		}
	}
}

// TestReport_unread: the connection of a client that sends lines without end, and never
// reads the report of them, ends. The memory of the report is bounded until then.
func TestReport_unread(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const maxGrowth = 32 << 20
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := heap(), uint64(0)
	ended := make(chan error, 1)
	api.HandleStream(http.MethodPost, "/import", httpapi.Public, func(c *gin.Context) error {
		r := newReport(c, 50*time.Millisecond)
		lines := bufio.NewScanner(httpapi.StreamBody(c, 1<<30))
		err := error(nil)
		for number := int64(1); lines.Scan() && err == nil; number++ {
			err = r.add([]bulk.Error{{Line: number, Code: problem.Conflict, Detail: lines.Text()}})
			if number%50_000 == 0 {
				most = max(most, heap())
			}
		}
		ended <- errors.Join(err, lines.Err())
		return err
	})
	server := httptest.NewServer(api.Handler())
	defer server.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /import HTTP/1.1\r\nHost: shop\r\nContent-Length: 1073741824\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // texts that compress badly, always the same
		for {
			var text strings.Builder
			for range 1000 {
				fmt.Fprintf(&text, "%016x%016x%016x%016x\n", random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64())
			}
			if _, err := io.WriteString(conn, text.String()); err != nil {
				sent <- err
				return
			}
		}
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, errUnread) {
			t.Errorf("the import ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the import goes on")
	}
	if err := <-sent; err == nil { // the server has closed the connection
		t.Error("the client could send everything")
	}
	if t.Logf("heap %d KiB before, at most %d KiB meanwhile", before>>10, most>>10); most > before+maxGrowth {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
}
