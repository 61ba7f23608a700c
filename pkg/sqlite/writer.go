package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
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
	queue   *engine.Queue[func(*Tx) error]
	ended   sync.WaitGroup
	metrics metrics

	nextShortening int64 // size of the log at the next attempt of shortenLog
}

// command is a change in the queue or in a batch.
type command = engine.Queued[func(*Tx) error]

func startWriter(o Options, c *conn) *writer {
	w := &writer{options: o, conn: c, queue: engine.NewQueue[func(*Tx) error](o.QueueLength), metrics: newMetrics()}
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
		return db.writer.queue.Do(ctx, change, 0)
	}
	ctx, end := db.options.Trace(ctx)
	err := db.writer.queue.Do(ctx, change, 0)
	end(err)
	return err
}

// stop ends the loop after the queued changes and reports whether this call
// closed the queue.
func (w *writer) stop() bool {
	first := w.queue.Close()
	w.ended.Wait()
	return first
}

func (w *writer) loop() {
	var last time.Time // end of the last group
	for first, ok := w.queue.Receive(); ok; first, ok = w.queue.Receive() {
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
		c.End(err)
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
		if c.Begin() {
			batch = append(batch, c)
			tx.beginChange()
			if c.Err = runChange(tx, c.Change); tx.broken != nil {
				return batch, tx.broken
			}
			if c.Err != nil {
				tx.undoStaged()
				if tx.wrote {
					return batch, errUndo
				}
			}
		}
		if len(batch) >= w.options.MaxBatch {
			break
		}
		next, ok := w.queue.Next()
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
		if c.Begin() {
			batch = append(batch, c)
		}
		if len(batch) >= w.options.MaxBatch {
			return batch
		}
		next, ok := w.queue.Ready()
		if !ok {
			return batch
		}
		c = next
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
		if c.Err = runChange(tx, c.Change); tx.broken != nil {
			return tx.broken
		}
		if c.Err != nil {
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
