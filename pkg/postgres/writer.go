package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
	queue   *engine.Queue[change]
	ended   sync.WaitGroup
	metrics metrics

	id     string // of this writer in writer_groups
	number int64  // of its last attempt to commit
	away   bool   // the last group could not be committed for RetryFor

	drain  context.Context // ends RetryFor after the queue was closed
	cancel context.CancelFunc
}

// change is a change with the records that it will read.
type change struct {
	needs []Need
	run   func(*Tx) error
}

// command is a change in the queue or in a group.
type command = engine.Queued[change]

func startWriter(o Options, config *pgx.ConnConfig, conn *pgx.Conn) *writer {
	w := &writer{
		options: o, config: config, conn: conn, queue: engine.NewQueue[change](o.QueueLength),
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
// run runs on the writer goroutine and every other change waits for it: it
// only computes and uses the Tx; no network, channel, lock, log or clock. It may
// run more than once, so it must assign each variable outside it anew each
// time; their values are valid only after Write returned nil. A panic inside undoes
// this change only and comes back as an error. When ctx ends while change waits
// in the queue, Write returns ctx's error and change never runs; once it has
// begun, Write waits for its outcome.
func (db *DB) Write(ctx context.Context, needs []Need, run func(*Tx) error) error {
	do := func(ctx context.Context) error {
		return db.writer.queue.Do(ctx, change{needs, run}, db.options.RetryFor)
	}
	if db.options.Trace == nil {
		return do(ctx)
	}
	ctx, end := db.options.Trace(ctx)
	err := do(ctx)
	end(err)
	return err
}

// stop ends the loop after the queued changes, for which the server has RetryFor
// in all, and reports whether this call did it.
func (w *writer) stop() bool {
	first := w.queue.Close()
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
	for first, ok := w.queue.Receive(); ok; first, ok = w.queue.Receive() {
		if group := w.gather(first); len(group) > 0 {
			w.commit(group)
		}
	}
	w.disconnect()
}

// gather returns first and all that is queued after it, without those whose
// callers have given up.
func (w *writer) gather(first *command) (group []*command) {
	for c, ok := first, true; ok; c, ok = w.queue.Next() {
		if c.Begin() {
			group = append(group, c)
		}
		if len(group) == w.options.MaxBatch {
			break
		}
	}
	return group
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
	for range w.queue.Len() {
		c, ok := w.queue.Ready()
		if !ok {
			return
		}
		if c.Begin() {
			c.End(refuse(cause))
		}
	}
}

// respond gives each caller the error of the group, or of its own change.
func respond(group []*command, err error) {
	for _, c := range group {
		c.End(err)
	}
}
