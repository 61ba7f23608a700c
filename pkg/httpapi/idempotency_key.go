package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

const maxIdempotencyKey = 255

// Once returns the idempotency.Request of the header Idempotency-Key: the zero
// Request when it is absent, a ValidationError problem when it is not 1 to 255
// printable ASCII characters or the body cannot be read. The fingerprint is the
// hex SHA-256 of method, path and body. It may be called before or after
// Decode.
func Once(c *gin.Context) (idempotency.Request, error) {
	key, err := idempotencyKey(c)
	if key == "" || err != nil {
		return idempotency.Request{}, err
	}
	text, err := callOf(c).readBody(c)
	if err != nil {
		return idempotency.Request{}, err
	}
	return onceOf(c, key, text), nil
}

// OnceUnread is Once for a body that is too long to be read before the work on
// it begins: the fingerprint covers method and path only, and the reader of the
// body must compare it with the first one.
func OnceUnread(c *gin.Context) (idempotency.Request, error) {
	key, err := idempotencyKey(c)
	if key == "" || err != nil {
		return idempotency.Request{}, err
	}
	return onceOf(c, key, nil), nil
}

func onceOf(c *gin.Context, key string, text []byte) idempotency.Request {
	sum := sha256.New()
	_, _ = io.WriteString(sum, c.Request.Method+" "+c.Request.URL.EscapedPath()+"\n")
	sum.Write(text)
	return idempotency.Request{
		Caller: callOf(c).caller.Name, Key: key, Fingerprint: hex.EncodeToString(sum.Sum(nil)),
	}
}

// idempotencyKey returns the key that the request carries, "" for none.
func idempotencyKey(c *gin.Context) (string, error) {
	values := c.Request.Header["Idempotency-Key"]
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", problem.Invalid("Idempotency-Key", "must appear only once")
	}
	key := values[0]
	if key == "" || len(key) > maxIdempotencyKey || !printableASCII(key) {
		return "", problem.Invalid("Idempotency-Key", "must be 1 to %d printable ASCII characters", maxIdempotencyKey)
	}
	return key, nil
}

func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
