package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

func TestReadProblem(t *testing.T) {
	t.Run("restores the problem that was sent", func(t *testing.T) {
		for _, sent := range []*problem.Error{
			{Code: problem.InsufficientStock, Detail: "d", Members: map[string]any{"available": json.Number("9007199254740993")}},
			{Code: problem.StockUnavailable, Detail: "d", RetryAfter: 7 * time.Second},
			{Code: problem.ValidationError, Detail: "d", Fields: []problem.Field{{Field: "f", Message: "m"}}},
		} {
			w := sendRequest(failing(t, sent), "GET", "/fail", "")
			if got := httpapi.ReadProblem(w.Result()); !reflect.DeepEqual(got, sent) {
				t.Errorf("got %#v, want %#v", got, sent)
			}
		}
	})
	const problemType = "application/problem+json"
	for name, response := range map[string]struct {
		status            int
		contentType, body string
	}{
		"HTML of a proxy":        {502, "text/html", "<html>"},
		"no content type":        {409, "", `{"code":"CONFLICT"}`},
		"unknown code":           {409, problemType, `{"code":"NEW"}`},
		"code of another status": {500, problemType, `{"code":"CONFLICT"}`},
		"no JSON":                {409, problemType, `{"code":`},
		"another shape":          {409, problemType, `{"code":5}`},
		"an endless document":    {409, problemType, `{"code":"CONFLICT","detail":"` + strings.Repeat("a", 70_000) + `"}`},
		"a list":                 {409, problemType, `[]`},
		"null":                   {409, problemType, `null`},
		"a successful response":  {200, "application/json", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			resp := &http.Response{
				StatusCode: response.status, Header: http.Header{"Content-Type": {response.contentType}},
				Body: io.NopCloser(strings.NewReader(response.body)),
			}
			err := httpapi.ReadProblem(resp)
			if problem.CodeOf(err) != problem.Internal || !strings.Contains(err.Error(), "status") {
				t.Errorf("%v", err)
			}
		})
	}
}
