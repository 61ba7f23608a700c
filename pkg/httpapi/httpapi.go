// Package httpapi is the HTTP side that all services share: the gin engine
// with its one middleware, API keys and their scopes, strict JSON, problem
// documents (RFC 9457), entity tags, paging, limits, health and documentation.
// A service's rest package only decodes, calls the use case and renders.
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/httpapi/openapi"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
)

// Limits bounds the resources of one request and of one caller. It is embedded
// in the services' configuration.
type Limits struct {
	// MaxBodyBytes is the longest body that is read.
	MaxBodyBytes int64 `env:"MAX_BODY_BYTES, default=1048576"`
	// RequestTimeout is the time that a request may take; its context ends then.
	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT, default=10s"`
	// RateLimit is how many requests each API key may send per second in the
	// long run; 0 means no limit.
	RateLimit float64 `env:"RATE_LIMIT_PER_SECOND, default=0"`
	// RateBurst is how many requests an API key may send at once.
	RateBurst int `env:"RATE_LIMIT_BURST, default=100"`
	// AddressRateLimit is how many requests without a valid API key each address
	// may send per second in the long run; 0 means RateLimit with RateBurst.
	AddressRateLimit float64 `env:"ADDRESS_RATE_LIMIT_PER_SECOND, default=0"`
	// AddressRateBurst is how many such requests an address may send at once.
	AddressRateBurst int `env:"ADDRESS_RATE_LIMIT_BURST, default=100"`
}

// defaultFailureRate bounds the requests without a valid API key where no rate
// is configured.
var defaultFailureRate = rate{perSecond: 100, burst: 1000}

// keyRate is the rate of each API key.
func (l *Limits) keyRate() rate { return rate{l.RateLimit, l.RateBurst} }

// publicRate is the rate of the requests to public routes that an address sends
// without an API key.
func (l *Limits) publicRate() rate {
	if l.AddressRateLimit > 0 {
		return rate{l.AddressRateLimit, l.AddressRateBurst}
	}
	return l.keyRate()
}

// failureRate is the rate of the requests that an address sends to other routes
// without a valid key.
func (l *Limits) failureRate() rate {
	if r := l.publicRate(); r.perSecond > 0 {
		return r
	}
	return defaultFailureRate
}

// DefaultLimits returns the limits that apply when the environment sets none.
func DefaultLimits() Limits {
	return Limits{MaxBodyBytes: 1 << 20, RequestTimeout: 10 * time.Second, RateBurst: 100, AddressRateBurst: 100}
}

// maxBodyBytes bounds MAX_BODY_BYTES: bodies are kept in memory.
const maxBodyBytes = 64 << 20

// Validate returns everything that is wrong with l; nil when nothing is.
func (l Limits) Validate() []error {
	var all []error
	if l.MaxBodyBytes < 1 || l.MaxBodyBytes > maxBodyBytes {
		all = append(all, fmt.Errorf("MAX_BODY_BYTES must be from 1 to %d", maxBodyBytes))
	}
	if l.RequestTimeout <= 0 {
		all = append(all, errors.New("REQUEST_TIMEOUT must be positive"))
	}
	for _, r := range []struct {
		prefix    string
		perSecond float64
		burst     int
	}{{"", l.RateLimit, l.RateBurst}, {"ADDRESS_", l.AddressRateLimit, l.AddressRateBurst}} {
		if !(r.perSecond >= 0) || math.IsInf(r.perSecond, 0) {
			all = append(all, fmt.Errorf("%sRATE_LIMIT_PER_SECOND must be 0 or more", r.prefix))
		}
		if r.perSecond > 0 && r.burst < 1 {
			all = append(all, fmt.Errorf("%[1]sRATE_LIMIT_BURST must be 1 or more when %[1]sRATE_LIMIT_PER_SECOND is set", r.prefix))
		}
	}
	return all
}

// Options are the options of New. The comment of each field says which default
// its zero value stands for.
type Options struct {
	// Service, Version and InstanceID are shown by /health.
	Service, Version, InstanceID string
	// Keys are the API keys; nil means none, so every route that needs one
	// responds with 401.
	Keys *Keys
	// ServiceKey opens the Internal routes; while it is empty they respond with
	// 401. Only its SHA-256 digest is kept.
	ServiceKey string
	// Credentials are the API keys and service keys, when they may change;
	// Keys and ServiceKey are not used then.
	Credentials *Credentials
	// Gate is shared by the services of one process; nil means a Gate of this
	// service alone that reports nothing.
	Gate *Gate
	// Proxies are the proxies whose X-Forwarded-For is trusted.
	Proxies httpserver.Proxies
	// Hosts are the hosts under which the service may be called; nil means all.
	Hosts *Hosts
	// Limits are DefaultLimits when all of them are zero.
	Limits Limits
	// Logger gets one line per request; nil means no log.
	Logger *slog.Logger
	// Whole has the documents of the whole system, which the root serves in place
	// of the service's own; those stay below its name. Nil means that the root serves
	// the service's own.
	Whole *Documents
	// OpenAPI is the service's openapi.yaml, without the shared components; see
	// openapi.Merge.
	OpenAPI []byte
	// Components is merged into the document too: the part that is derived from
	// code, such as the schemas of events.
	Components []byte
	// Files are JSON documents that are served beside /openapi.json, by their
	// paths, such as /asyncapi.json.
	Files map[string][]byte
	// Page serves a GET or HEAD of /, of /console and of paths below /assets/ and
	// /console/, and reports whether there is such a file; nil means that there is none.
	Page func(w http.ResponseWriter, r *http.Request) bool
	// Health returns the state of the service; nil means a service without
	// database and broker. It is called for each GET /health, also
	// concurrently.
	Health func(ctx context.Context) Health
	// Metrics are the metrics of GET /metrics; nil means none.
	Metrics prometheus.Gatherer
	// MetricsElsewhere leaves GET /metrics out: it has a port of its own, see
	// httpserver.Listen.
	MetricsElsewhere bool
	// Observe is called for each response, with the route's pattern ("" when no
	// route matched) and its status, telemetry.BrokenOff when it broke off; may
	// be nil. It must be fast and safe for concurrent use.
	Observe func(method, route string, status int, duration time.Duration)
	// Tracer records the requests to routes of Handle and HandleStream; nil:
	// off.
	Tracer *tracing.Tracer
	// Clock is clock.System when nil.
	Clock clock.Clock
}

// Documents are served at /openapi.json, which /docs shows, and beside it.
type Documents struct {
	OpenAPI []byte
	Files   map[string][]byte // JSON documents by their paths, as Options.Files
}

// API is a gin engine with the service's routes and one middleware before them.
// Handle and HandleStream are called before it serves; everything else is safe
// for concurrent use.
type API struct {
	options Options
	engine  *gin.Engine
	limits  Limits
	logger  *slog.Logger
	clock   clock.Clock
	gate    *Gate
	routes  []Route
	methods methods
	own     Documents // of the service
	root    Documents // own, or those of the whole system
	ready   atomic.Bool

	credentials *Credentials
}

// Route is one route of a service.
type Route struct {
	Method string
	Path   string // in gin's form, such as /products/:id
	Access Access
	Stream bool // registered with HandleStream
}

// New returns an API with the routes that every service has: /health, /ready,
// /metrics, /openapi.json and /docs, the last two and Options.Files also below
// the service's name. It starts nothing. An error means that the limits are
// invalid or that the OpenAPI document cannot be read.
func New(o Options) (*API, error) {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	if err := errors.Join(o.Limits.Validate()...); err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	document, err := openAPIDocument(o)
	if err != nil {
		return nil, err
	}
	a := &API{
		limits: o.Limits, logger: o.Logger, clock: o.Clock, gate: o.Gate, credentials: o.Credentials,
		own: Documents{document, o.Files}, engine: newEngine(), methods: methods{},
	}
	if a.root = a.own; o.Whole != nil {
		a.root = *o.Whole
	}
	if a.credentials == nil {
		a.credentials = NewCredentials(o.Keys, o.ServiceKey)
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	if a.clock == nil {
		a.clock = clock.System{}
	}
	if a.gate == nil {
		a.gate = NewGate(a.clock, a.logger)
	}
	named := o.Service != "" && o.OpenAPI != nil
	o.ServiceKey, o.OpenAPI = "", nil
	a.options = o
	a.addOwnRoutes()
	if named {
		a.addNamedDocs()
	}
	return a, nil
}

func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.HandleMethodNotAllowed = true
	e.ForwardedByClientIP = false
	e.ContextWithFallback = true
	// gin would decode raw path values as in a query, where '+' is a space;
	// decodeParams decodes them as a path.
	e.UseRawPath = true
	e.UnescapePathValues = false
	return e
}

func (a *API) addOwnRoutes() {
	a.add(&endpoint{route: Route{http.MethodGet, "/health", Public, false}, unlimited: true, handle: a.health})
	a.add(&endpoint{route: Route{http.MethodGet, "/ready", Public, false}, unlimited: true, handle: a.readiness, quiet: true})
	if a.options.Metrics == nil {
		a.options.Metrics = prometheus.NewRegistry()
	}
	metrics := telemetry.MetricsHandler(a.options.Metrics)
	if !a.options.MetricsElsewhere {
		a.add(&endpoint{route: Route{http.MethodGet, "/metrics", Public, false}, unlimited: true, quiet: true, handle: func(c *gin.Context) error {
			metrics.ServeHTTP(c.Writer, c.Request)
			return nil
		}})
	}
	serve := func(c *gin.Context) error {
		if !openapi.Serve(c.Writer, c.Request.URL.Path, a.root.OpenAPI) {
			return errNoRoute
		}
		return nil
	}
	for _, path := range []string{"/openapi.json", "/docs", "/docs/*file"} {
		a.add(&endpoint{route: Route{http.MethodGet, path, Public, false}, unlimited: true, handle: serve})
	}
	a.addFiles("", a.root)
	if a.options.Page != nil {
		a.addPage()
	}
	a.engine.NoRoute(a.unmatched)
	otherMethod := &endpoint{handle: a.handleOtherMethod}
	a.engine.NoMethod(func(c *gin.Context) { a.serve(c, otherMethod) })
}

// unmatched responds to a request that no route matches.
func (a *API) unmatched(c *gin.Context) {
	a.serve(c, &endpoint{handle: func(*gin.Context) error { return errNoRoute }})
}

// addNamedDocs serves the service's own documents below its name, such as
// /stock/docs: where several services share a base URL, a router can forward
// these paths unchanged to each service.
func (a *API) addNamedDocs() {
	prefix := "/" + a.options.Service
	for _, path := range []string{"/openapi.json", "/docs"} {
		a.add(&endpoint{route: Route{http.MethodGet, prefix + path, Public, false}, unlimited: true, handle: func(c *gin.Context) error {
			openapi.Serve(c.Writer, path, a.own.OpenAPI)
			return nil
		}})
	}
	a.addFiles(prefix, a.own)
}

// addFiles serves the files of d below prefix.
func (a *API) addFiles(prefix string, d Documents) {
	for path, content := range d.Files {
		a.add(&endpoint{route: Route{http.MethodGet, prefix + path, Public, false}, unlimited: true, handle: func(c *gin.Context) error {
			openapi.ServeJSON(c.Writer, content)
			return nil
		}})
	}
}

// addPage adds the routes of Options.Page.
func (a *API) addPage() {
	serve := func(c *gin.Context) error {
		if !a.options.Page(c.Writer, c.Request) {
			return errNoRoute
		}
		return nil
	}
	for _, path := range []string{"/", "/assets/*file", "/console", "/console/*file"} {
		a.add(&endpoint{route: Route{http.MethodGet, path, Public, false}, unlimited: true, handle: serve})
	}
}

// Handle registers a route. h renders the response, or returns an error before
// it has written anything: then a problem document is sent. A GET route serves
// HEAD too: h does the same, and net/http leaves its body out. Handle panics
// when the path conflicts with a route registered before.
func (a *API) Handle(method, path string, access Access, h func(c *gin.Context) error) {
	route := Route{Method: method, Path: path, Access: access}
	a.routes = append(a.routes, route)
	a.add(&endpoint{route: route, handle: h, span: method + " " + path})
}

// HandleStream is Handle for requests or responses that are streamed, such as
// imports and server-sent events: neither RequestTimeout nor the server's read
// and write time-outs apply, and MaxBodyBytes only applies to Decode, Once and
// Body. An endless response ends when Draining does.
func (a *API) HandleStream(method, path string, access Access, h func(c *gin.Context) error) {
	route := Route{Method: method, Path: path, Access: access, Stream: true}
	a.routes = append(a.routes, route)
	a.add(&endpoint{route: route, handle: h, span: method + " " + path})
}

// Forward registers a route whose requests h passes on to another service,
// which owns the route: its document describes the route, and it checks the
// access of the API key. Requests that may have a body need a valid key here
// already, so that no body is read without one.
func (a *API) Forward(method, path string, h func(c *gin.Context) error) {
	access := Reader
	if method == http.MethodGet || method == http.MethodOptions {
		access = Public
	}
	route := Route{Method: method, Path: path, Access: access}
	a.add(&endpoint{route: route, handle: h, span: method + " " + path})
}

func (a *API) add(e *endpoint) {
	if e.route.Access == Internal && !httpserver.IsInternal(e.route.Path) {
		panic("httpapi: the internal route " + e.route.Path + " is not below /internal/")
	}
	a.addMethod(e.route.Method, e.route.Path, e)
	if e.route.Method == http.MethodGet && !e.route.Stream { // a stream may have no end
		a.addMethod(http.MethodHead, e.route.Path, e)
	}
}

// Tracer returns the tracer of the options, for handlers that record more than
// the request.
func (a *API) Tracer() *tracing.Tracer { return a.options.Tracer }

// Handler returns the gin engine.
func (a *API) Handler() http.Handler { return a.engine }

// PublicHandler returns Handler without the internal routes and /metrics: it
// responds to them with 404, as if there were none.
func (a *API) PublicHandler() http.Handler {
	closed := newEngine()
	closed.NoRoute(a.unmatched)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if httpserver.IsInternal(r.URL.Path) {
			closed.ServeHTTP(w, r)
			return
		}
		a.engine.ServeHTTP(w, r)
	})
}

// OpenAPI returns the document of the service, merged with the shared one, as
// JSON. It must not be changed.
func (a *API) OpenAPI() []byte { return a.own.OpenAPI }

// SetReady sets the response of /ready: 503 before the first SetReady(true) and
// after SetReady(false), by which a draining service makes its load balancer
// send no more requests. It refuses no request.
func (a *API) SetReady(ready bool) { a.ready.Store(ready) }
