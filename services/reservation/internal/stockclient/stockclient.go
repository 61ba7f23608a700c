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
	BaseURL       string // such as http://stock:8082
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
	options Options
	http    *http.Client
	stop    context.CancelFunc
	holds   batcher[stockwire.Hold, stockwire.HoldResult]
	// requests are the holds with a request. They are sent by themselves, because a
	// stock of the previous release refuses each HTTP request that has one.
	requests    batcher[stockwire.Hold, stockwire.HoldResult]
	settlements batcher[stockwire.Settlement, struct{}]
	down        pause       // stock did not respond to a hold, or was not reached
	totals      atomic.Bool // a response has said that stock takes totals
	slow        pause       // a settlement failed: its time may be too short for a hold that succeeds, and the walk sends it again and again
}

// pause is a time that has begun with a failure.
type pause struct{ since atomic.Int64 } // Unix nanoseconds; 0: never

func (p *pause) begin(now time.Time) { p.since.Store(now.UnixNano()) }

func (p *pause) lasts(now time.Time) bool {
	return !clock.Passed(time.Unix(0, p.since.Load()), now, pauseTime)
}

// New returns a Client; it must be closed.
func New(o Options) *Client {
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{options: o, http: &http.Client{Transport: o.Tracer.Transport(o.Transport)}, stop: stop}
	for _, holds := range []*batcher[stockwire.Hold, stockwire.HoldResult]{&c.holds, &c.requests} {
		*holds = batcher[stockwire.Hold, stockwire.HoldResult]{
			send: c.sendHolds, ctx: ctx, inFlight: holdsInFlight, maxBatch: stockwire.MaxBatch, weight: weight,
		}
	}
	c.settlements = batcher[stockwire.Settlement, struct{}]{
		send: c.sendSettlements, ctx: ctx, inFlight: settlementsInFlight, maxBatch: stockwire.MaxBatch,
	}
	return c
}

// Close interrupts the requests in flight and waits for their end. A handler that
// outlives its server may still ask; it gets the error that stock was not asked.
func (c *Client) Close() {
	c.stop()
	c.holds.close()
	c.requests.close()
	c.settlements.close()
}

// post sends a request and decodes its response, unless that is not wanted (nil).
func (c *Client) post(ctx context.Context, path string, timeout time.Duration, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return nothingDone(err)
	}
	return c.do(ctx, http.MethodPost, path, timeout, body, answer)
}

func (c *Client) do(ctx context.Context, method, path string, timeout time.Duration, body []byte, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.options.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return nothingDone(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(httpapi.ServiceKeyHeader, c.options.ServiceKey())
	response, err := c.http.Do(request)
	if err != nil {
		switch now, late := c.options.Clock.Now(), errors.Is(err, context.DeadlineExceeded); {
		case path == stockwire.SettlementsPath: // also of the walk, which tries again for as long as stock is away
			c.slow.begin(now)
		case late && method == http.MethodGet: // of a repair or a walk, for which no caller waits
		default:
			c.down.begin(now)
		}
		if isDial(err) {
			return nothingDone(err)
		}
		return fmt.Errorf("ask stock: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return refused(response)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("read stock's response: %w", err)
	}
	return nil
}

// refused turns a response that is not a success into an error. Stock did nothing
// when its problem document says that the request is at fault, such as a wrong
// service key, or that stock cannot take requests at the moment: it returns 503
// only for changes that it undid or never began. After any other response, such as
// that of a proxy, the outcome is unknown.
func refused(response *http.Response) error {
	err := httpapi.ReadProblem(response)
	var p *problem.Error
	if errors.As(err, &p) && (response.StatusCode/100 == 4 || response.StatusCode == http.StatusServiceUnavailable) {
		return nothingDone(err)
	}
	return fmt.Errorf("ask stock: %w", err)
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
