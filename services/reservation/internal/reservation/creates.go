package reservation

import (
	"context"
	"sync"
)

// rememberedCreates is how many recorded reservations are remembered, so that
// the repair asks nobody about them: some seconds at full load. Forgetting one
// costs a look into the database.
const rememberedCreates = 1 << 16

// creates knows the reservations that this process is creating at this moment
// or has just recorded. It only saves work: a process that knows nothing, such
// as one that was just started, repairs as correctly.
type creates struct {
	mu       sync.Mutex
	underWay map[string]*underWay
	recorded map[string]struct{}
	order    []string // ring of the ids in recorded
	next     int
}

type underWay struct {
	handlers int // more than one when a request was sent twice
	ended    chan struct{}
}

func newCreates() *creates {
	return &creates{
		underWay: map[string]*underWay{}, recorded: map[string]struct{}{}, order: make([]string, 0, rememberedCreates),
	}
}

// begin notes that a handler asks stock for the hold of id.
func (c *creates) begin(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.underWay[id]
	if w == nil {
		w = &underWay{ended: make(chan struct{})}
		c.underWay[id] = w
	}
	w.handlers++
}

// end notes that the handler is done, and whether the row is there now.
func (c *creates) end(id string, recorded bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if recorded {
		c.remember(id)
	}
	w := c.underWay[id]
	if w.handlers--; w.handlers == 0 {
		close(w.ended)
		delete(c.underWay, id)
	}
}

func (c *creates) remember(id string) {
	if _, known := c.recorded[id]; known {
		return
	}
	c.recorded[id] = struct{}{}
	if len(c.order) < cap(c.order) {
		c.order = append(c.order, id)
		return
	}
	delete(c.recorded, c.order[c.next])
	c.order[c.next] = id
	c.next = (c.next + 1) % len(c.order)
}

// isUnderWay reports whether a handler works on id.
func (c *creates) isUnderWay(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.underWay[id] != nil
}

// wait waits until no handler works on id and reports whether its row was
// recorded by this process.
func (c *creates) wait(ctx context.Context, id string) (recorded bool, err error) {
	for {
		c.mu.Lock()
		_, recorded = c.recorded[id]
		w := c.underWay[id]
		c.mu.Unlock()
		if recorded || w == nil {
			return recorded, nil
		}
		select {
		case <-w.ended:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
