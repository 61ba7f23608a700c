package httpapi

import (
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

// Access is the kind of caller that may use a route.
type Access int

// The kinds of access.
const (
	Public       Access = iota // any caller; an API key only changes the limit that applies
	Reader                     // any valid key
	Writer                     // any valid key but those with scope read; the handler calls Caller.CheckStore
	Unrestricted               // only keys with scope *: a write that is not limited to one store
	Internal                   // the header ServiceKeyHeader has the service key
)

// ServiceKeyHeader carries the key by which a service proves to another that it
// is one.
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

// Caller is the sender of a request. The zero value, which public routes see,
// may use no store.
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
// results; nil means that it may see all. The slice must not be changed.
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

// admit identifies the caller, counts the request against its rate, and checks
// its access. A refusal counts as a request does.
func (a *API) admit(c *gin.Context, k *call, e *endpoint, now time.Time) error {
	switch access := e.route.Access; access {
	case Public:
		if e.unlimited {
			return nil
		}
		return a.admitAnyone(c, now)
	case Internal:
		return a.admitService(c, k, now)
	default:
		if err := a.admitKey(c, k, now); err != nil {
			return err
		}
		return k.caller.check(access)
	}
}

// MayUse reports whether a key of the caller's scope may use routes of this access.
func (c Caller) MayUse(access Access) bool { return c.check(access) == nil }

// check returns a Forbidden problem unless a key of the caller's scope may use
// routes of this access.
func (c Caller) check(access Access) error {
	switch {
	case access == Writer && c.scope == scopeRead:
		return problem.New(problem.Forbidden, "This API key may only read.")
	case access == Unrestricted && c.scope != scopeAll:
		return problem.New(problem.Forbidden, "This needs an API key that is not restricted.")
	default:
		return nil
	}
}

// admitKey finds the caller of an API key. An address that sent too many
// requests without a valid key is refused before the key is looked up, so that
// its refusals reveal nothing about a key.
func (a *API) admitKey(c *gin.Context, k *call, now time.Time) error {
	client := a.clientNetwork(c)
	if err := a.gate.checkFailures(client, a.limits.failureRate(), now); err != nil {
		return err
	}
	key, invalid := single(c.Request.Header, "X-Api-Key", "X-API-Key")
	caller, found := a.credentials.find(key)
	if !found || invalid != nil {
		if err := a.gate.takeFailure(client, a.limits.failureRate(), now); err != nil {
			return err
		}
		switch {
		case invalid != nil:
			return invalid
		case key == "":
			return errKeyMissing
		default:
			return errKeyUnknown
		}
	}
	k.caller = caller
	return a.gate.takeKey(caller.Name, a.limits.keyRate(), now)
}

// admitAnyone counts a request to a public route: on its API key when it has a
// valid one, otherwise on its address. It reveals nothing about a key.
func (a *API) admitAnyone(c *gin.Context, now time.Time) error {
	if a.limits.keyRate().perSecond <= 0 && a.limits.publicRate().perSecond <= 0 {
		return nil
	}
	client := a.clientNetwork(c)
	if key := header(c.Request.Header, "X-Api-Key"); key != "" {
		if err := a.gate.checkFailures(client, a.limits.failureRate(), now); err != nil {
			return err
		}
		if caller, found := a.credentials.find(key); found {
			return a.gate.takeKey(caller.Name, a.limits.keyRate(), now)
		}
	}
	return a.gate.takePublic(client, a.limits.publicRate(), now)
}

// admitService lets in the other services. A valid service key is never refused
// because of other requests from its address.
func (a *API) admitService(c *gin.Context, k *call, now time.Time) error {
	key, invalid := single(c.Request.Header, ServiceKeyHeader, ServiceKeyHeader)
	if invalid != nil || !a.credentials.isServiceKey(key) {
		if err := a.gate.takeFailure(a.clientNetwork(c), a.limits.failureRate(), now); err != nil {
			return err
		}
		if invalid != nil {
			return invalid
		}
		return errServiceKey
	}
	k.caller = Caller{Name: internalCaller, scope: scopeAll}
	return nil
}

// single returns the value of a header whose name is in canonical form, "" when
// it is absent. Several values are refused: a proxy and the service could
// choose different ones.
func single(h http.Header, canonical, name string) (string, error) {
	if len(h[canonical]) > 1 {
		return "", problem.Invalid(name, "must appear only once")
	}
	return header(h, canonical), nil
}

func (a *API) clientNetwork(c *gin.Context) netip.Prefix {
	return httpserver.NetworkOf(a.options.Proxies.ClientAddress(c.Request))
}

// ClientAddress returns the address of the client of the request that c
// serves; see httpserver.Proxies.
func ClientAddress(c *gin.Context) netip.Addr {
	return callOf(c).api.options.Proxies.ClientAddress(c.Request)
}

var (
	errKeyMissing = problem.New(problem.Unauthorized, "The header X-API-Key is missing.")
	errKeyUnknown = problem.New(problem.Unauthorized, "The API key is not valid.")
	errServiceKey = problem.New(problem.Unauthorized, "The service key is missing or not valid.")
	errNoRoute    = problem.New(problem.NotFound, "There is no such resource.")
	errNoMethod   = problem.New(problem.MethodNotAllowed, "The resource does not have this method; Allow names its methods.")
)
