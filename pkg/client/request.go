package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// request is one call of the API.
type request struct {
	method, path string
	params       any      // a Params of the generated code; nil for none
	headers      []string // the parameters that are headers
	keyed        bool     // it takes an Idempotency-Key
	body         any      // sent as JSON; nil for none
	contentType  string   // of file
	file         io.Reader
}

// receive sends r and reads the JSON of its response.
func receive[T any](ctx context.Context, c *Client, r request) (*T, error) {
	body, err := c.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var value T
	if err := json.NewDecoder(body).Decode(&value); err != nil {
		return nil, fmt.Errorf("%s %s: read the response: %w", r.method, r.path, err)
	}
	return &value, nil
}

// send sends r, whose response has no content.
func (c *Client) send(ctx context.Context, r request) error {
	body, err := c.open(ctx, r)
	if err != nil {
		return err
	}
	return body.Close()
}

// open sends r, again if that is safe and of use, and returns the content of its
// response, which the caller closes.
func (c *Client) open(ctx context.Context, r request) (io.ReadCloser, error) {
	query, header, err := values(r.params, r.headers)
	if err != nil {
		return nil, fmt.Errorf("%s %s: parameters: %w", r.method, r.path, err)
	}
	if r.keyed && header.Get("Idempotency-Key") == "" {
		header.Set("Idempotency-Key", uuid.NewString())
	}
	var text []byte
	if r.body != nil {
		if text, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("%s %s: body: %w", r.method, r.path, err)
		}
		header.Set("Content-Type", "application/json")
	}
	if r.file != nil {
		header.Set("Content-Type", r.contentType)
	}
	if c.options.Key != "" {
		header.Set("X-Api-Key", c.options.Key)
	}
	target := c.base + r.path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	for attempt := 1; ; attempt++ {
		body := r.file // read once only
		if text != nil {
			body = bytes.NewReader(text)
		}
		response, err := c.attempt(ctx, r.method, target, header, body)
		if err == nil {
			return response, nil
		}
		pause, again := c.pauseBefore(r, header, err, attempt)
		if !again {
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, errors.Join(ctx.Err(), err))
		}
	}
}

// attempt sends a request once. A response that is not 2xx is an *Error.
func (c *Client) attempt(ctx context.Context, method, target string, header http.Header, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	request.Header = header
	response, err := c.options.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		defer response.Body.Close()
		return nil, readError(response)
	}
	return response.Body, nil
}

// pauseBefore returns whether a failed attempt is followed by another one, and after which
// pause. A refusal with 429 or 503 says that nothing was done. After a request
// whose outcome is not known, only a read and a request with a key may be sent again.
func (c *Client) pauseBefore(r request, header http.Header, err error, attempt int) (pause time.Duration, again bool) {
	if attempt >= c.options.Attempts || r.file != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return 0, false
	}
	pause = min(c.options.MaxPause, 50*time.Millisecond<<min(attempt, 20))
	pause = pause/2 + rand.N(pause/2+1) //nolint:gosec // no secret
	var refusal *Error
	if !errors.As(err, &refusal) {
		return pause, r.method == http.MethodGet || header.Get("Idempotency-Key") != ""
	}
	switch refusal.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return max(pause, refusal.RetryAfter), refusal.RetryAfter <= c.options.MaxPause
	case http.StatusBadGateway, http.StatusGatewayTimeout: // of a proxy
		return pause, r.method == http.MethodGet || header.Get("Idempotency-Key") != ""
	default:
		return 0, false
	}
}

// values returns the parameters of a call as its query and its headers. Their names
// in JSON are those of the parameters.
func values(params any, headers []string) (url.Values, http.Header, error) {
	query, header := url.Values{}, http.Header{}
	text, err := json.Marshal(params)
	if err != nil {
		return nil, nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var given map[string]any
	if err := decoder.Decode(&given); err != nil {
		return nil, nil, err
	}
	for name, value := range given {
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		for _, v := range list {
			if slices.Contains(headers, name) {
				header.Add(name, fmt.Sprint(v))
			} else {
				query.Add(name, fmt.Sprint(v))
			}
		}
	}
	return query, header, nil
}

// segment returns a value as a part of a path.
func segment(value any) string { return url.PathEscape(fmt.Sprint(value)) }

// seconds reads a Retry-After in seconds; 0 for none.
func seconds(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}
