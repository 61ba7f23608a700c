package system

import (
	"context"
	"fmt"

	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// maxID is longer than the ids of dead letters of every broker.
const maxID = 128

// ErrNoBroker is the error of a Replay where there is no broker.
var ErrNoBroker = problem.New(problem.InvalidState, "No message broker is configured (MESSAGE_BROKER=none).")

// Replayed is a dead letter whose event was sent to its group once more.
type Replayed struct {
	ID      string
	Group   string
	EventID string
}

// Replay sends the event of a dead letter once more to the group that could not
// handle it, and removes the dead letter. It fails with the errors of an
// events.Inspector. The broker and the saved result have no common transaction:
// after a crash between the two, a repeated request gets an error, because the dead
// letter is gone.
func (s *Service) Replay(ctx context.Context, id string, once idempotency.Request) (r Replayed, again bool, err error) {
	var checks problem.Checks
	checks.Word("id", id, 1, maxID)
	if err := checks.Err(); err != nil {
		return r, false, err
	}
	s.replaying.Lock()
	defer s.replaying.Unlock()
	if r, again, err = idempotency.Replay(finder{ctx, s.options.Results, once}, once, s.options.Saved); err != nil || again {
		return r, again, err
	}
	if s.options.Broker == nil {
		return r, false, ErrNoBroker
	}
	letter, err := s.options.Broker.DeadLetter(ctx, id)
	if err != nil {
		return r, false, err
	}
	if err := s.options.Broker.ReplayDeadLetter(ctx, id); err != nil {
		return r, false, err
	}
	s.expireState()
	r = Replayed{ID: letter.ID, Group: letter.Group, EventID: letter.EventID}
	if !once.Asked() {
		return r, false, nil
	}
	result, err := s.options.Saved.Encode(r)
	if err != nil {
		return r, false, fmt.Errorf("encode result: %w", err)
	}
	// The replay is done, even if the caller has gone.
	return r, false, s.options.Results.SaveResult(context.WithoutCancel(ctx), once, result)
}

// expireState makes the next call of State read it again.
func (s *Service) expireState() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.askedAt = s.askedAt.Add(-keep)
}

// finder is an idempotency.Finder for one request.
type finder struct {
	ctx     context.Context
	results Results
	once    idempotency.Request
}

// FindResult implements idempotency.Finder.
func (f finder) FindResult(string, string) (idempotency.Saved, bool, error) {
	return f.results.FindResult(f.ctx, f.once)
}

var _ Broker = events.Inspector(nil)
