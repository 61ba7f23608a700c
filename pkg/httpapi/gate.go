package httpapi

import (
	"container/list"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/problem"
)

// maxClients bounds the addresses that a Gate remembers. The address that was
// seen longest ago is forgotten first.
const maxClients = 16384

// reportInterval is the time between two reports of the requests that were
// refused; maxReported bounds the addresses that one report names.
const (
	reportInterval = time.Minute
	maxReported    = 20
)

// Gate keeps the request rates of API keys and of client addresses, and counts
// the requests that were refused. The services of one process share one Gate,
// so that a key has one limit for all of them. It is safe for concurrent use.
type Gate struct {
	clock  clock.Clock
	logger *slog.Logger

	known atomic.Int64 // clients; 0 saves the lock

	mu      sync.Mutex
	keys    map[string]*bucket // by the key's name
	clients map[netip.Prefix]*list.Element
	recent  *list.List // of *visitor, the last one seen first
}

// visitor is a client address that sent requests without a valid key, or whose
// requests were refused.
type visitor struct {
	network  netip.Prefix
	failures bucket // requests whose key is missing or not valid
	public   bucket // requests to public routes without a key
	refused  refusals
}

// NewGate returns a Gate. A nil clock is clock.System, a nil logger logs
// nothing. Run reports the requests that were refused.
func NewGate(c clock.Clock, logger *slog.Logger) *Gate {
	if c == nil {
		c = clock.System{}
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Gate{
		clock: c, logger: logger, keys: map[string]*bucket{}, clients: map[netip.Prefix]*list.Element{}, recent: list.New(),
	}
}

// Run reports once a minute, until ctx ends, the requests that were refused:
// a line for each of the 20 addresses with the most, and one for the others.
func (g *Gate) Run(ctx context.Context) error {
	for clock.Sleep(ctx, g.clock, reportInterval) == nil {
		g.report(ctx)
	}
	g.report(ctx)
	return nil
}

// rate is the number of requests that are let through: perSecond in the long
// run, burst at once. The zero value lets all through.
type rate struct {
	perSecond float64
	burst     int
}

// bucket is a token bucket. The zero value is full.
type bucket struct {
	missing float64 // tokens short of the burst
	at      time.Time
	rate    rate // of the last request
}

// tolerance hides the rounding of sums of floating-point numbers.
const tolerance = 1e-9

// refill adds the tokens of the time since the last call. A clock that was set
// back adds none, and the time counts from the new one.
func (b *bucket) refill(now time.Time, r rate) {
	if elapsed := now.Sub(b.at); elapsed > 0 && b.missing > 0 {
		b.missing = max(0, b.missing-elapsed.Seconds()*r.perSecond)
	}
	b.at, b.rate = now, r
}

// waitTime returns the time until there is a token; 0 when there is one.
func (b *bucket) waitTime() time.Duration {
	short := b.missing + 1 - float64(b.rate.burst)
	if short <= tolerance {
		return 0
	}
	return max(1, time.Duration(min(short/b.rate.perSecond, maxRetryAfterSeconds)*float64(time.Second)))
}

// takeToken takes a token, or returns how long the caller has to wait for one.
func (b *bucket) takeToken(now time.Time, r rate) time.Duration {
	b.refill(now, r)
	wait := b.waitTime()
	if wait == 0 {
		b.missing++
	}
	return wait
}

// full reports whether the bucket is equal to a new one.
func (b *bucket) full(now time.Time) bool {
	if b.missing > 0 {
		b.refill(now, b.rate)
	}
	return b.missing == 0
}

// takeKey counts a request of the API keys with this name.
func (g *Gate) takeKey(name string, r rate, now time.Time) error {
	if r.perSecond <= 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.keys[name]
	if b == nil {
		b = &bucket{}
		g.keys[name] = b
	}
	return tooMany(b.takeToken(now, r), "This API key sends too many requests.")
}

// checkFailures returns a problem while an address has sent too many requests
// without a valid key. It counts nothing.
func (g *Gate) checkFailures(client netip.Prefix, r rate, now time.Time) error {
	if g.known.Load() == 0 || !client.IsValid() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	element := g.clients[client]
	if element == nil {
		return nil
	}
	b := &element.Value.(*visitor).failures
	b.refill(now, r)
	return tooMany(b.waitTime(), tooManyFailures)
}

const tooManyFailures = "This address sends too many requests without a valid API key."

// takeFailure counts a request without a valid key.
func (g *Gate) takeFailure(client netip.Prefix, r rate, now time.Time) error {
	if !client.IsValid() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return tooMany(g.visitor(client, now).failures.takeToken(now, r), tooManyFailures)
}

// takePublic counts a request to a public route without a key.
func (g *Gate) takePublic(client netip.Prefix, r rate, now time.Time) error {
	if !client.IsValid() || r.perSecond <= 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return tooMany(g.visitor(client, now).public.takeToken(now, r), "This address sends too many requests without an API key.")
}

func tooMany(wait time.Duration, detail string) error {
	if wait == 0 {
		return nil
	}
	return problem.Unavailable(problem.RateLimited, wait, nil, detail)
}

// visitor returns the record of a client, and moves it to the front of recent.
func (g *Gate) visitor(client netip.Prefix, now time.Time) *visitor {
	if element := g.clients[client]; element != nil {
		g.recent.MoveToFront(element)
		return element.Value.(*visitor)
	}
	for g.recent.Len() >= maxClients {
		g.forget(g.recent.Back())
	}
	v := &visitor{network: client, failures: bucket{at: now}, public: bucket{at: now}}
	g.clients[client] = g.recent.PushFront(v)
	g.known.Add(1)
	return v
}

func (g *Gate) forget(element *list.Element) {
	delete(g.clients, element.Value.(*visitor).network)
	g.recent.Remove(element)
	g.known.Add(-1)
}

// refusals counts the requests of an address that were refused.
type refusals struct {
	unauthorized, forbidden, limited, other int
	route, caller                           string // of the last request
}

func (r *refusals) count() int { return r.unauthorized + r.forbidden + r.limited + r.other }

// refused counts a request that was refused with this status.
func (g *Gate) refused(client netip.Prefix, status int, route, caller string) {
	if !client.IsValid() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	r := &g.visitor(client, g.clock.Now()).refused
	switch status {
	case http.StatusUnauthorized:
		r.unauthorized++
	case http.StatusForbidden:
		r.forbidden++
	case http.StatusTooManyRequests:
		r.limited++
	default:
		r.other++
	}
	r.route, r.caller = route, caller
}

// refusedBy are the refusals of one address.
type refusedBy struct {
	network netip.Prefix
	refusals
}

// report logs the refusals since the last report and forgets the addresses and
// keys whose buckets are full.
func (g *Gate) report(ctx context.Context) {
	all := g.collect()
	slices.SortStableFunc(all, func(a, b refusedBy) int { return b.count() - a.count() })
	for _, r := range all[:min(len(all), maxReported)] {
		g.logger.WarnContext(ctx, "requests refused", slog.String("address", r.network.String()),
			slog.Int("unauthorized", r.unauthorized), slog.Int("forbidden", r.forbidden), slog.Int("rate_limited", r.limited),
			slog.Int("other", r.other), slog.String("last_route", r.route), slog.String("last_caller", r.caller))
	}
	if len(all) > maxReported {
		requests := 0
		for _, r := range all[maxReported:] {
			requests += r.count()
		}
		g.logger.WarnContext(ctx, "requests refused", slog.Int("more_addresses", len(all)-maxReported), slog.Int("requests", requests))
	}
}

// collect returns the refusals since the last call.
func (g *Gate) collect() (all []refusedBy) {
	now := g.clock.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for element := g.recent.Front(); element != nil; {
		v, next := element.Value.(*visitor), element.Next()
		if v.refused.count() > 0 {
			all = append(all, refusedBy{v.network, v.refused})
			v.refused = refusals{}
		}
		if v.failures.full(now) && v.public.full(now) {
			g.forget(element)
		}
		element = next
	}
	for name, b := range g.keys {
		if b.full(now) {
			delete(g.keys, name)
		}
	}
	return all
}
