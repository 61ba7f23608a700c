package importapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
		r := newReport(c)
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
