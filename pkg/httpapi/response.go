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

// maxPooledBytes bounds the buffers of responses that are kept for reuse.
const maxPooledBytes = 64 << 10

// response is a buffer with the encoder that writes to it.
type response struct {
	buffer  bytes.Buffer
	encoder *json.Encoder
}

var responses = sync.Pool{New: func() any {
	a := &response{}
	a.encoder = json.NewEncoder(&a.buffer)
	a.encoder.SetEscapeHTML(false)
	return a
}}

var valueJSON = []string{"application/json"}

// JSON sends v with that status, in one write and with its length. When v
// cannot be encoded the response is 500 once the handler returns. Where SetETag
// was called, the preconditions of a GET or HEAD decide: the response is 304
// when the caller has this version, and 412 when it requires another.
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
	a := responses.Get().(*response)
	a.buffer.Reset()
	if err := a.encoder.Encode(v); err != nil {
		// The encoder is not used again: it may keep its error.
		callOf(c).err = fmt.Errorf("encode response: %w", err)
		return
	}
	h := c.Writer.Header()
	h["Content-Type"] = valueJSON
	h["Content-Length"] = []string{strconv.Itoa(a.buffer.Len())}
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(a.buffer.Bytes())
	if a.buffer.Cap() <= maxPooledBytes {
		responses.Put(a)
	}
}

var valueTrue = []string{"true"}

// Replayed marks the response as the repetition of an earlier one when replayed
// is true. It must be called before the response is sent.
func Replayed(c *gin.Context, replayed bool) {
	if replayed {
		c.Writer.Header()["Idempotency-Replayed"] = valueTrue
	}
}
