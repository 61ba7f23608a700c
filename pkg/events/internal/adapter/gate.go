// Package adapter holds the parts that every broker adapter has: the publisher
// and subscriber that end in order, the member of a consumer group with its
// log, the batch that sorts fetched records, and the store of dead letters.
package adapter

import (
	"context"
	"sync"

	"inventory.example/pkg/events"
)

// Gate ends a broker, publisher or subscriber in order: Close waits for the
// calls under way, and later calls are refused. Create it with NewGate.
type Gate struct {
	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	calls   sync.WaitGroup
}

// NewGate returns an open Gate.
func NewGate() *Gate { return &Gate{closing: make(chan struct{})} }

// Enter begins a call, whose end is Leave. It returns events.ErrClosed after
// Close.
func (g *Gate) Enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return events.ErrClosed
	}
	g.calls.Add(1)
	return nil
}

// Leave ends a call.
func (g *Gate) Leave() { g.calls.Done() }

// Run runs call and returns its error. It returns events.ErrClosed after Close.
func (g *Gate) Run(call func() error) error {
	if err := g.Enter(); err != nil {
		return err
	}
	defer g.Leave()
	return call()
}

// Closing returns a channel that is closed as soon as Close is called.
func (g *Gate) Closing() <-chan struct{} { return g.closing }

// Close refuses further calls and returns when no call is under way. It may be
// called more than once.
func (g *Gate) Close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		close(g.closing)
	}
	g.mu.Unlock()
	g.calls.Wait()
}

// BoundContext returns a context that ends with ctx, or with events.ErrClosed
// as its cause when one of the gates closes. The caller must call release.
func BoundContext(ctx context.Context, gates ...*Gate) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	for _, g := range gates {
		watch.Go(func() {
			select {
			case <-g.Closing():
				cancel(events.ErrClosed)
			case <-ctx.Done():
			}
		})
	}
	return ctx, func() {
		cancel(nil)
		watch.Wait()
	}
}
