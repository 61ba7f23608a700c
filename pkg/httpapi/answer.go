package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
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
// cannot be encoded is answered with 500 once the handler returns.
func JSON(c *gin.Context, status int, v any) {
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

// SetETag sets the entity tag of the answer from the version of its resource.
// It must be called before the answer is sent.
func SetETag(c *gin.Context, version int64) {
	c.Writer.Header()["Etag"] = []string{`"` + strconv.FormatInt(version, 10) + `"`}
}
