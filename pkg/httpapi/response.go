package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/gin-gonic/gin"
)

// maxPooledBytes keeps a buffer that one large answer grew from being kept.
const maxPooledBytes = 64 << 10

// answer is a buffer with the encoder that writes to it.
type answer struct {
	buffer  bytes.Buffer
	encoder *json.Encoder
}

var answers = sync.Pool{New: func() any {
	a := &answer{}
	a.encoder = json.NewEncoder(&a.buffer)
	a.encoder.SetEscapeHTML(false)
	return a
}}

var valueJSON = []string{"application/json"}

// JSON sends v with that status, in one write and with its length. A v that
// cannot be encoded is answered with 500 once the handler returns. Where SetETag
// was called, a GET or HEAD is answered by its preconditions: with 304 when the
// caller has this version, with 412 when it wants another.
func JSON(c *gin.Context, status int, v any) {
	if etag := header(c.Writer.Header(), "Etag"); etag != "" && status == http.StatusOK {
		notModified, err := conditional(c.Request, etag)
		if err != nil {
			callOf(c).err = err
			return
		}
		if notModified {
			c.Writer.WriteHeader(http.StatusNotModified)
			return
		}
	}
	a := answers.Get().(*answer)
	a.buffer.Reset()
	if err := a.encoder.Encode(v); err != nil {
		// The encoder is not used again: it may keep its error.
		callOf(c).err = fmt.Errorf("encode answer: %w", err)
		return
	}
	h := c.Writer.Header()
	h["Content-Type"] = valueJSON
	h["Content-Length"] = []string{strconv.Itoa(a.buffer.Len())}
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(a.buffer.Bytes())
	if a.buffer.Cap() <= maxPooledBytes {
		answers.Put(a)
	}
}

var valueTrue = []string{"true"}

// Replayed marks the answer as the repetition of an earlier one when replayed
// is true. It must be called before the answer is sent.
func Replayed(c *gin.Context, replayed bool) {
	if replayed {
		c.Writer.Header()["Idempotency-Replayed"] = valueTrue
	}
}
