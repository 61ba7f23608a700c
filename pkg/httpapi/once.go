package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

const maxIdempotencyKey = 255

// Once returns what the header Idempotency-Key asks for: the zero Request when
// it is absent, a ValidationError problem when it is not 1 to 255 printable
// ASCII characters or the body cannot be read. The fingerprint is the hex
// SHA-256 of method, path and body. It may be called before or after Decode.
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

// OnceUnread is Once for a body that is too long to be read before it is
// worked on: the fingerprint covers method and path only, and whoever reads the
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

// noVersion is a version that no resource has.
const noVersion = -1

// IfMatch returns the version that the header If-Match asks for; nil when the
// header is absent or "*", so any version will do. A tag that no version can
// have, and a weak one, which If-Match never matches (RFC 9110, section
// 13.1.1), give -1. Several tags, or what is no entity tag, are a
// ValidationError problem.
func IfMatch(c *gin.Context) (*int64, error) {
	values := c.Request.Header["If-Match"]
	if len(values) == 0 {
		return nil, nil
	}
	tag := strings.TrimSpace(values[0])
	if len(values) == 1 && tag == "*" {
		return nil, nil
	}
	strong, weak := strings.CutPrefix(tag, "W/")
	text, opened := strings.CutPrefix(strong, `"`)
	text, ended := strings.CutSuffix(text, `"`)
	if len(values) > 1 || !opened || !ended || !entityTag(text) {
		return nil, problem.Invalid("If-Match", `must be one entity tag as in ETag, such as "7", or *`)
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if weak || err != nil || !plainDigits(text) {
		version = noVersion
	}
	return &version, nil
}

// entityTag reports whether s may stand between the quotes of an entity tag
// (RFC 9110, section 8.8.3).
func entityTag(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == '"' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// plainDigits reports whether s is a number as ETag writes it: without sign
// and leading zero.
func plainDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s == "0" || s != "" && s[0] != '0'
}
