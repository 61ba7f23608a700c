// Package system shows operators the state of the whole installation: the health of
// each service, the lag of the consumer groups, and the dead letters. It does no
// I/O; its ports are implemented by healthclient, notifierdb and the broker.
package system

import (
	"context"
	"sync"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
)

// Health is the health of one service.
type Health struct {
	Service       string
	Status        string // healthy, degraded, unhealthy or Unreachable
	PendingEvents int64
	Broker        string // ok, unavailable, none or Unknown
	Database      string // ok, unavailable or Unknown
}

// The values of Health for a service that did not respond.
const (
	Unreachable = "unreachable"
	Unknown     = "unknown"
)

// Peer is a service whose health can be read.
type Peer interface {
	// Health returns the health of the service, Unreachable when it does not respond.
	Health(ctx context.Context) Health
}

// Broker is the part of the broker that the system needs; an events.Inspector is
// one.
type Broker interface {
	Groups(ctx context.Context) ([]events.Group, error)
	DeadLetters(ctx context.Context, after string, limit int) ([]events.StoredDeadLetter, error)
	DeadLetter(ctx context.Context, id string) (events.StoredDeadLetter, error)
	ReplayDeadLetter(ctx context.Context, id string) error
}

// Results keeps the results of requests with an Idempotency-Key.
type Results interface {
	// FindResult returns the result saved for a request's caller and key, or
	// false.
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// SaveResult saves the result of a request. It returns idempotency.ErrConflict,
	// and saves nothing, when the request's caller and key have a result.
	SaveResult(ctx context.Context, r idempotency.Request, result []byte) error
}

const (
	// askTimeout bounds the reading of one State.
	askTimeout = 2 * time.Second
	// keep is how long a State is returned again: every open page asks for it.
	keep = time.Second
	// MaxCounted is the highest count of dead letters.
	MaxCounted = 1000
	// maxListed bounds the dead letters of a State.
	maxListed = 100
)

// State is the state of the installation. Without a response of the broker its
// parts are empty, and BrokerFailed is set.
type State struct {
	Services     []Health
	Groups       []events.Group
	DeadLetters  []events.StoredDeadLetter // the oldest, 100 at most
	DeadTotal    int                       // MaxCounted: that many or more
	BrokerFailed bool
}

// Options are the ports of a Service. All but Broker are required.
type Options struct {
	Peers   []Peer
	Broker  Broker // nil: there is none
	Results Results
	Saved   idempotency.Format[Replayed] // of the results of requests with a key
	Clock   clock.Clock
}

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	options Options

	mu      sync.Mutex // locked while the state is read, so that callers share it
	state   State
	askedAt time.Time

	replaying sync.Mutex // locked during a Replay: two of one dead letter would send it twice
}

// New returns a Service.
func New(o Options) *Service { return &Service{options: o} }

// State returns the state of the installation, at most a second old. A service that
// does not respond is part of the state, not an error.
func (s *Service) State(ctx context.Context) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.options.Clock.Now(); clock.Passed(s.askedAt, now, keep) {
		s.state = s.readState(ctx)
		s.askedAt = now
	}
	return s.state
}

// readState asks all services and the broker at the same time. All waiting callers
// share the result, so that it does not end with the context of the first one.
func (s *Service) readState(ctx context.Context) State {
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
