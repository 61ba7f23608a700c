// Package upstream passes requests for the other services on to them, so that
// the live page works on notifier's own port, where nothing in front routes
// their paths. What it passes on is what these services let anybody ask who has
// a key; their internal paths are not among it.
package upstream

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/tracing"
)

// retryAfter is how long a caller is told to wait for a service that does not
// answer.
const retryAfter = time.Second

// methods are those that the services have routes for; HEAD goes with GET.
var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// Service is a service that requests are passed on to.
type Service struct {
	Name      string            // in its events' path, too
	Noun      string            // the first element of its paths
	URL       string            // such as http://stock:8082
	Transport http.RoundTripper // must not follow redirects or change answers
}

// Register adds the routes of the services' paths. logger is told of answers
// that break off. The error is a URL that cannot be read.
func Register(api *httpapi.API, logger *slog.Logger, services ...Service) error {
	for _, s := range services {
		base, err := url.Parse(s.URL)
		if err != nil {
			return fmt.Errorf("URL of %s: %w", s.Name, err)
		}
		p := passage{name: s.Name, base: base, transport: s.Transport, logger: logger}
		at := "/api/v1/" + s.Noun
		for _, method := range methods {
			api.Forward(method, at, p.pass)
			api.Forward(method, at+"/*path", p.pass)
		}
		api.Forward(http.MethodGet, "/api/v1/events/"+s.Name, p.pass)
	}
	return nil
}

// passage is the way to one service.
type passage struct {
	name      string
	base      *url.URL
	transport http.RoundTripper
	logger    *slog.Logger
}

// pass sends a request on and its answer back. The body is read before, within
// MAX_BODY_BYTES, so that nothing is sent of one that is too long or breaks off.
func (p passage) pass(c *gin.Context) error {
	if leaves(c.Request.URL.Path) {
		return problem.New(problem.NotFound, "There is no such resource.")
	}
	var body []byte
	// A body of a GET or HEAD would mean nothing, and its sender may have no key.
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		var err error
		if body, err = httpapi.Body(c, math.MaxInt64); err != nil {
			return err
		}
	}
	// The body is here, and no service speaks another protocol than HTTP.
	for _, name := range []string{"Expect", "Upgrade"} {
		c.Request.Header.Del(name)
	}
	var failure error
	proxy := httputil.ReverseProxy{
		Transport: p.transport, BufferPool: &buffers, ErrorLog: slog.NewLogLogger(p.logger.Handler(), slog.LevelWarn),
		Rewrite: func(r *httputil.ProxyRequest) {
			p.address(r)
			if client := httpapi.ClientAddress(c); client.IsValid() { // the service counts requests by it
				r.Out.Header.Set("X-Forwarded-For", client.String())
			}
			carry(r.Out, body)
		},
		ModifyResponse: func(answer *http.Response) error {
			for name := range answer.Header {
				c.Writer.Header().Del(name) // the service's own takes the place of ours
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failure = err },
	}
	proxy.ServeHTTP(c.Writer, c.Request)
	if failure != nil {
		return problem.Unavailable(problem.StorageUnavailable, retryAfter, fmt.Errorf("pass on to %s: %w", p.name, failure),
			"The service "+p.name+" does not answer at the moment.")
	}
	return nil
}

// leaves reports whether a path could mean another one to a server that
// resolves its dots.
func leaves(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(element string) bool { return element == "." || element == ".." })
}

// address directs a request to the service. The proxy has removed the headers
// that belong to the connection, and those in which the caller names proxies
// before it: a caller is not believed in that.
func (p passage) address(r *httputil.ProxyRequest) {
	r.SetURL(p.base) // its host is the service's, whatever the caller's header names
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	r.SetXForwarded()
	ctx := r.In.Context()
	r.Out.Header.Set("X-Request-Id", telemetry.RequestID(ctx))
	tracing.SetHeader(ctx, r.Out.Header)
	r.Out.Header.Del(httpapi.ServiceKeyHeader) // none of the services' own calls comes this way
}

// carry gives a request its body, again if the connection turns out to be
// closed and the request may be repeated.
func carry(r *http.Request, body []byte) {
	r.TransferEncoding = nil
	r.ContentLength = int64(len(body))
	if len(body) == 0 {
		r.Body, r.GetBody = nil, nil
		return
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
}

// buffers are what answers are copied with.
var buffers bufferPool

type bufferPool struct{ pool sync.Pool }

const bufferBytes = 32 << 10

// Get implements httputil.BufferPool.
func (b *bufferPool) Get() []byte {
	if buffer, ok := b.pool.Get().(*[bufferBytes]byte); ok {
		return buffer[:]
	}
	return make([]byte, bufferBytes)
}

// Put implements httputil.BufferPool.
func (b *bufferPool) Put(buffer []byte) { b.pool.Put((*[bufferBytes]byte)(buffer)) }
