package main

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

const (
	dialTimeout = 5 * time.Second
	pageTimeout = 30 * time.Second
	maxAnswer   = 16 << 20 // bytes of one answer that is read as a whole
)

// serviceClient asks the services on their internal paths.
type serviceClient struct {
	target
	http *http.Client
}

func newServiceClient(t target) *serviceClient {
	base := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
	}
	transport := http.RoundTripper(base)
	if t.files != nil {
		transport = t.files.Transport(base)
	}
	return &serviceClient{target: t, http: &http.Client{
		Transport: transport,
		// A redirect would carry the service key to whomever it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *serviceClient) close() { c.http.CloseIdleConnections() }

// report asks a service for what it finds in its own database.
func (c *serviceClient) report(ctx context.Context, service string) (r audit.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err = c.get(ctx, service, audit.Path+service, &r)
	return r, err
}

// page asks a service for the part of a list behind after.
func (c *serviceClient) page(ctx context.Context, service, list, after string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	query := url.Values{"after": {after}, "limit": {fmt.Sprint(audit.MaxPage)}}
	return c.get(ctx, service, audit.Path+service+"/"+list+"?"+query.Encode(), answer)
}

// get asks a service for JSON.
func (c *serviceClient) get(ctx context.Context, service, path string, answer any) error {
	return c.call(ctx, http.MethodGet, service, path, nil, answer)
}

// call sends a request, with body as JSON unless it is nil, and decodes the
// answer unless that is nil.
func (c *serviceClient) call(ctx context.Context, method, service, path string, body, answer any) error {
	response, err := c.open(ctx, method, service, path, body)
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
		return fmt.Errorf("%s: the answer of %s at %s cannot be read: %w", c.command, service, c.urls[service]+path, err)
	}
	return nil
}

var (
	// errNotThere is in the chain of open's error when the answer is 404.
	errNotThere = errors.New("it does not know this path")
	// errUnreachable is in the chain when nobody answers.
	errUnreachable = errors.New("cannot be reached")
)

// open sends a request and returns the body of an answer with status 200 or
// 204.
func (c *serviceClient) open(ctx context.Context, method, service, path string, body any) (io.ReadCloser, error) {
	address := c.urls[service] + path
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.command, err)
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.command, err)
	}
	request.Header.Set(httpapi.ServiceKeyHeader, c.key)
	response, err := c.http.Do(request)
	if err != nil {
		var outer *url.Error // names method and address once more
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, fmt.Errorf("%s: %s %w at %s: %w", c.command, service, errUnreachable, address, err)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return response.Body, nil
	case http.StatusUnauthorized:
		err = errors.New("it refuses the service key; set SERVICE_KEY, or DATA_DIR to the data folder of the system")
	case http.StatusNotFound:
		err = errNotThere
	default:
		err = httpapi.ReadProblem(response)
	}
	_ = response.Body.Close()
	return nil, fmt.Errorf("%s: %s at %s: %w", c.command, service, address, err)
}
