package engine

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// The causes with which a Queue refuses a change.
var (
	errClosed = errors.New("the database is closed")
	errBusy   = errors.New("the database has not committed the changes before this one")
)

// Queue passes changes from many callers to the one goroutine that commits them
// in groups. C is a change, as its engine describes it.
type Queue[C any] struct {
	waiting chan *Queued[C]

	mu     sync.RWMutex // guards closed and the closing of waiting
	closed bool
}

// Queued is a change in a queue, and afterwards in a group.
type Queued[C any] struct {
	Change C
	// Err is the error of the change itself, for a group that was committed.
	Err error

	state atomic.Int32
	ended chan error
}

// The states of a queued change: a caller that gives up removes a waiting change,
// never one that has begun.
const (
	waiting int32 = iota
	begun
	abandoned
)

// NewQueue returns a queue for at most length changes.
func NewQueue[C any](length int) *Queue[C] {
	return &Queue[C]{waiting: make(chan *Queued[C], length)}
}

// Do queues a change and returns its error after its group has ended. It returns
// an UnavailableError when the queue is full or closed, or when the change has not
// begun after patience (0: no limit), and ctx's error when ctx ends before it has
// begun; it never begins then.
func (q *Queue[C]) Do(ctx context.Context, change C, patience time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &Queued[C]{Change: change, ended: make(chan error, 1)}
	if err := q.put(c); err != nil {
		return err
	}
	var impatient <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		impatient = timer.C
	}
	select {
	case err := <-c.ended:
		return err
	case <-ctx.Done():
		if c.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
	case <-impatient:
		if c.state.CompareAndSwap(waiting, abandoned) {
			return &UnavailableError{Cause: errBusy}
		}
	}
	return <-c.ended
}

func (q *Queue[C]) put(c *Queued[C]) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return &UnavailableError{Cause: errClosed}
	}
	select {
	case q.waiting <- c:
		return nil
	default:
		return &UnavailableError{}
	}
}

// Close refuses further changes and reports whether this call closed the queue.
// The changes in it can still be received.
func (q *Queue[C]) Close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	close(q.waiting)
	return true
}

// IsClosed reports whether Close was called.
func (q *Queue[C]) IsClosed() bool {
	q.mu.RLock()
	defer q.mu.RUnlock()
	return q.closed
}

// Len returns how many changes are in the queue.
func (q *Queue[C]) Len() int { return len(q.waiting) }

// Receive waits for the next change; false when the queue is closed and empty.
func (q *Queue[C]) Receive() (*Queued[C], bool) {
	c, open := <-q.waiting
	return c, open
}

// Next takes the next change. If the queue is empty, it first lets the goroutines
// run that are ready to queue one: callers of the last commit, or goroutines that
// the response of another service woke together. A group of all of them costs one
// commit where each would have cost its own, and an idle process waits for
// nothing.
func (q *Queue[C]) Next() (*Queued[C], bool) {
	if c, ok := q.Ready(); ok {
		return c, true
	}
	runtime.Gosched()
	return q.Ready()
}

// Ready takes a change that is in the queue, without waiting.
func (q *Queue[C]) Ready() (*Queued[C], bool) {
	select {
	case c, open := <-q.waiting:
		return c, open
	default:
		return nil, false
	}
}

// Begin reports whether the change may run: its caller still waits for it, until
// End.
func (c *Queued[C]) Begin() bool { return c.state.CompareAndSwap(waiting, begun) }

// End gives the caller of a change that began the error of its group, or without
// one that of the change.
func (c *Queued[C]) End(group error) {
	if group != nil {
		c.ended <- group
		return
	}
	c.ended <- c.Err
}
