package stockclient

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/services/reservation/internal/reservation"
)

// batcher turns many calls into few: while a request is in flight the next
// calls gather, and leave together when it has come back. A call that finds
// nothing in flight leaves at once, so gathering adds no delay.
type batcher[Q, A any] struct {
	// send carries one request; it returns the results of all questions, in their order.
	send     func(ctx context.Context, questions []Q) ([]A, error)
	ctx      context.Context // of the requests; ends with the client
	inFlight int             // requests at the same time at most
	maxBatch int             // questions in one request at most
	// weight bounds a request too: the questions after the first one weigh maxWeight in
	// all at most. nil: it does not.
	weight func(Q) int

	mu      sync.Mutex
	waiting []*call[Q, A]
	senders int
	closed  bool
	ended   sync.WaitGroup // of the senders; none begins after closed
}

type call[Q, A any] struct {
	question Q
	answer   A
	err      error
	done     chan struct{}
}

// ask sends a question and waits for its result. When ctx ends before the question is
// sent, it is withdrawn: the error's chain then has reservation.ErrNothingDone. After
// it was sent, its outcome is unknown.
func (b *batcher[Q, A]) ask(ctx context.Context, question Q) (A, error) {
	c := &call[Q, A]{question: question, done: make(chan struct{})}
	b.mu.Lock()
	if refusal := b.refusal(); refusal != nil {
		b.mu.Unlock()
		return c.answer, nothingDone(refusal)
	}
	b.waiting = append(b.waiting, c)
	if b.senders < b.inFlight {
		b.senders++
		b.ended.Go(b.sendAll)
	}
	b.mu.Unlock()
	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
		var none A
		if b.takeBack(c) {
			return none, nothingDone(ctx.Err())
		}
		return none, ctx.Err()
	}
}

// maxWaiting limits the questions that are collected during a request: eight full
// batches. More are refused at once.
const maxWaiting = 8 * stockwire.MaxBatch

// refusal says why no further question is taken, nil when one is.
func (b *batcher[Q, A]) refusal() error {
	switch {
	case b.closed:
		return errClosed
	case len(b.waiting) >= maxWaiting:
		return errFull
	default:
		return nil
	}
}

// close refuses further questions and waits for the requests under way, which
// end with the client's context.
func (b *batcher[Q, A]) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.ended.Wait()
}

// takeBack removes a call that has not left yet and reports whether it could.
func (b *batcher[Q, A]) takeBack(c *call[Q, A]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.waiting {
		if w == c {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// sendAll sends batches until no question waits.
func (b *batcher[Q, A]) sendAll() {
	for {
		// Let the ready goroutines ask first: those that one response woke, or whose
		// requests came together, are sent together.
		runtime.Gosched()
		batch := b.next()
		if batch == nil {
			return
		}
		questions := make([]Q, len(batch))
		for i, c := range batch {
			questions[i] = c.question
		}
		answers, err := b.send(b.ctx, questions)
		for i, c := range batch {
			if c.err = err; err == nil {
				c.answer = answers[i]
			}
			close(c.done)
		}
	}
}

// next takes the waiting questions; if there are none, it ends this sender.
func (b *batcher[Q, A]) next() []*call[Q, A] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.senders--
		return nil
	}
	n := b.fitting()
	batch := append([]*call[Q, A](nil), b.waiting[:n]...)
	b.waiting = append(b.waiting[:0], b.waiting[n:]...)
	return batch
}

// fitting returns how many of the waiting questions one request takes.
func (b *batcher[Q, A]) fitting() int {
	n := min(len(b.waiting), b.maxBatch)
	if b.weight == nil {
		return n
	}
	total := 0
	for i, w := range b.waiting[:n] {
		if total += b.weight(w.question); i > 0 && total > maxWeight {
			return i
		}
	}
	return n
}

var (
	errClosed = errors.New("the client is closed")
	errFull   = errors.New("too many requests wait for stock")
)

func nothingDone(cause error) error { return &nothingDoneError{cause} }

// nothingDoneError is reservation.ErrNothingDone with its cause.
type nothingDoneError struct{ cause error }

func (e *nothingDoneError) Error() string {
	return reservation.ErrNothingDone.Error() + ": " + e.cause.Error()
}
func (e *nothingDoneError) Unwrap() []error { return []error{reservation.ErrNothingDone, e.cause} }
