// Package hookclient sends webhooks as the Standard Webhooks specification requires
// (https://www.standardwebhooks.com). Requests are signed, everything that the
// endpoint decides is bounded, and no request goes to a private address.
package hookclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/notifier/internal/webhook"
)

// Bounds of the responses and connections of an endpoint.
const (
	dialTimeout    = 5 * time.Second
	maxHeaderBytes = 64 << 10
	maxExcerpt     = 1 << 10
	maxDrained     = 64 << 10 // of a response, so that its connection is used again
	maxIdle        = 512
	maxIdlePerHost = 8
	idleTimeout    = time.Minute
)

// The length of a new secret in bytes, and the bounds of the specification.
const (
	secretBytes    = 32
	minSecretBytes = 24
	maxSecretBytes = 64
)

// secretPrefix begins each secret of the specification.
const secretPrefix = "whsec_"

// Client implements webhook.Sender. It is safe for concurrent use.
type Client struct {
	http      *http.Client
	timeout   time.Duration
	guard     guard
	userAgent string
	tracer    *tracing.Tracer
}

// Options are the settings of a Client.
type Options struct {
	Timeout      time.Duration // of a whole request
	AllowPrivate bool          // allows private and loopback addresses
	Ports        Ports         // the allowed ports
	Version      string        // for User-Agent
	Tracer       *tracing.Tracer
}

// New returns a Client. The caller must close it.
func New(o Options) *Client {
	guard := guard{allowPrivate: o.AllowPrivate, ports: o.Ports}
	dialer := &net.Dialer{Timeout: dialTimeout, Control: guard.checkAddress}
	transport := &http.Transport{
		// No proxy: the guard of the dialer cannot check the connections of a proxy.
		Proxy:       nil,
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout,
		ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdlePerHost, IdleConnTimeout: idleTimeout,
	}
	return &Client{
		http: &http.Client{
			Transport: transport,
			// A redirect is a failure, like every response that is not 2xx.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: o.Timeout, guard: guard, userAgent: "inventory-notifier/" + o.Version,
		tracer: o.Tracer,
	}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// NewSecret returns a new signing secret.
func NewSecret() string {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // never fails, see crypto/rand
	return secretPrefix + base64.StdEncoding.EncodeToString(random)
}

// CheckSecret returns an error unless secret has the form of the specification. The
// error does not contain the secret.
func CheckSecret(secret string) error {
	text, prefixed := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	// The decoder skips line ends and accepts stray bits at the end.
	if !prefixed || err != nil || base64.StdEncoding.EncodeToString(key) != text ||
		len(key) < minSecretBytes || len(key) > maxSecretBytes {
		return fmt.Errorf("must be %s and the base64 of %d to %d bytes", secretPrefix, minSecretBytes, maxSecretBytes)
	}
	return nil
}

// Send implements webhook.Sender.
func (c *Client) Send(ctx context.Context, r webhook.Request) webhook.Result {
	ctx, span := c.beginSpan(ctx, r)
	result := c.send(ctx, r)
	endSpan(span, result)
	return result
}

func (c *Client) send(ctx context.Context, r webhook.Request) webhook.Result {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := c.newRequest(ctx, r)
	if err != nil {
		return webhook.Result{Failure: "the request cannot be created"}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return webhook.Result{Failure: describeFailure(err)}
	}
	defer func() { _ = response.Body.Close() }()
	result := webhook.Result{Status: response.StatusCode, RetryAfter: retryAfter(response.Header.Get("Retry-After"), r.At)}
	// The status decides; a body that breaks off changes nothing.
	text, err := io.ReadAll(io.LimitReader(response.Body, maxExcerpt))
	result.Excerpt = excerpt(text)
	if err == nil {
		_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
	}
	return result
}

func (c *Client) newRequest(ctx context.Context, r webhook.Request) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("create request: %w", err)
	}
	signatures := make([]string, len(r.Secrets))
	for i, secret := range r.Secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("use secret: %w", err)
		}
		if signatures[i], err = signer.Sign(r.EventID, r.At, r.Body); err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	request.Header.Set(standardwebhooks.HeaderWebhookID, r.EventID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(r.At.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return request, nil
}

// describeFailure returns the reason for a missing response, without the details of
// the service's own network in err.
func describeFailure(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.Is(err, errPort):
		return errPort.Error()
	case errors.As(err, &dns):
		return "the host's name has no address"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "there was no response in time"
	default:
		return "the connection failed"
	}
}

// retryAfter returns the pause that a Retry-After field asks for, in seconds or
// until a date; 0 for none.
func retryAfter(field string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(field, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		const most = math.MaxInt64 / int64(time.Second)
		return time.Duration(min(seconds, uint64(most))) * time.Second
	}
	if date, err := http.ParseTime(field); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// excerpt returns text as valid UTF-8 without NUL, so that it can be logged.
func excerpt(text []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(text), "\uFFFD"), "\x00", "\uFFFD")
}
