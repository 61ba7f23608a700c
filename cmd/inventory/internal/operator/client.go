package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
)

// PageTimeout bounds a request that reads or changes a bounded number of rows.
const PageTimeout = 30 * time.Second

const (
	dialTimeout = 5 * time.Second
	maxAnswer   = 16 << 20 // bytes of one response that is read as a whole
)

// Client asks the services on their internal paths. Its errors begin with the
// command and name the service and the address.
type Client struct {
	target Target
	http   *http.Client
}

// NewClient returns a client of the system that t was located at. The caller
// closes it.
func NewClient(t Target) *Client {
	base := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
	}
	transport := http.RoundTripper(base)
	if t.files != nil {
		transport = t.files.Transport(base)
	}
	return &Client{target: t, http: &http.Client{
		Transport: transport,
		// A redirect would send the service key to any host that it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close closes the connections that no request uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Report requests a service's report on its own database.
func (c *Client) Report(ctx context.Context, service string) (r audit.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.target.timeout)
	defer cancel()
	err = c.Get(ctx, service, audit.Path+service, &r)
	return r, err
}

// Page requests the part of a list after a key from a service.
func (c *Client) Page(ctx context.Context, service, list, after string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, PageTimeout)
	defer cancel()
	query := url.Values{"after": {after}, "limit": {fmt.Sprint(audit.MaxPage)}}
	return c.Get(ctx, service, audit.Path+service+"/"+list+"?"+query.Encode(), answer)
}

// Get asks a service for JSON.
func (c *Client) Get(ctx context.Context, service, path string, answer any) error {
	return c.Call(ctx, http.MethodGet, service, path, nil, answer)
}

// Call sends a request, with body as JSON unless it is nil, and decodes the response
// unless its target is nil.
func (c *Client) Call(ctx context.Context, method, service, path string, body, answer any) error {
	response, err := c.Open(ctx, method, service, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = response.Close() }()
	if answer == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(response, maxAnswer))
	if err == nil {
		err = json.Unmarshal(text, answer)
	}
	if err != nil {
		return fmt.Errorf("%s: the response of %s at %s cannot be read: %w", c.target.command, service, c.target.urls[service]+path, err)
	}
	return nil
}

var (
	// ErrNotThere is in the chain of an error when the response is 404.
	ErrNotThere = errors.New("it does not know this path")
	// errUnreachable is in the chain when there is no response.
	errUnreachable = errors.New("cannot be reached")
)

// Open sends a request as Call does and returns the body of a response with status
// 200 or 204. The caller closes it.
func (c *Client) Open(ctx context.Context, method, service, path string, body any) (io.ReadCloser, error) {
	address := c.target.urls[service] + path
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.target.command, err)
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.target.command, err)
	}
	request.Header.Set(httpapi.ServiceKeyHeader, c.target.key)
	response, err := c.http.Do(request)
	if err != nil {
		var outer *url.Error // names method and address once more
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, fmt.Errorf("%s: %s %w at %s: %w", c.target.command, service, errUnreachable, address, err)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return response.Body, nil
	case http.StatusUnauthorized:
		err = errors.New("it refuses the service key; set SERVICE_KEY, or DATA_DIR to the data folder of the system")
	case http.StatusNotFound:
		err = ErrNotThere
	default:
		err = httpapi.ReadProblem(response)
	}
	_ = response.Body.Close()
	return nil, fmt.Errorf("%s: %s at %s: %w", c.target.command, service, address, err)
}
