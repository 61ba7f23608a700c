// Package system tells an operator how the whole installation is: the health of
// each service, how far the consumer groups are, and what no attempt could
// handle. It does no I/O; its ports are implemented by healthclient, notifierdb
// and the broker.
package system

import (
	"context"
	"sync"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
)

// Health is how one service is.
type Health struct {
	Service       string
	Status        string // healthy, degraded, unhealthy or Unreachable
	PendingEvents int64
	Broker        string // ok, unavailable, none or Unknown
	Database      string // ok, unavailable or Unknown
}

// The values of Health for a service that did not answer.
const (
	Unreachable = "unreachable"
	Unknown     = "unknown"
)

// Peer is a service that can be asked how it is.
type Peer interface {
	// Health returns how it is, with Unreachable when it does not say.
	Health(ctx context.Context) Health
}

// Broker is what is asked of the broker; an events.Inspector is one.
type Broker interface {
	Groups(ctx context.Context) ([]events.Group, error)
	DeadLetters(ctx context.Context, after string, limit int) ([]events.StoredDeadLetter, error)
	DeadLetter(ctx context.Context, id string) (events.StoredDeadLetter, error)
	ReplayDeadLetter(ctx context.Context, id string) error
}

// Results keeps what requests with an Idempotency-Key were answered.
type Results interface {
	// FindResult returns the result saved for a request's caller and key, or
	// false.
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// SaveResult saves the result of a request.
	SaveResult(ctx context.Context, r idempotency.Request, result []byte) error
}

const (
	// askTimeout bounds everything that one State is made of.
	askTimeout = 2 * time.Second
	// keep is how long a State is shown again: everyone who has the page open
	// asks.
	keep = time.Second
	// MaxCounted is where the count of dead letters ends.
	MaxCounted = 1000
	// maxListed bounds the dead letters of a State.
	maxListed = 100
)

// State is how everything is. What the broker did not tell is empty, and
// BrokerFailed is set.
type State struct {
	Services     []Health
	Groups       []events.Group
	DeadLetters  []events.StoredDeadLetter // the oldest, 100 at most
	DeadTotal    int                       // MaxCounted: that many or more
	BrokerFailed bool
}

// Options are what New needs. All but Broker are required.
type Options struct {
	Peers   []Peer
	Broker  Broker // nil: there is none
	Results Results
	Clock   clock.Clock
}

// Service answers for the system. It is safe for concurrent use.
type Service struct {
	options Options

	mu      sync.Mutex // held while everyone is asked, so that callers share the answer
	state   State
	askedAt time.Time

	replaying sync.Mutex // held during a Replay: two of one letter would send it twice
}

// New returns a Service.
func New(o Options) *Service { return &Service{options: o} }

// State returns how everything is now, or was a moment ago. What does not
// answer is part of the state, not an error.
func (s *Service) State(ctx context.Context) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.options.Clock.Now(); clock.Passed(s.askedAt, now, keep) {
		s.state = s.ask(ctx)
		s.askedAt = now
	}
	return s.state
}

// ask asks everyone at the same time. The answer is for all who wait, so the
// first caller's leaving does not end it.
func (s *Service) ask(ctx context.Context) State {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	state := State{Services: make([]Health, len(s.options.Peers))}
	var asking sync.WaitGroup
	for i, p := range s.options.Peers {
		asking.Go(func() { state.Services[i] = p.Health(ctx) })
	}
	if s.options.Broker != nil {
		asking.Go(func() {
			var groupsErr, lettersErr error
			state.Groups, groupsErr = s.options.Broker.Groups(ctx)
			state.DeadLetters, lettersErr = s.options.Broker.DeadLetters(ctx, "", MaxCounted)
			state.BrokerFailed = groupsErr != nil || lettersErr != nil
		})
	}
	asking.Wait()
	state.DeadTotal = len(state.DeadLetters)
	if state.DeadTotal > maxListed {
		state.DeadLetters = append([]events.StoredDeadLetter(nil), state.DeadLetters[:maxListed]...) // the rest need not be kept
	}
	return state
}
