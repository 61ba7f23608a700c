package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
)

// endpoint is a route with its handler.
type endpoint struct {
	route  Route
	handle func(c *gin.Context) error
	span   string // name of its spans; empty: it is not traced
	quiet  bool   // log at debug for any outcome: a probe that is expected to fail

	unlimited bool // a Public route without a limit: a probe, or a small file
}

// call is the state of one request. It is the outermost context of the
// request, so that finding it costs one comparison and no map. It is not
// pooled, because a context may outlive its request.
type call struct {
	context.Context
	api       *API
	caller    Caller
	requestID string
	body      body
	unread    unread
	maxBody   int64 // bytes
	query     query
	lingers   bool // unread.finish was called and returned true
	span      *tracing.Span
	err       error // set when a response could not be encoded
}

type callKey struct{}

// Value returns the call itself for callKey and the parents' value for other
// keys.
func (k *call) Value(key any) any {
	if _, own := key.(callKey); own {
		return k
	}
	return k.Context.Value(key)
}

// callOf returns the state of the request that c serves. It panics outside of
// an API: then a route was registered without Handle.
func callOf(c *gin.Context) *call {
	return c.Request.Context().Value(callKey{}).(*call)
}

// Header values that never change, so that setting them allocates nothing.
// Nothing changes the element of such a slice in place.
var (
	valueNosniff = []string{"nosniff"}
	valueNoStore = []string{"no-store"}
)

// serve is the middleware, in one function: request id and trace, security
// headers, limits, authentication, the handler, its error, the log.
func (a *API) serve(c *gin.Context, e *endpoint) {
	started := a.clock.Now()
	client := c.Request.Context()
	k, cancel := a.begin(c, e)
	defer cancel()
	err := a.run(c, k, e, started)
	if err == nil {
		err = k.err
	}
	brokenOff, gone := errors.Is(err, errBrokenOff), client.Err() != nil
	lingers := k.lingers
	if !brokenOff {
		if err != nil && !c.Writer.Written() {
			if !k.body.read || k.body.err != nil {
				lingers = k.unread.finish(c.Writer.Header())
			}
			a.writeProblem(c, k, problemOf(err))
		}
		c.Writer.WriteHeaderNow()
	}
	duration := a.clock.Now().Sub(started)
	status := c.Writer.Status()
	if brokenOff {
		status = telemetry.BrokenOff
	}
	if a.options.Observe != nil {
		a.options.Observe(c.Request.Method, e.route.Path, status, duration)
	}
	if k.span != nil {
		a.endSpan(c, k, e, err)
	}
	a.log(c, k, e, duration, err, gone)
	if lingers {
		k.unread.linger(client)
	}
	if brokenOff {
		panic(http.ErrAbortHandler)
	}
}

// errBrokenOff is the error of a request whose handler panicked with
// http.ErrAbortHandler, so that a part of a response does not look complete.
// serve panics with that again once it has recorded the request.
var errBrokenOff = errors.New("the response broke off")

func (a *API) endSpan(c *gin.Context, k *call, e *endpoint, err error) {
	status := sent(c)
	k.span.SetString("http.request.method", problem.Excerpt(c.Request.Method, maxMethod))
	k.span.SetString("http.route", e.route.Path)
	if status != 0 {
		k.span.SetInt("http.response.status_code", status)
	}
	k.span.SetString("inventory.request_id", k.requestID)
	if status >= http.StatusInternalServerError || errors.Is(err, errBrokenOff) {
		k.span.Fail(err)
	}
	k.span.End()
}

// sent returns the status that the response began with; 0 when it broke off
// before any part of it was sent.
func sent(c *gin.Context) int {
	if !c.Writer.Written() {
		return 0
	}
	return c.Writer.Status()
}

func (a *API) begin(c *gin.Context, e *endpoint) (*call, context.CancelFunc) {
	r := c.Request
	k := &call{api: a, requestID: header(r.Header, "X-Request-Id")}
	if !validRequestID(k.requestID) {
		k.requestID = newRequestID()
	}
	h := c.Writer.Header()
	h["X-Request-Id"] = []string{k.requestID}
	h["X-Content-Type-Options"] = valueNosniff
	h["Cache-Control"] = valueNoStore

	ctx, cancel := r.Context(), context.CancelFunc(func() {})
	if !e.route.Stream {
		ctx, cancel = context.WithTimeout(ctx, a.limits.RequestTimeout)
	}
	ctx = telemetry.WithRequestID(ctx, k.requestID)
	if t := header(r.Header, tracing.TraceparentHeader); t != "" && telemetry.ValidTraceparent(t) {
		ctx = events.WithTraceparent(ctx, t)
	}
	if a.options.Tracer != nil && e.span != "" {
		ctx, k.span = a.options.Tracer.Start(ctx, tracing.Server, e.span)
	}
	k.Context = ctx
	c.Request = r.WithContext(k)
	k.unread = unreadBody(c.Writer, r)
	if k.maxBody = a.maxBody(e); !e.route.Stream {
		k.body.limit(c, k.maxBody)
	}
	return k, cancel
}

// run calls the handler, if the caller may, and turns a panic into an error.
func (a *API) run(c *gin.Context, k *call, e *endpoint, now time.Time) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if cause, ok := v.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
				err = errBrokenOff
				return
			}
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	if err := a.options.Hosts.check(c.Request); err != nil {
		return err
	}
	if err := decodeParams(c); err != nil {
		return err
	}
	if err := a.admit(c, k, e, now); err != nil {
		return err
	}
	k.Context = events.WithActor(k.Context, actor(k.caller))
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		// No handler reads the body of these requests, which has no meaning.
		k.lingers = k.unread.finish(c.Writer.Header())
	}
	if e.route.Stream {
		// Only after admission: a caller without access must not keep a
		// connection open.
		liftDeadlines(c.Writer)
	}
	return e.handle(c)
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// decodeParams decodes the path parameters of a path that gin matched in its
// escaped form.
func decodeParams(c *gin.Context) error {
	if c.Request.URL.RawPath == "" {
		return nil
	}
	for i := range c.Params {
		decoded, err := url.PathUnescape(c.Params[i].Value)
		if err != nil {
			return problem.Invalid(c.Params[i].Key, "is not percent-encoded correctly")
		}
		c.Params[i].Value = decoded
	}
	return nil
}

// log writes the one line of a request. It builds no attribute unless the line
// is written.
func (a *API) log(c *gin.Context, k *call, e *endpoint, duration time.Duration, err error, clientGone bool) {
	status := sent(c)
	level := slog.LevelDebug
	switch {
	case e.quiet:
	case status >= http.StatusInternalServerError && !clientGone:
		level = slog.LevelError
	case a.reported(c, k, e, status):
	case status == http.StatusNotFound:
	case status >= http.StatusBadRequest:
		level = slog.LevelInfo
	case err != nil && !clientGone:
		// The response had begun when the handler failed.
		level = slog.LevelError
	}
	if !a.logger.Enabled(k, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 9)
	attrs = append(attrs,
		slog.String("method", problem.Excerpt(c.Request.Method, maxMethod)),
		slog.String("route", e.route.Path),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(duration)/float64(time.Millisecond)),
		slog.Int("bytes", max(0, c.Writer.Size())),
	)
	if k.caller.Name != "" {
		attrs = append(attrs, slog.String("caller", k.caller.Name))
	}
	if err != nil {
		attrs = append(attrs, slog.String("code", string(problemOf(err).Code)), slog.String("err", err.Error()))
	}
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	a.logger.LogAttrs(k, level, "request", attrs...)
}

// reported counts a request that was refused, for the report of the Gate, and
// reports whether that replaces a line of its own: a client that can send any
// number of such requests must not fill the log with them.
func (a *API) reported(c *gin.Context, k *call, e *endpoint, status int) bool {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError && k.caller.Name == "":
	default:
		return false
	}
	a.gate.refused(a.clientNetwork(c), status, e.route.Path, k.caller.Name)
	return true
}

// header returns the first value of a header whose name is in canonical form,
// without the canonicalization that http.Header.Get does each time.
func header(h http.Header, canonical string) string {
	if v := h[canonical]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// maxMethod bounds a method that the service does not know, in bytes.
const maxMethod = 32

const maxRequestID = 128

func validRequestID(s string) bool {
	if s == "" || len(s) > maxRequestID {
		return false
	}
	for i := range len(s) {
		b := s[i]
		if (b < '0' || b > '9') && (b < 'A' || b > 'Z') && (b < 'a' || b > 'z') && b != '.' && b != '_' && b != '-' {
			return false
		}
	}
	return true
}

// newRequestID returns 128 random bits. They only need to be distinct, so they
// do not come from the system's source, which costs a system call.
func newRequestID() string {
	const digits = "0123456789abcdef"
	var id [32]byte
	for half := range 2 {
		v := rand.Uint64()
		for i := range 16 {
			id[16*half+i] = digits[v&0xf]
			v >>= 4
		}
	}
	return string(id[:])
}

// liftDeadlines removes the server's time-outs from a connection. Writers that
// have none, such as those of tests, are left unchanged.
func liftDeadlines(w http.ResponseWriter) {
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Time{})
	_ = controller.SetWriteDeadline(time.Time{})
}

// problemType returns the type URN of a code.
func problemType(code problem.Code) string {
	return "urn:inventory:problem:" + strings.ReplaceAll(strings.ToLower(string(code)), "_", "-")
}
