package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// SetETag sets the entity tag of the response from the version of its resource.
// It must be called before the response is sent.
func SetETag(c *gin.Context, version int64) {
	c.Writer.Header()["Etag"] = []string{`"` + strconv.FormatInt(version, 10) + `"`}
}

// noVersion is a version that no resource has.
const noVersion = -1

// IfMatch returns the version that the header If-Match requires; nil when the
// header is absent or "*", which accept any version. A tag that no version can
// have gives -1, and so does If-None-Match with "*", which no existing resource
// meets. Several tags, and text that is not an entity tag, are a
// ValidationError problem.
//
// A weak tag stands for the same version as the strong one: a proxy that
// compresses responses weakens their tags, and a version changes with every
// change of its resource. By RFC 9110, section 13.1.1, it would never match.
func IfMatch(c *gin.Context) (*int64, error) {
	version, err := ifMatch(c.Request.Header)
	if err != nil {
		return nil, err
	}
	if others := c.Request.Header["If-None-Match"]; len(others) > 0 {
		if len(others) > 1 || strings.TrimSpace(others[0]) != "*" {
			return nil, problem.Invalid("If-None-Match", "must be * here; If-Match names the version to change")
		}
		never := int64(noVersion)
		version = &never
	}
	return version, nil
}

func ifMatch(h http.Header) (*int64, error) {
	values := h["If-Match"]
	if len(values) == 0 {
		return nil, nil
	}
	tag := strings.TrimSpace(values[0])
	if len(values) == 1 && tag == "*" {
		return nil, nil
	}
	text, opened := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	text, ended := strings.CutSuffix(text, `"`)
	if len(values) > 1 || !opened || !ended || !entityTag(text) {
		return nil, problem.Invalid("If-Match", `must be one entity tag as in ETag, such as "7", or *`)
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !plainDigits(text) {
		version = noVersion
	}
	return &version, nil
}

// conditional evaluates the preconditions of a GET or HEAD whose response has
// an entity tag, in the order of RFC 9110, section 13.2.2. notModified means
// that the response is 304.
func conditional(r *http.Request, etag string) (notModified bool, err error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false, nil
	}
	version, err := ifMatch(r.Header)
	if err != nil {
		return false, err
	}
	if version != nil && `"`+strconv.FormatInt(*version, 10)+`"` != etag {
		return false, problem.New(problem.VersionMismatch, "The resource is at version %s.", strings.Trim(etag, `"`))
	}
	for _, list := range r.Header["If-None-Match"] {
		if listsTag(list, etag) {
			return true, nil
		}
	}
	return false, nil
}

// listsTag reports whether a value of If-None-Match is "*" or has the tag, by
// the weak comparison. Text that is not a list of entity tags has none.
func listsTag(list, etag string) bool {
	list = strings.TrimSpace(list)
	if list == "*" {
		return true
	}
	for list != "" {
		opaque := strings.TrimPrefix(list, "W/")
		if opaque == "" || opaque[0] != '"' {
			return false
		}
		end := strings.IndexByte(opaque[1:], '"')
		if end < 0 {
			return false
		}
		if opaque[:end+2] == etag {
			return true
		}
		list = strings.TrimLeft(opaque[end+2:], " \t,")
	}
	return false
}

// entityTag reports whether s is valid between the quotes of an entity tag (RFC
// 9110, section 8.8.3).
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
