package postgres

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"inventory.example/pkg/engine"
)

// writer owns the writing connection. One goroutine takes changes from the
// queue, as many as are there, and commits them as one group.
type writer struct {
	options Options
	config  *pgx.ConnConfig
	conn    *pgx.Conn // nil: there is none at the moment
	queue   chan *command
	ended   sync.WaitGroup
	metrics metrics

	id     string // of this writer in writer_groups
	number int64  // of its last attempt to commit
	away   bool   // the last group could not be committed for RetryFor

	mu     sync.RWMutex // guards closed and the closing of queue
	closed bool
	drain  context.Context // ends RetryFor after closed was set
	cancel context.CancelFunc
}

type command struct {
	needs  []Need
	change func(*Tx) error
	state  atomic.Int32
	err    error // of the change itself
	done   chan error
}

// The states of a command: a caller that gives up takes a waiting command out,
// never one that has begun.
const (
	waiting int32 = iota
	begun
	abandoned
)

var (
	errWriterClosed = errors.New("the database is closed")
	errWriterBusy   = errors.New("the server has not committed the group before this change")
)

func startWriter(o Options, config *pgx.ConnConfig, conn *pgx.Conn) *writer {
	w := &writer{
		options: o, config: config, conn: conn, queue: make(chan *command, o.QueueLength),
		metrics: newMetrics(), id: newWriterID(),
	}
	w.drain, w.cancel = context.WithCancel(context.Background())
	w.ended.Go(w.loop)
	return w
}

// Write runs change within the current group and returns after the commit.
// Nothing that change did exists unless Write returns nil; its error comes back
// as it is. A database that cannot write for RetryFor, a wait of that time in the
// queue, or a full queue is an engine.UnavailableError. ErrUnknownOutcome is the one exception: the change
// may be in the database.
//
// needs name the records that change will read: they are a hint that saves
// exchanges, and nothing depends on them.
//
// change runs on the writer goroutine and every other change waits for it: it
// only computes and uses the Tx; no network, channel, lock, log or clock. It may
// run more than once, so it must assign each variable outside it anew each
// time; their values are valid only after Write returned nil. A panic inside undoes
// this change only and comes back as an error. When ctx ends while change waits
// in the queue, Write returns ctx's error and change never runs; once it has
// begun, Write waits for its outcome.
func (db *DB) Write(ctx context.Context, needs []Need, change func(*Tx) error) error {
	if db.options.Trace == nil {
		return db.writer.write(ctx, needs, change)
	}
	ctx, end := db.options.Trace(ctx)
	err := db.writer.write(ctx, needs, change)
	end(err)
	return err
}

func (w *writer) write(ctx context.Context, needs []Need, change func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &command{needs: needs, change: change, done: make(chan error, 1)}
	if err := w.enqueue(c); err != nil {
		return err
	}
	patience := time.NewTimer(w.options.RetryFor)
	defer patience.Stop()
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
	case <-patience.C:
		if c.state.CompareAndSwap(waiting, abandoned) {
			return refuse(errWriterBusy)
		}
	}
	return <-c.done
}

func (w *writer) enqueue(c *command) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return refuse(errWriterClosed)
	}
	select {
	case w.queue <- c:
		return nil
	default:
		return &engine.UnavailableError{}
	}
}

// stop ends the loop after the queued changes, for which the server has RetryFor
// in all, and reports whether this call did it.
func (w *writer) stop() bool {
	w.mu.Lock()
	first := !w.closed
	w.closed = true
	if first {
		close(w.queue)
	}
	w.mu.Unlock()
	if first {
		limit := time.AfterFunc(w.options.RetryFor, w.cancel)
		defer limit.Stop()
	}
	w.ended.Wait()
	if first {
		w.cancel()
	}
	return first
}

func (w *writer) loop() {
	for first := range w.queue {
		if group := w.gather(first); len(group) > 0 {
			w.commit(group)
		}
	}
	w.disconnect()
}

// gather returns first and all that is queued after it, without those whose
// callers have given up.
func (w *writer) gather(first *command) (group []*command) {
	for c, ok := first, true; ok; c, ok = w.nextReady() {
		if c.state.CompareAndSwap(waiting, begun) {
			group = append(group, c)
		}
		if len(group) == w.options.MaxBatch {
			break
		}
	}
	return group
}

// nextReady takes the next command, if necessary after it has let the goroutines
// run that are ready to queue one: those that the last commit woke, or that a
// response of another service woke together. An idle process waits for nothing.
func (w *writer) nextReady() (*command, bool) {
	if c, ok := w.nextQueued(); ok {
		return c, true
	}
	runtime.Gosched()
	return w.nextQueued()
}

// nextQueued takes a queued command without waiting.
func (w *writer) nextQueued() (*command, bool) {
	select {
	case c, open := <-w.queue:
		return c, open
	default:
		return nil, false
	}
}

// commit commits a group, again after errors that pass by themselves, and gives
// all callers their results.
func (w *writer) commit(group []*command) {
	ctx, cancel := context.WithTimeout(w.drain, w.options.RetryFor)
	defer cancel()
	var pauses backoff
	for {
		staged, err := w.attempt(ctx, group)
		if err == nil {
			w.away = false
			deliver(staged)
			respond(group, nil)
			return
		}
		k := kindOf(err)
		switch {
		case errors.Is(err, ErrUnknownOutcome):
			w.fail(group, err, err)
			return
		case k == ownFault:
			w.isolate(group, err)
			return
		case k != unavailable && !w.away:
			w.metrics.retries.Inc()
			w.options.Logger.Warn("group is tried again", slog.String("schema", w.options.Schema), slog.Any("err", err))
			if pauses.pauseNext(ctx) == nil {
				continue
			}
		}
		w.away = true
		w.fail(group, err, refuse(err))
		w.refuseQueued(err)
		return
	}
}

// isolate commits the halves of a group of which the server has refused a
// record, so that the refusal hits the change only that wrote it. No other
// process can have caused it: the group had the write token.
func (w *writer) isolate(group []*command, err error) {
	if len(group) == 1 {
		w.fail(group, err, err)
		return
	}
	half := len(group) / 2
	w.commit(group[:half])
	w.commit(group[half:])
}

// fail gives all callers of a group the same error.
func (w *writer) fail(group []*command, cause, err error) {
	w.metrics.failures.Inc()
	w.options.Logger.Error("commit failed", slog.String("schema", w.options.Schema), slog.Any("err", cause))
	respond(group, err)
}

// refuseQueued refuses the queued changes while the server is away: they have
// waited for it together with the group that has just failed.
func (w *writer) refuseQueued(cause error) {
	for range len(w.queue) {
		c, ok := w.nextQueued()
		if !ok {
			return
		}
		if c.state.CompareAndSwap(waiting, begun) {
			c.done <- refuse(cause)
		}
	}
}

// respond gives each caller the error of the group, or of its own change.
func respond(group []*command, err error) {
	for _, c := range group {
		if err != nil {
			c.done <- err
			continue
		}
		c.done <- c.err
	}
}
