package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/holdsapi"
	"inventory.example/pkg/httpapi"
)

const (
	auditDialTimeout = 5 * time.Second
	auditPageTimeout = 30 * time.Second
	maxAuditAnswer   = 16 << 20 // bytes of one answer that is read as a whole
)

// auditClient asks the services on their internal paths.
type auditClient struct {
	options auditOptions
	http    *http.Client
}

func newAuditClient(o auditOptions) *auditClient {
	return &auditClient{options: o, http: &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: auditDialTimeout}).DialContext,
			TLSHandshakeTimeout: auditDialTimeout,
		},
		// A redirect would carry the service key to whomever it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *auditClient) close() { c.http.CloseIdleConnections() }

// report asks a service for what it finds in its own database.
func (c *auditClient) report(ctx context.Context, service string) (r audit.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout)
	defer cancel()
	err = c.get(ctx, service, c.options.urls[service]+audit.Path+service, &r)
	return r, err
}

// page asks a service for the part of a list behind after.
func (c *auditClient) page(ctx context.Context, service, list, after string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, auditPageTimeout)
	defer cancel()
	query := url.Values{"after": {after}, "limit": {fmt.Sprint(audit.MaxPage)}}
	return c.get(ctx, service, c.options.urls[service]+audit.Path+service+"/"+list+"?"+query.Encode(), answer)
}

func (c *auditClient) get(ctx context.Context, service, address string, answer any) error {
	body, err := c.open(ctx, service, address)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(io.LimitReader(body, maxAuditAnswer))
	if err == nil {
		err = json.Unmarshal(text, answer)
	}
	if err != nil {
		return fmt.Errorf("audit: the answer of %s at %s cannot be read: %w", service, address, err)
	}
	return nil
}

// errNotThere is in the chain of open's error when the path is unknown.
var errNotThere = errors.New("it does not know this path")

// open sends a GET and returns the body of an answer with status 200.
func (c *auditClient) open(ctx context.Context, service, address string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	request.Header.Set(holdsapi.ServiceKeyHeader, c.options.key)
	response, err := c.http.Do(request)
	if err != nil {
		var outer *url.Error // names method and address once more
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, fmt.Errorf("audit: %s cannot be reached at %s: %w", service, address, err)
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusUnauthorized:
		err = errors.New("it refuses the service key; set SERVICE_KEY, or DATA_DIR to the data folder of the system")
	case http.StatusNotFound:
		err = errNotThere
	default:
		err = httpapi.ReadProblem(response)
	}
	return nil, fmt.Errorf("audit: %s at %s: %w", service, address, err)
}

// brokerIDs calls each for the id of every event in the embedded broker and
// returns the time from which on it has all, in events.TimeFormat; empty when
// it has all that ever were. An error with errNotThere means that the process
// has another broker, or none.
func (c *auditClient) brokerIDs(ctx context.Context, each func(id string)) (since string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout)
	defer cancel()
	address := c.options.url + audit.Path + brokerName
	body, err := c.open(ctx, brokerName, address)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		if since, last := strings.CutPrefix(lines.Text(), brokerEnd); last {
			return since, nil
		}
		each(lines.Text())
	}
	err = lines.Err()
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return "", fmt.Errorf("audit: the answer of %s at %s broke off: %w", brokerName, address, err)
}
