// Package stockclient is stock as reservation sees it, over HTTP: holds and
// settlements, gathered into batches, with bounded time and a short memory of
// failures.
package stockclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	maxAnswer = 1 << 20 // bytes of a response that are read
	// pauseTime is how long a stock that did not respond gets no requests: the callers
	// get their 503 at once instead of after a time-out each.
	pauseTime = 500 * time.Millisecond
	// One request at a time: the questions that arrive during it are sent together
	// after it, and are one group commit in stock.
	holdsInFlight       = 1
	settlementsInFlight = 1
)

// Options says where stock is and how long to wait for it. All fields but
// Tracer are required.
type Options struct {
	// BaseURLs are those of the instances of stock, such as http://stock:8082. Several
	// must have one database.
	BaseURLs      []string
	Transport     http.RoundTripper
	ServiceKey    func() string
	HoldTimeout   time.Duration
	SettleTimeout time.Duration
	Clock         clock.Clock
	Logger        *slog.Logger
	Tracer        *tracing.Tracer // nil: off
}

// Client implements reservation.Holder.
type Client struct {
	options   Options
	http      *http.Client
	ctx       context.Context // of the requests; ends with the client
	stop      context.CancelFunc
	instances []*instance
	totals    atomic.Bool // a response has said that stock takes totals

	mu     sync.Mutex
	closed bool
	probes sync.WaitGroup // none begins after closed
}

// New returns a Client; it must be closed.
func New(o Options) *Client {
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{options: o, http: &http.Client{Transport: o.Tracer.Transport(o.Transport)}, ctx: ctx, stop: stop}
	for _, base := range o.BaseURLs {
		c.instances = append(c.instances, c.newInstance(ctx, base))
	}
	return c
}

// Close interrupts the requests in flight and waits for their end. A handler that
// outlives its server may still ask; it gets the error that stock was not asked.
func (c *Client) Close() {
	c.stop()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.probes.Wait()
	for _, i := range c.instances {
		i.close()
	}
}

// post sends a request and decodes its response, unless that is not wanted (nil).
func (c *Client) post(ctx context.Context, i *instance, path string, timeout time.Duration, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return nothingDone(err)
	}
	return c.do(ctx, i, http.MethodPost, path, timeout, body, answer)
}

func (c *Client) do(ctx context.Context, i *instance, method, path string, timeout time.Duration, body []byte, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, i.base+path, bytes.NewReader(body))
	if err != nil {
		return nothingDone(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(httpapi.ServiceKeyHeader, c.options.ServiceKey())
	response, err := c.http.Do(request)
	if err != nil {
		late := errors.Is(err, context.DeadlineExceeded)
		c.noteFailure(i, method, path, late)
		switch {
		case isDial(err):
			return nothingDone(&awayError{err})
		case late || ctx.Err() != nil: // the time for another instance has passed too
			return fmt.Errorf("ask stock: %w", err)
		default:
			return &awayError{fmt.Errorf("ask stock: %w", err)}
		}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return c.refused(i, response)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(answer); err != nil {
		return &awayError{fmt.Errorf("read stock's response: %w", err)}
	}
	return nil
}

// noteFailure remembers that an instance did not respond. Where it is the only one, it
// must not cost the holds a pause that a settlement was late, nor that a read was.
func (c *Client) noteFailure(i *instance, method, path string, late bool) {
	if path == stockwire.SettlementsPath { // also of the walk, which tries again for as long as stock is away
		i.slow.begin(c.options.Clock.Now())
		if late || !c.several() {
			return
		}
	}
	if late && method == http.MethodGet && !c.several() { // of a repair or a walk, for which no caller waits
		return
	}
	c.fail(i)
}

// refused turns a response that is not a success into an error. Stock did nothing
// when its problem document says that the request is at fault, such as a wrong
// service key, or that stock cannot take requests at the moment: it returns 503
// only for changes that it undid or never began. After any other response, such as
// that of a proxy, the outcome is unknown.
func (c *Client) refused(i *instance, response *http.Response) error {
	err := httpapi.ReadProblem(response)
	var p *problem.Error
	switch {
	case !errors.As(err, &p):
		return fmt.Errorf("ask stock: %w", err)
	case response.StatusCode/100 == 4:
		return nothingDone(err)
	case response.StatusCode == http.StatusServiceUnavailable:
		if c.several() { // another one may have a database that responds
			c.fail(i)
		}
		return nothingDone(&awayError{err})
	default:
		return fmt.Errorf("ask stock: %w", err)
	}
}

// isDial reports whether a request failed before there was a connection, so that
// stock certainly did not get it.
func isDial(err error) bool {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch)
}

var errPause = errors.New("stock did not respond less than half a second ago")

func holdPath(id string) string { return stockwire.HoldsPath + "/" + url.PathEscape(id) }

var _ reservation.Holder = (*Client)(nil)
