// Package upstream passes requests for the other services on to them, so that the
// live page works on notifier's own port, where no proxy routes their paths. It
// passes on the public paths of these services, not their internal ones.
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
	"inventory.example/pkg/telemetry/tracing"
)

// retryAfter is the Retry-After for a service that does not respond.
const retryAfter = time.Second

// methods are the methods of the services' routes; GET includes HEAD.
var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// Service is a service that gets requests.
type Service struct {
	Name      string            // also in the path of its events
	Nouns     []string          // the first elements of its paths
	URL       string            // such as http://stock:8082
	Transport http.RoundTripper // must not follow redirects or change responses
}

// Register adds the routes of the services' paths. Responses that break off are
// logged. The error is a URL that cannot be parsed.
func Register(api *httpapi.API, logger *slog.Logger, services ...Service) error {
	for _, s := range services {
		base, err := url.Parse(s.URL)
		if err != nil {
			return fmt.Errorf("URL of %s: %w", s.Name, err)
		}
		p := passage{name: s.Name, base: base, transport: s.Transport, logger: logger}
		for _, noun := range s.Nouns {
			at := "/api/v1/" + noun
			for _, method := range methods {
				api.Forward(method, at, p.forward)
				api.Forward(method, at+"/*path", p.forward)
			}
		}
		api.Forward(http.MethodGet, "/api/v1/events/"+s.Name, p.forward)
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

// forward sends a request to the service and its response back. The body is read
// first, within MAX_BODY_BYTES, so that the service gets no part of a body that is
// too long or breaks off.
func (p passage) forward(c *gin.Context) error {
	if hasDots(c.Request.URL.Path) {
		return problem.New(problem.NotFound, "There is no such resource.")
	}
	var body []byte
	// A body of a GET or HEAD has no meaning, and its sender may have no key.
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		var err error
		if body, err = httpapi.Body(c, math.MaxInt64); err != nil {
			return err
		}
	}
	// The body is read already, and the services speak HTTP only.
	for _, name := range []string{"Expect", "Upgrade"} {
		c.Request.Header.Del(name)
	}
	var failure error
	proxy := httputil.ReverseProxy{
		Transport: p.transport, BufferPool: &buffers, ErrorLog: slog.NewLogLogger(p.logger.Handler(), slog.LevelWarn),
		Rewrite: func(r *httputil.ProxyRequest) {
			p.direct(r)
			if client := httpapi.ClientAddress(c); client.IsValid() { // the service limits requests by it
				r.Out.Header.Set("X-Forwarded-For", client.String())
			}
			setBody(r.Out, body)
		},
		ModifyResponse: func(response *http.Response) error {
			for name := range response.Header {
				c.Writer.Header().Del(name) // the header of the service replaces the one of notifier
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failure = err },
	}
	proxy.ServeHTTP(c.Writer, c.Request)
	if failure != nil {
		return problem.Unavailable(problem.StorageUnavailable, retryAfter, fmt.Errorf("pass on to %s: %w", p.name, failure),
			"The service "+p.name+" does not respond at the moment.")
	}
	return nil
}

// hasDots reports whether a path has elements that a server could resolve to another
// path.
func hasDots(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(element string) bool { return element == "." || element == ".." })
}

// direct directs a request to the service. The proxy has removed the headers that
// belong to the connection, and the headers in which the caller names earlier
// proxies, which are not trusted.
func (p passage) direct(r *httputil.ProxyRequest) {
	r.SetURL(p.base) // the host is the service's, not the one in the caller's header
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	r.SetXForwarded()
	ctx := r.In.Context()
	r.Out.Header.Set("X-Request-Id", telemetry.RequestID(ctx))
	tracing.SetHeader(ctx, r.Out.Header)
	r.Out.Header.Del(httpapi.ServiceKeyHeader) // calls between services do not use these routes
}

// setBody gives a request its body, and a copy of it for a repetition after the
// connection was closed.
func setBody(r *http.Request, body []byte) {
	r.TransferEncoding = nil
	r.ContentLength = int64(len(body))
	if len(body) == 0 {
		r.Body, r.GetBody = nil, nil
		return
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
}

// buffers are used to copy responses.
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
