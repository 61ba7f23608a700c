package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/problem"
)

// Access says who may use a route.
type Access int

// The kinds of access.
const (
	Public       Access = iota // anyone; the API key is not looked at
	Reader                     // any valid key
	Writer                     // any valid key but those with scope read; the handler calls Caller.CheckStore
	Unrestricted               // only keys with scope *: a write that concerns no single store
	Internal                   // the header ServiceKeyHeader holds the service key
)

// ServiceKeyHeader carries the key by which a service shows another that it is
// one.
const ServiceKeyHeader = "X-Service-Key"

// String returns the name of a, for tests and messages.
func (a Access) String() string {
	switch a {
	case Public:
		return "Public"
	case Reader:
		return "Reader"
	case Writer:
		return "Writer"
	case Unrestricted:
		return "Unrestricted"
	case Internal:
		return "Internal"
	default:
		return "unknown"
	}
}

// internalCaller is the Caller.Name of Internal routes. No API key can have
// it: ParseKeys refuses it as a name.
const internalCaller = "internal"

// Caller is who sent the request. The zero value, which public routes see, may
// use no store.
type Caller struct {
	Name  string // of the API key; "internal" on Internal routes; empty on Public ones
	scope scope
	// stores is sorted and used with scopeStores only.
	stores []string
}

// CallerOf returns the caller of the request that c serves.
func CallerOf(c *gin.Context) Caller { return callOf(c).caller }

// CheckStore returns a Forbidden problem unless the caller may use the store
// that a field of the request names. An id that no store can have is a
// ValidationError of that field, as it is for a key of all stores, whose use
// cases validate it.
func (c Caller) CheckStore(field, id string) error {
	switch c.scope {
	case scopeAll, scopeRead:
		return nil
	}
	var checks problem.Checks
	checks.StoreID(field, id)
	if err := checks.Err(); err != nil {
		return err
	}
	if _, found := slices.BinarySearch(c.stores, id); !found {
		return problem.New(problem.Forbidden, "This API key may not use store %s.", id)
	}
	return nil
}

// Stores returns the stores that the caller is restricted to, for filtering
// answers; nil means that it may see all. The slice must not be changed.
func (c Caller) Stores() []string {
	switch c.scope {
	case scopeAll, scopeRead:
		return nil
	case scopeStores:
		return c.stores
	default:
		return []string{}
	}
}

// admit finds out who calls, whether they may, and whether not too often.
func (a *API) admit(c *gin.Context, k *call, access Access, now time.Time) error {
	switch access {
	case Public:
		return nil
	case Internal:
		return a.admitService(c, k)
	}
	key := header(c.Request.Header, "X-Api-Key")
	if key == "" {
		return errKeyMissing
	}
	index := a.keys.find(key)
	if index < 0 {
		return errKeyUnknown
	}
	k.caller = a.keys.entries[index].caller
	if access == Writer && k.caller.scope == scopeRead {
		return problem.New(problem.Forbidden, "this API key may only read")
	}
	if access == Unrestricted && k.caller.scope != scopeAll {
		return problem.New(problem.Forbidden, "this needs an API key that is not restricted")
	}
	return a.checkRate(index, now)
}

func (a *API) admitService(c *gin.Context, k *call) error {
	given := sha256.Sum256([]byte(header(c.Request.Header, ServiceKeyHeader)))
	if subtle.ConstantTimeCompare(given[:], a.serviceKey[:]) != 1 || !a.hasServiceKey {
		return errServiceKey
	}
	k.caller = Caller{Name: internalCaller, scope: scopeAll}
	return nil
}

func (a *API) checkRate(index int, now time.Time) error {
	if a.limiters == nil {
		return nil
	}
	limiter := a.limiters[index]
	if limiter.AllowN(now, 1) {
		return nil
	}
	// It counts the time since the last request that it let through. If that lies
	// ahead, the clock was set back, and it counts from here.
	if limiter.TokensAt(now.Add(time.Second)) == limiter.TokensAt(now) {
		limiter.SetLimitAt(now, limiter.Limit())
	}
	missing := max(0, 1-limiter.TokensAt(now))
	seconds := min(missing/float64(limiter.Limit()), maxRetryAfterSeconds)
	wait := time.Duration(seconds * float64(time.Second))
	return problem.Unavailable(problem.RateLimited, wait, nil, "this API key sends too many requests")
}

var (
	errKeyMissing = problem.New(problem.Unauthorized, "the header X-API-Key is missing")
	errKeyUnknown = problem.New(problem.Unauthorized, "the API key is not valid")
	errServiceKey = problem.New(problem.Unauthorized, "the service key is missing or not valid")
	errNoRoute    = problem.New(problem.NotFound, "there is no such resource, or not with this method")
)
