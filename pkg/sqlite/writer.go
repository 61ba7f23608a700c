package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/engine"
)

// writer owns the writing connection. One goroutine takes all queued changes,
// runs them in one transaction, commits, and returns their results.
//
// A batch first runs without savepoints. A change that fails before it wrote
// anything, such as a hold without stock, has nothing to undo and disturbs no
// other change. When a change fails after it wrote, or panics, the transaction
// is rolled back and the same changes run once more, each in a savepoint, so
// that only the failing one is undone. Changes must therefore be able to run
// twice.
type writer struct {
	options Options
	conn    *conn
	queue   chan *command
	ended   sync.WaitGroup
	metrics metrics

	nextShortening int64 // size of the log at the next attempt of shortenLog

	mu     sync.RWMutex // guards closed and the closing of queue
	closed bool
}

type command struct {
	change func(*Tx) error
	state  atomic.Int32
	err    error // of the change itself
	done   chan error
}

// The states of a command: a caller that gives up removes a waiting command,
// never one that has begun.
const (
	waiting int32 = iota
	begun
	abandoned
)

var errWriterClosed = errors.New("the database is closed")

func startWriter(o Options, c *conn) *writer {
	w := &writer{options: o, conn: c, queue: make(chan *command, o.QueueLength), metrics: newMetrics()}
	w.ended.Go(w.loop)
	return w
}

// Write runs change within the current group commit and returns after the
// fsync. Nothing of the change is stored unless Write returns nil; its error is
// returned unchanged. A database that cannot write at the moment, or a full
// queue, is an engine.UnavailableError.
//
// change runs on the writer goroutine and all later changes wait for it: it
// only computes and uses the Tx; no network, channel, lock, log or clock. It
// may run more than once, so it must assign every outside variable anew each
// time, and those are valid only after Write returned nil. A panic inside
// undoes this change only and becomes its error. When ctx ends while change
// waits in the queue, Write returns ctx's error and change never runs; once it
// has begun, Write waits for its outcome.
func (db *DB) Write(ctx context.Context, change func(*Tx) error) error {
	if db.options.Trace == nil {
		return db.writer.write(ctx, change)
	}
	ctx, end := db.options.Trace(ctx)
	err := db.writer.write(ctx, change)
	end(err)
	return err
}

func (w *writer) write(ctx context.Context, change func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &command{change: change, done: make(chan error, 1)}
	if err := w.enqueue(c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		return <-c.done
	}
}

func (w *writer) enqueue(c *command) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return unavailable(errWriterClosed)
	}
	select {
	case w.queue <- c:
		return nil
	default:
		return &engine.UnavailableError{}
	}
}

// stop ends the loop after the queued changes and reports whether this call
// closed the queue.
func (w *writer) stop() bool {
	w.mu.Lock()
	first := !w.closed
	w.closed = true
	if first {
		close(w.queue)
	}
	w.mu.Unlock()
	w.ended.Wait()
	return first
}

func (w *writer) loop() {
	var last time.Time // end of the last group
	for first := range w.queue {
		// A pause on the machine's own clock: no rule depends on it.
		time.Sleep(w.options.Pace - time.Since(last))
		w.commitGroup(first)
		w.shortenLog()
		last = time.Now()
	}
}

// commitGroup runs one group commit that begins with first.
func (w *writer) commitGroup(first *command) {
	var batch []*command
	tx := &Tx{conn: w.conn}
	err := w.conn.run("BEGIN IMMEDIATE")
	if err == nil {
		batch, err = w.runOptimistic(tx, first)
	} else {
		batch = w.drainRefused(first)
	}
	if errors.Is(err, errUndo) {
		err = w.rerunInSavepoints(tx, batch)
	}
	if err == nil {
		err = w.commit(len(batch))
	}
	if err != nil {
		w.metrics.failures.Inc()
		w.restoreConnection(err)
		err = unavailable(err)
	} else {
		tx.deliverStaged()
	}
	for _, c := range batch {
		if err != nil {
			c.done <- err
			continue
		}
		c.done <- c.err
	}
}

// commit commits a batch of changes and measures the time.
func (w *writer) commit(changes int) error {
	began := time.Now() // of the machine's own clock: no rule depends on it
	if err := w.conn.run("COMMIT"); err != nil {
		return err
	}
	w.metrics.seconds.Observe(time.Since(began).Seconds())
	w.metrics.changes.Observe(float64(changes))
	return nil
}

// errUndo means that a change failed after it had written.
var errUndo = errors.New("a change must be undone")

// runOptimistic runs first and all changes queued after it, without savepoints.
func (w *writer) runOptimistic(tx *Tx, first *command) ([]*command, error) {
	var batch []*command
	for c := first; ; {
		if c.state.CompareAndSwap(waiting, begun) {
			batch = append(batch, c)
			tx.beginChange()
			if c.err = runChange(tx, c.change); tx.broken != nil {
				return batch, tx.broken
			}
			if c.err != nil {
				tx.undoStaged()
				if tx.wrote {
					return batch, errUndo
				}
			}
		}
		if len(batch) >= w.options.MaxBatch {
			break
		}
		next, ok := w.nextReady()
		if !ok {
			break
		}
		c = next
	}
	if w.options.Rehearse {
		return batch, errUndo
	}
	return batch, nil
}

// drainRefused returns first and the changes queued after it, which are refused
// without being run: if another program owns the lock, they wait for it
// together and not one after the other.
func (w *writer) drainRefused(first *command) []*command {
	var batch []*command
	for c := first; ; {
		if c.state.CompareAndSwap(waiting, begun) {
			batch = append(batch, c)
		}
		if len(batch) >= w.options.MaxBatch {
			return batch
		}
		next, ok := w.nextQueued()
		if !ok {
			return batch
		}
		c = next
	}
}

// nextReady takes the next command. If the queue is empty, it first lets the
// goroutines run that are ready to queue one: callers of the last commit, or
// goroutines that the response of another service woke together. A batch of all
// of them costs one commit where each would have cost its own, and an idle
// process waits for nothing.
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

// rerunInSavepoints runs the batch in a new transaction, each change in a savepoint.
func (w *writer) rerunInSavepoints(tx *Tx, batch []*command) error {
	tx.staged = nil
	if err := w.conn.run("ROLLBACK"); err != nil {
		return err
	}
	if err := w.conn.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, c := range batch {
		if err := w.conn.run("SAVEPOINT change"); err != nil {
			return err
		}
		tx.beginChange()
		if c.err = runChange(tx, c.change); tx.broken != nil {
			return tx.broken
		}
		if c.err != nil {
			tx.undoStaged()
			if err := w.conn.run("ROLLBACK TO change"); err != nil {
				return err
			}
		}
		if err := w.conn.run("RELEASE change"); err != nil {
			return err
		}
	}
	return nil
}

// runChange runs a change and turns a panic into an error.
func runChange(tx *Tx, change func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			tx.wrote = true // it may have
			err = fmt.Errorf("panic in a change: %v\n%s", p, debug.Stack())
		}
	}()
	return change(tx)
}

// restoreConnection brings the connection back to a state from which the next batch can
// begin: SQLite rolls back by itself after some errors, and a connection whose
// rollback fails is replaced.
func (w *writer) restoreConnection(cause error) {
	w.options.Logger.Error("commit failed", slog.String("database", w.options.Path), slog.Any("err", cause))
	if w.conn.AutoCommit() {
		return
	}
	if w.conn.run("ROLLBACK") == nil {
		return
	}
	fresh, err := openConn(w.options)
	if err != nil {
		w.options.Logger.Error("reopen failed", slog.String("database", w.options.Path), slog.Any("err", err))
		return
	}
	old := w.conn
	w.conn = fresh
	if err := old.Close(); err != nil {
		w.options.Logger.Warn("close of a failed connection", slog.Any("err", err))
	}
}
