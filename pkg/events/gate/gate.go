// Package gate is how the broker adapters end: calls under way are waited for,
// and later ones refused.
package gate

import (
	"sync"

	"inventory.example/pkg/events"
)

// Gate counts the calls under way. Make it with New.
type Gate struct {
	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	calls   sync.WaitGroup
}

// New returns a Gate that is open.
func New() *Gate { return &Gate{closing: make(chan struct{})} }

// Enter begins a call, which must Leave. It returns events.ErrClosed after
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

// Closing returns a channel that is closed as soon as Close is called.
func (g *Gate) Closing() <-chan struct{} { return g.closing }

// Close refuses further calls and returns when none is under way. It may be
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
