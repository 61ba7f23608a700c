package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// Credentials are the API keys and the service keys that a service currently
// accepts. Both may be replaced while requests are served. It is safe for
// concurrent use.
type Credentials struct {
	keys    atomic.Pointer[Keys]
	service atomic.Pointer[serviceKeys]
}

// serviceKeys are the keys that the services send to each other.
type serviceKeys struct {
	sent    string
	digests []digest
}

// NewCredentials returns Credentials with these keys; see SetServiceKeys for
// the text of the service keys. A nil Keys has no key.
func NewCredentials(keys *Keys, serviceKey string) *Credentials {
	c := &Credentials{}
	c.SetKeys(keys)
	c.SetServiceKeys(serviceKey)
	return c
}

// SetKeys replaces the API keys.
func (c *Credentials) SetKeys(keys *Keys) {
	if keys == nil {
		keys = &Keys{}
	}
	c.keys.Store(keys)
}

// SetServiceKeys replaces the service keys, one a line of the text: the first
// is sent to other services, and each is accepted from them, so that a key can
// be replaced while the services run.
func (c *Credentials) SetServiceKeys(text string) {
	s := &serviceKeys{}
	for _, key := range ServiceKeys(text) {
		s.digests = append(s.digests, sha256.Sum256([]byte(key)))
		if s.sent == "" {
			s.sent = key
		}
	}
	c.service.Store(s)
}

// ServiceKeys returns the keys in a text of one key a line. Space around a key
// and lines without a key are ignored.
func ServiceKeys(text string) []string {
	var keys []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			keys = append(keys, line)
		}
	}
	return keys
}

// ServiceKey returns the service key that is sent to other services.
func (c *Credentials) ServiceKey() string { return c.service.Load().sent }

// find returns the caller of an API key.
func (c *Credentials) find(key string) (Caller, bool) {
	if key == "" {
		return Caller{}, false
	}
	keys := c.keys.Load()
	index := keys.find(key)
	if index < 0 {
		return Caller{}, false
	}
	return keys.entries[index].caller, true
}

// isServiceKey compares with every digest, so that its duration reveals
// nothing.
func (c *Credentials) isServiceKey(key string) bool {
	given := sha256.Sum256([]byte(key))
	equal := 0
	for _, digest := range c.service.Load().digests {
		equal |= subtle.ConstantTimeCompare(given[:], digest[:])
	}
	return equal == 1
}

// StillAdmitted reports whether the API key of the request that c serves is
// valid now. An endless response calls it from time to time, and ends when it
// is not.
func StillAdmitted(c *gin.Context) bool {
	_, found := callOf(c).api.credentials.find(header(c.Request.Header, "X-Api-Key"))
	return found
}
