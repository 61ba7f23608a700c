package stockclient

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/services/reservation/internal/reservation"
)

// instance is an instance of stock. Its requests are its own, so an instance that does
// not respond delays no request to another one.
type instance struct {
	base    string
	address string // host and port of base
	holds   batcher[stockwire.Hold, stockwire.HoldResult]
	// requests are the holds with a request. They are sent by themselves, because a
	// stock of the previous release refuses each HTTP request that has one.
	requests    batcher[stockwire.Hold, stockwire.HoldResult]
	settlements batcher[stockwire.Settlement, struct{}]
	down        pause // it did not respond to a hold, or was not reached
	slow        pause // a settlement failed: its time may be too short for a hold that succeeds, and the walk sends it again and again
	// failing is an instance beside others that was down and has not said since that it
	// is healthy.
	failing, probed atomic.Bool
}

func (c *Client) newInstance(ctx context.Context, base string) *instance {
	i := &instance{base: base, address: base}
	if u, err := url.Parse(base); err == nil {
		i.address = u.Host // without a password that base may have
	}
	for _, holds := range []*batcher[stockwire.Hold, stockwire.HoldResult]{&i.holds, &i.requests} {
		*holds = batcher[stockwire.Hold, stockwire.HoldResult]{
			send: func(ctx context.Context, list []stockwire.Hold) ([]stockwire.HoldResult, error) {
				return c.sendHolds(ctx, i, list)
			},
			ctx: ctx, inFlight: holdsInFlight, maxBatch: stockwire.MaxBatch, weight: weight,
		}
	}
	i.settlements = batcher[stockwire.Settlement, struct{}]{
		send: func(ctx context.Context, list []stockwire.Settlement) ([]struct{}, error) {
			return make([]struct{}, len(list)), c.sendSettlements(ctx, i, list)
		},
		ctx: ctx, inFlight: settlementsInFlight, maxBatch: stockwire.MaxBatch,
	}
	return i
}

func (i *instance) close() {
	i.holds.close()
	i.requests.close()
	i.settlements.close()
}

// order returns the instances for a product, the preferred one first: the one with the
// highest random weight. So each process prefers the same one in any order of its list,
// and one instance more takes its share of the products from all others.
func (c *Client) order(product string) []*instance {
	if !c.several() {
		return c.instances
	}
	order := slices.Clone(c.instances)
	slices.SortFunc(order, func(a, b *instance) int {
		return cmp.Or(cmp.Compare(score(b.base, product), score(a.base, product)), cmp.Compare(a.base, b.base))
	})
	return order
}

// score returns the weight of an instance for a product: FNV-1a over both, mixed, since
// the last bytes change few bits of FNV's sum.
func score(base, product string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	sum := uint64(offset)
	for _, text := range []string{base, "\x00", product} {
		for at := range len(text) {
			sum = (sum ^ uint64(text[at])) * prime
		}
	}
	sum = (sum ^ sum>>33) * 0xff51afd7ed558ccd // the finalizer of MurmurHash3
	sum = (sum ^ sum>>33) * 0xc4ceb9fe1a85ec53
	return sum ^ sum>>33
}

func (c *Client) several() bool { return len(c.instances) > 1 }

// available returns the instances for a product that may be asked at the moment, the
// preferred one first. Beside others an instance that failed gets no request until it has
// said that it is healthy; when all have failed, they are asked after the pause.
func (c *Client) available(product string) []*instance {
	now := c.options.Clock.Now()
	var healthy, failed []*instance
	for _, i := range c.order(product) {
		switch {
		case i.down.lasts(now):
		case i.failing.Load():
			c.probe(i)
			failed = append(failed, i)
		default:
			healthy = append(healthy, i)
		}
	}
	if len(healthy) > 0 {
		return healthy
	}
	return failed
}

// fail remembers that an instance did not respond.
func (c *Client) fail(i *instance) {
	i.down.begin(c.options.Clock.Now())
	i.failing.Store(c.several())
}

// probe asks a failing instance, beside the calls, whether it is healthy again. So no
// call waits for an instance that does not respond.
func (c *Client) probe(i *instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !i.probed.CompareAndSwap(false, true) {
		return
	}
	c.probes.Go(func() {
		defer i.probed.Store(false)
		if c.isHealthy(i) {
			i.failing.Store(false)
		} else {
			c.fail(i)
		}
	})
}

func (c *Client) isHealthy(i *instance) bool {
	ctx, cancel := context.WithTimeout(c.ctx, c.options.HoldTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, i.base+"/health", nil)
	if err != nil {
		return false
	}
	response, err := c.http.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // so that the connection can be used again
	return response.StatusCode == http.StatusOK
}

// Instance is the state of an instance of stock.
type Instance struct {
	Address   string // host and port
	Available bool   // it responded to the last request, as far as there was one
}

// Instances returns the state of each instance, in the order of the options.
func (c *Client) Instances() []Instance {
	now := c.options.Clock.Now()
	list := make([]Instance, len(c.instances))
	for at, i := range c.instances {
		list[at] = Instance{Address: i.address, Available: !i.failing.Load() && !i.down.lasts(now)}
	}
	return list
}

// awayError is the failure of one instance, after which another one can be asked: it was
// not reached, its connection broke, or it said that it cannot take requests now.
type awayError struct{ cause error }

func (e *awayError) Error() string { return e.cause.Error() }
func (e *awayError) Unwrap() error { return e.cause }

func isAway(err error) bool {
	var away *awayError
	return errors.As(err, &away)
}

// askHold asks the instance of the product for a hold, and the next ones for as long as
// that is away. All instances have one database, in which the id of a hold is unique and
// changes are serial. So a second request for an id that the first one had granted gets
// the same grant, and when the first one arrives after it, that changes nothing.
//
// A refusal does not say that a first request, whose outcome is unknown, will not be
// granted after it. The outcome is then still unknown.
func (c *Client) askHold(ctx context.Context, product string, hold stockwire.Hold) (stockwire.HoldResult, error) {
	var unknown error
	last := nothingDone(errPause)
	for _, i := range c.available(product) {
		holds := &i.holds
		if hold.Request != nil {
			holds = &i.requests
		}
		result, err := holds.ask(ctx, hold)
		if err == nil {
			if unknown != nil && !provesHold[result.Outcome] {
				break
			}
			return result, nil
		}
		if unknown == nil && !errors.Is(err, reservation.ErrNothingDone) {
			unknown = err
		}
		if last = err; !isAway(err) {
			break
		}
	}
	return stockwire.HoldResult{}, cmp.Or(unknown, last)
}

// provesHold has the outcomes after which stock has a hold with the id, so a request
// that arrives later changes nothing.
var provesHold = map[string]bool{
	stockwire.OutcomeGranted: true, stockwire.OutcomeSettled: true, stockwire.OutcomeMismatch: true,
}

// get reads from an instance. A read is worth a call to one that failed, because no caller
// waits for it.
func (c *Client) get(ctx context.Context, path string, answer any) error {
	available := c.available(path)
	if len(available) == 0 {
		available = c.order(path)
	}
	return repeatable(available, func(i *instance) error {
		return c.do(ctx, i, http.MethodGet, path, c.options.HoldTimeout, nil, answer)
	})
}

// repeatable calls the first of at least one instance, and the next one for as long as
// that is away: for calls that change nothing the second time, such as a settlement to the
// same totals.
func repeatable(instances []*instance, call func(*instance) error) (err error) {
	for _, i := range instances {
		if err = call(i); !isAway(err) {
			return err
		}
	}
	return err
}

// pause is a time that has begun with a failure.
type pause struct{ since atomic.Int64 } // Unix nanoseconds; 0: never

func (p *pause) begin(now time.Time) { p.since.Store(now.UnixNano()) }

func (p *pause) lasts(now time.Time) bool {
	return !clock.Passed(time.Unix(0, p.since.Load()), now, pauseTime)
}
