package broker

import (
	"context"
	"sync"
	"sync/atomic"

	"inventory.example/pkg/events"
)

// noPublisher is the publisher of MESSAGE_BROKER=none: it takes nothing, so
// events stay pending until a broker is configured.
type noPublisher struct{ closed atomic.Bool }

func newNoPublisher() *noPublisher { return &noPublisher{} }

// Publish implements events.Publisher.
func (p *noPublisher) Publish(ctx context.Context, event events.Event) error {
	return p.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher.
func (p *noPublisher) PublishBatch(ctx context.Context, _ []events.Event) error {
	if p.closed.Load() {
		return events.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return events.ErrNoBroker
}

// Close implements events.Publisher.
func (p *noPublisher) Close() error {
	p.closed.Store(true)
	return nil
}

// noSubscriber is the subscriber of MESSAGE_BROKER=none: nothing ever comes.
type noSubscriber struct {
	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	running sync.WaitGroup
}

func newNoSubscriber() *noSubscriber { return &noSubscriber{closing: make(chan struct{})} }

// Subscribe implements events.Subscriber.
func (s *noSubscriber) Subscribe(ctx context.Context, _ events.Subscription) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return events.ErrClosed
	}
	s.running.Add(1)
	s.mu.Unlock()
	defer s.running.Done()
	select {
	case <-ctx.Done():
	case <-s.closing:
	}
	return nil
}

// Close implements events.Subscriber.
func (s *noSubscriber) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	s.running.Wait()
	return nil
}
