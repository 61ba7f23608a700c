package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// kind is the form of a code over HTTP.
type kind struct {
	status int
	title  string
	urn    string
}

// kinds is the only place where codes become statuses.
var kinds = func() map[problem.Code]kind {
	all := map[problem.Code]kind{
		problem.ValidationError:      {status: http.StatusBadRequest, title: "The request is not valid."},
		problem.Unauthorized:         {status: http.StatusUnauthorized, title: "Authentication is required."},
		problem.Forbidden:            {status: http.StatusForbidden, title: "Not allowed."},
		problem.NotFound:             {status: http.StatusNotFound, title: "Not found."},
		problem.UnknownStore:         {status: http.StatusNotFound, title: "The store is unknown."},
		problem.MethodNotAllowed:     {status: http.StatusMethodNotAllowed, title: "Not with this method."},
		problem.Conflict:             {status: http.StatusConflict, title: "Conflict with existing data."},
		problem.ProductDeleted:       {status: http.StatusConflict, title: "The product was deleted."},
		problem.InsufficientStock:    {status: http.StatusConflict, title: "Not enough stock."},
		problem.InvalidState:         {status: http.StatusConflict, title: "Not possible in this state."},
		problem.ReservationExpired:   {status: http.StatusConflict, title: "The reservation has expired."},
		problem.VersionMismatch:      {status: http.StatusPreconditionFailed, title: "The version has changed."},
		problem.PayloadTooLarge:      {status: http.StatusRequestEntityTooLarge, title: "The body is too large."},
		problem.UnsupportedMediaType: {status: http.StatusUnsupportedMediaType, title: "The media type is not supported."},
		problem.IdempotencyKeyReused: {status: http.StatusUnprocessableEntity, title: "The idempotency key was used before."},
		problem.RateLimited:          {status: http.StatusTooManyRequests, title: "Too many requests."},
		problem.StockUnavailable:     {status: http.StatusServiceUnavailable, title: "Stock is not available."},
		problem.StorageUnavailable:   {status: http.StatusServiceUnavailable, title: "Not available for the moment."},
		problem.Internal:             {status: http.StatusInternalServerError, title: "Internal error."},
	}
	for code, k := range all {
		k.urn = problemType(code)
		all[code] = k
	}
	return all
}()

// Status returns the HTTP status of a code; 500 for one that is not known.
func Status(code problem.Code) int {
	if k, known := kinds[code]; known {
		return k.status
	}
	return http.StatusInternalServerError
}

// document is a problem document, RFC 9457, without further members.
type document struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail"`
	Instance  string          `json:"instance,omitempty"`
	Code      problem.Code    `json:"code"`
	RequestID string          `json:"request_id,omitempty"`
	Errors    []problem.Field `json:"errors,omitempty"`
}

// reservedMembers are those of document; a problem's own never replace them.
var reservedMembers = []string{"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}

const internalDetail = "An unexpected error occurred; report it with the request_id."

// problemOf returns the part of err that the caller may see.
func problemOf(err error) *problem.Error {
	p := problem.Of(err)
	switch {
	case p != nil:
		if _, known := kinds[p.Code]; known && p.Code != problem.Internal {
			return p
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problem.Unavailable(problem.StorageUnavailable, time.Second, err, "The request was not finished in time.")
	}
	return &problem.Error{Code: problem.Internal, Detail: internalDetail, Cause: err}
}

var valueProblem = []string{"application/problem+json"}

// writeProblem sends the problem document for p.
func (a *API) writeProblem(c *gin.Context, k *call, p *problem.Error) {
	kind := kinds[p.Code]
	h := c.Writer.Header()
	// The headers that a handler set for its response do not belong to the
	// problem document.
	h.Del("ETag")
	h.Del("Location")
	h["Content-Type"] = valueProblem
	h["Cache-Control"] = valueNoStore
	if p.Code == problem.Unauthorized {
		h["Www-Authenticate"] = []string{"ApiKey"}
	}
	unavailable := kind.status == http.StatusServiceUnavailable || kind.status == http.StatusTooManyRequests
	if unavailable || p.RetryAfter > 0 {
		h["Retry-After"] = []string{strconv.FormatInt(retryAfterSeconds(p.RetryAfter), 10)}
	}
	text := a.problemText(c, k, p)
	h["Content-Length"] = []string{strconv.Itoa(len(text))}
	c.Writer.WriteHeader(kind.status)
	_, _ = c.Writer.Write(text)
}

// problemText returns the problem document for p.
func (a *API) problemText(c *gin.Context, k *call, p *problem.Error) []byte {
	kind := kinds[p.Code]
	text, err := encodeProblem(document{
		Type: kind.urn, Title: kind.title, Status: kind.status, Detail: problem.Excerpt(p.Detail, maxDetail),
		Instance: instance(c.Request), Code: p.Code, RequestID: k.requestID, Errors: p.Fields[:min(len(p.Fields), maxFields)],
	}, p.Members)
	if err != nil {
		// A further member that cannot be encoded is the handler's mistake; the
		// response stays valid without it.
		a.logger.ErrorContext(k, "problem members not encoded", "code", string(p.Code), "err", err)
	}
	return text
}

// ProblemDocument returns the problem document of err on one line, for a response
// that has begun: a stream whose last line shows that it ended early.
func ProblemDocument(c *gin.Context, err error) []byte {
	k := callOf(c)
	return k.api.problemText(c, k, problemOf(err))
}

// The bounds of a problem document, for any problem of its handler: bytes of
// the detail and of the instance, and members of errors.
const (
	maxDetail   = 1024
	maxInstance = 1024
	maxFields   = 50
)

// instance returns the path of the request, "" when it is too long to be sent
// back.
func instance(r *http.Request) string {
	if path := r.URL.EscapedPath(); len(path) <= maxInstance {
		return path
	}
	return ""
}

// retryAfterSeconds rounds up, because a caller that is too early is refused
// again.
func retryAfterSeconds(d time.Duration) int64 {
	return max(1, int64((d+time.Second-1)/time.Second))
}

// encodeProblem returns d with the members after its own. On an error it
// returns d without them.
func encodeProblem(d document, members map[string]any) ([]byte, error) {
	text, err := encode(d)
	if err != nil {
		return nil, err
	}
	full := bytes.TrimSuffix(slices.Clone(text), []byte("}"))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if slices.Contains(reservedMembers, name) {
			continue
		}
		member, err := encode(map[string]any{name: members[name]})
		if err != nil {
			return text, err
		}
		full = append(full, ',')
		full = append(full, member[1:len(member)-1]...)
	}
	return append(full, '}'), nil
}

// encode returns v as JSON without a line end and without HTML escaping.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Codes returns every code that a response may have, sorted; for tests that
// compare documents with them.
func Codes() []problem.Code { return slices.Sorted(maps.Keys(kinds)) }
