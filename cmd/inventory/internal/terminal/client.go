package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
)

const (
	requestTimeout = 30 * time.Second
	maxAttempts    = 4 // of a request whose outcome is not known
	maxPause       = 5 * time.Second
)

// client sends requests to the API of a system.
type client struct {
	base string
	key  string
	http *http.Client
}

func newClient(base, key string) (*client, error) {
	parsed, err := url.Parse(base)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return nil, fmt.Errorf("%q is not an http or https URL", base)
	}
	return &client{base: strings.TrimRight(base, "/"), key: key, http: &http.Client{}}, nil
}

// refusalError is a problem document of the system.
type refusalError struct {
	status int
	text   string
}

// Error returns one line.
func (e *refusalError) Error() string { return e.text }

// ExitCode implements process.ExitCoder.
func (e *refusalError) ExitCode() int {
	if e.status >= http.StatusInternalServerError {
		return exitAway
	}
	return exitRefused
}

// awayError is the failure of a connection.
type awayError struct {
	base  string
	cause error
}

// Error returns one line, with advice.
func (e *awayError) Error() string {
	return fmt.Sprintf("%s cannot be reached (%v): is the system running there? --url names another one", e.base, e.cause)
}

// Unwrap returns the cause.
func (e *awayError) Unwrap() error { return e.cause }

// ExitCode implements process.ExitCoder.
func (e *awayError) ExitCode() int { return exitAway }

// call is a request and how to send it.
type call struct {
	method, path string
	query        url.Values
	body         any         // encoded as JSON; nil: none
	contentType  string      // of a file, which is sent instead
	header       http.Header // beyond those that each request has
}

// get reads a JSON document.
func (c *client) get(ctx context.Context, path string, query url.Values, into any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, query: query}, into)
}

// do sends a request and decodes the response into into, unless that is nil. A
// change carries an Idempotency-Key, so it is sent again, and happens once, when its
// outcome is not known or the system is not able to serve it at the moment.
func (c *client) do(ctx context.Context, request call, into any) error {
	var body []byte
	if request.body != nil {
		var err error
		if body, err = json.Marshal(request.body); err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
	}
	key := process.NewID()
	return repeat(ctx, func() (time.Duration, error) { return c.try(ctx, request, body, key, into) })
}

// repeat calls try until it succeeds or returns no pause before another attempt, at
// most maxAttempts times.
func repeat(ctx context.Context, try func() (pause time.Duration, err error)) error {
	for attempt := 1; ; attempt++ {
		pause, err := try()
		if err == nil || pause == 0 || attempt == maxAttempts || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// try sends a request once. pause is how long to wait before the next attempt; 0:
// another attempt is of no use.
func (c *client) try(ctx context.Context, request call, body []byte, key string, into any) (pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	response, err := c.send(ctx, request, bytes.NewReader(body), key)
	if err != nil {
		return time.Second, &awayError{c.base, plain(err)}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return c.pauseOf(response), refusalOf(response)
	}
	if into == nil || response.StatusCode == http.StatusNoContent {
		return 0, nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return time.Second, &awayError{c.base, fmt.Errorf("the response broke off: %w", err)}
	}
	return 0, nil
}

// send sends a request whose response the caller reads and closes.
func (c *client) send(ctx context.Context, request call, body io.Reader, key string) (*http.Response, error) {
	target := c.base + "/api/v1" + request.path
	if len(request.query) > 0 {
		target += "?" + request.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, request.method, target, body)
	if err != nil {
		return nil, err
	}
	switch {
	case request.contentType != "":
		r.Header.Set("Content-Type", request.contentType)
	case request.body != nil:
		r.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		r.Header.Set("X-API-Key", c.key)
	}
	maps.Copy(r.Header, request.header)
	if request.method == http.MethodPost && key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return c.http.Do(r)
}

// pauseOf returns when a refused request may be sent again; 0: never.
func (c *client) pauseOf(response *http.Response) time.Duration {
	if response.StatusCode != http.StatusServiceUnavailable && response.StatusCode != http.StatusTooManyRequests {
		return 0
	}
	pause, err := time.ParseDuration(response.Header.Get("Retry-After") + "s")
	if err != nil {
		pause = time.Second
	}
	return min(max(pause, 100*time.Millisecond), maxPause)
}

// plain leaves the method and the URL out of an error of net/http.
func plain(err error) error {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // net/http returns this type itself
		return e.Err
	}
	return err
}

// refusalOf returns the error of a response in one line, with advice.
func refusalOf(response *http.Response) error {
	e := &refusalError{status: response.StatusCode}
	var p *problem.Error
	if !errors.As(httpapi.ReadProblem(response), &p) {
		e.text = "the response is " + response.Status + ": is this the address of the system?"
		return e
	}
	e.text = p.Detail
	if len(p.Fields) > 1 { // otherwise the detail says it
		for _, wrong := range p.Fields {
			e.text += fmt.Sprintf(" %s %s.", wrong.Field, wrong.Message)
		}
	}
	lines, several := p.Members["lines"].([]any)
	switch available, requested := p.Members["available"], p.Members["requested"]; {
	case several:
		e.text += shortLines(lines)
	case available != nil && requested != nil:
		e.text += fmt.Sprintf(" %v available, %v asked.", available, requested)
	case response.StatusCode == http.StatusUnauthorized:
		e.text += " --key, $INVENTORY_KEY or a profile gives the key."
	}
	return e
}

// shortLines names the lines of a refusal that lack units.
func shortLines(lines []any) (text string) {
	for _, l := range lines {
		line, _ := l.(map[string]any)
		number, _ := line["line"].(json.Number)
		if index, err := number.Int64(); err == nil && line["available"] != nil { // people count from 1
			text += fmt.Sprintf(" Line %d, %v: %v available, %v asked.", index+1, line["store_id"], line["available"], line["requested"])
		}
	}
	return text
}
