package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// body is the request's body, read at most once.
type body struct {
	limited int64 // 0: not limited yet
	read    bool
	bytes   []byte
	err     error
}

// limit makes the request's body end with an error after maxBytes.
func (b *body) limit(c *gin.Context, maxBytes int64) {
	b.limited = maxBytes
	r := c.Request
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	// The server's own writer learns of a body that is too large and closes
	// the connection instead of reading the rest; gin's hides it.
	var w http.ResponseWriter = c.Writer
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		w = u.Unwrap()
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBytes)
}

// Body reads the whole body and keeps it, so that Decode and Once see the same
// bytes; further calls return the same. On a route of HandleStream maxBytes
// bounds it, elsewhere the lesser of maxBytes and MaxBodyBytes. Errors are
// problems: PayloadTooLarge, or ValidationError for a body that breaks off. The
// bytes must not be changed.
func Body(c *gin.Context, maxBytes int64) ([]byte, error) {
	b := &callOf(c).body
	if b.read {
		return b.bytes, b.err
	}
	b.read = true
	if b.limited == 0 || maxBytes < b.limited {
		b.limit(c, maxBytes)
	}
	if c.Request.ContentLength <= b.limited {
		callOf(c).unread.awaited = false // reading requests it
	}
	b.bytes, b.err = readBody(c.Request, b.limited)
	return b.bytes, b.err
}

func (k *call) readBody(c *gin.Context) ([]byte, error) { return Body(c, k.maxBody) }

// maxInternalBody bounds the bodies of Internal routes, in bytes: a full batch
// of holds takes half of it. MaxBodyBytes is for outside callers; a small value
// of an operator must not break the calls between the services.
const maxInternalBody = 1 << 20

// maxBody returns how long a body of e's route may be.
func (a *API) maxBody(e *endpoint) int64 {
	if e.route.Access == Internal {
		return max(maxInternalBody, a.limits.MaxBodyBytes)
	}
	return a.limits.MaxBodyBytes
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > limit {
		return nil, errTooLarge(limit)
	}
	// An announced length may be false: allocate no more than a usual request
	// needs.
	const maxAhead = 64 << 10
	var buffer bytes.Buffer
	if n := r.ContentLength; n > 0 {
		buffer.Grow(int(min(n, maxAhead)) + bytes.MinRead)
	}
	_, err := io.Copy(&buffer, r.Body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	return buffer.Bytes(), nil
}

// bodyProblem is the problem of a body whose reading failed.
func bodyProblem(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errTooLarge(tooLarge.Limit)
	}
	return &problem.Error{Code: problem.ValidationError, Detail: "The body could not be read to its end.", Cause: err}
}

func errTooLarge(limit int64) error {
	return problem.New(problem.PayloadTooLarge, "The body is larger than %d bytes.", limit)
}
