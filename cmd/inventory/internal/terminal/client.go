package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

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
	code   string
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
	body         any    // encoded as JSON; nil: none
	contentType  string // of a file, which is sent instead
	ifMatch      int64  // the version that the resource must have; 0: any
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
	for attempt := 1; ; attempt++ {
		pause, err := c.try(ctx, request, body, key, into)
		if err == nil || ctx.Err() != nil || pause == 0 || attempt == maxAttempts {
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
	if request.ifMatch != 0 {
		r.Header.Set("If-Match", `"`+strconv.FormatInt(request.ifMatch, 10)+`"`)
	}
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

// problemDocument is an error as the API reports it.
type problemDocument struct {
	Detail string `json:"detail"`
	Title  string `json:"title"`
	Code   string `json:"code"`
	Errors []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
	Available *int64 `json:"available"`
	Requested *int64 `json:"requested"`
	Lines     []struct {
		Line      int    `json:"line"`
		ProductID string `json:"product_id"`
		StoreID   string `json:"store_id"`
		Requested int64  `json:"requested"`
		Available int64  `json:"available"`
	} `json:"lines"`
}

// maxProblem bounds the problem document that is read.
const maxProblem = 1 << 20

// refusalOf returns the error of a response in one line, with advice.
func refusalOf(response *http.Response) error {
	e := &refusalError{status: response.StatusCode}
	var p problemDocument
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.NewDecoder(io.LimitReader(response.Body, maxProblem)).Decode(&p) != nil {
		e.text = "the response is " + response.Status + ": is this the address of the system?"
		return e
	}
	e.code = p.Code
	e.text = first(p.Detail, p.Title, response.Status)
	if len(p.Errors) > 1 { // otherwise the detail says it
		for _, wrong := range p.Errors {
			e.text += fmt.Sprintf(" %s %s.", wrong.Field, wrong.Message)
		}
	}
	switch {
	case len(p.Lines) > 0:
		for _, l := range p.Lines {
			e.text += fmt.Sprintf(" Line %d, %s: %d available, %d asked.", l.Line+1, l.StoreID, l.Available, l.Requested)
		}
	case p.Available != nil && p.Requested != nil:
		e.text += fmt.Sprintf(" %d available, %d asked.", *p.Available, *p.Requested)
	case response.StatusCode == http.StatusUnauthorized:
		e.text += " --key, $INVENTORY_KEY or a profile gives the key."
	}
	return e
}
