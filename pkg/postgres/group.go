package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// READ COMMITTED, also where the server's default is another level: each
	// statement sees all commits before its own beginning. The token is a statement
	// of its own before all that read, so those see every write of any group before.
	sqlBegin = `BEGIN ISOLATION LEVEL READ COMMITTED`
	// The token is a record that is never updated, so it has one version for ever.
	sqlToken = `SELECT id FROM writer_token FOR UPDATE`

	sqlMark = `INSERT INTO writer_groups AS g (writer, number, committed_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (writer) DO UPDATE SET number = excluded.number, committed_at = excluded.committed_at`
	sqlMarked = `SELECT COALESCE((SELECT number FROM writer_groups WHERE writer = $1), 0)`
)

// group is one attempt to commit changes: a transaction with all that it has
// read and written so far. An attempt that fails is dropped as a whole.
type group struct {
	writer *writer
	conn   *pgx.Conn
	ctx    context.Context // of the attempt, up to its COMMIT
	tables map[Table]tableState
	order  []tableState
	staged []staged
	wrote  bool  // a change has written by statements of its own
	broken error // nothing more can be done in this transaction
}

// attempt runs the changes in a transaction and returns the values that they
// staged. Unless the error has ErrUnknownOutcome in its chain, an error means that nothing was
// changed.
func (w *writer) attempt(ctx context.Context, commands []*command) (all []staged, err error) {
	if w.conn == nil {
		if w.conn, err = connect(ctx, w.config, w.options.Schema); err != nil {
			return nil, err
		}
	}
	g := w.newGroup(ctx)
	if err = g.begin(commands); err == nil {
		err = g.runAll(commands)
	}
	if err == nil {
		err = g.commit(len(commands))
	}
	if err != nil {
		w.recoverFrom(err)
		return nil, err
	}
	return g.staged, nil
}

func (w *writer) newGroup(ctx context.Context) *group {
	g := &group{writer: w, conn: w.conn, ctx: ctx, tables: make(map[Table]tableState, len(w.options.Tables))}
	for _, table := range w.options.Tables {
		state := table.newState()
		g.tables[table] = state
		g.order = append(g.order, state)
	}
	return g
}

// begin is the first exchange: the token, then everything that the changes need.
func (g *group) begin(commands []*command) error {
	var batch pgx.Batch
	batch.Queue(sqlBegin)
	began := time.Now() // of the machine's own clock: no rule depends on it
	batch.Queue(sqlToken).QueryRow(func(row pgx.Row) error {
		var id int16
		if err := row.Scan(&id); err != nil {
			return fmt.Errorf("take the write token: %w", err)
		}
		g.writer.metrics.tokenWait.Observe(time.Since(began).Seconds())
		return nil
	})
	g.want(commands)
	g.queueReads(&batch)
	return g.send(&batch)
}

// want notes the records that the changes have named.
func (g *group) want(commands []*command) {
	for _, c := range commands {
		for _, need := range c.Change.needs {
			need.want(g)
		}
	}
}

func (g *group) queueReads(batch *pgx.Batch) {
	for _, state := range g.order {
		state.queueRead(batch)
	}
}

// send is an exchange before COMMIT: a server that does not respond in time is
// left, and the transaction ends with the connection.
func (g *group) send(batch *pgx.Batch) error {
	if batch.Len() == 0 {
		return nil
	}
	return g.conn.SendBatch(g.ctx, batch).Close()
}

// runAll runs the changes, and with Rehearse runs them a second time.
func (g *group) runAll(commands []*command) error {
	if g.writer.options.Rehearse {
		if err := g.runEach(commands); err != nil {
			return err
		}
		if err := g.send(queued("ROLLBACK")); err != nil {
			return err
		}
		*g = *g.writer.newGroup(g.ctx)
		if err := g.begin(commands); err != nil {
			return err
		}
	}
	return g.runEach(commands)
}

func (g *group) runEach(commands []*command) error {
	for i, c := range commands {
		direct := g.run(c)
		if g.broken != nil {
			return g.broken
		}
		if direct { // it may have changed anything, so nothing that was read counts
			for _, state := range g.order {
				state.forget()
			}
			var batch pgx.Batch
			g.want(commands[i+1:])
			g.queueReads(&batch)
			if err := g.send(&batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs one change and keeps or drops its writes. It reports whether the
// change used statements of its own.
func (g *group) run(c *command) (direct bool) {
	tx := &Tx{group: g}
	c.Err = runChange(tx, c.Change.run)
	if c.Err == nil {
		c.Err = tx.failed
	}
	if tx.direct && g.broken == nil {
		c.Err = tx.endDirect(c.Err)
	}
	if c.Err != nil {
		for _, state := range g.order {
			state.drop()
		}
		return tx.direct
	}
	for _, state := range g.order {
		state.keep()
	}
	g.staged = append(g.staged, tx.staged...)
	return tx.direct
}

// runChange runs a change and turns a panic into an error.
func runChange(tx *Tx, change func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a change: %v\n%s", p, debug.Stack())
		}
	}()
	return change(tx)
}

// queueWrites queues the statements for the writes of the kept changes.
// Deletions come first, of children before their parents; then the rest, of
// parents before their children.
func (g *group) queueWrites(batch *pgx.Batch) {
	for i := len(g.order) - 1; i >= 0; i-- {
		g.order[i].queueDeletes(batch)
	}
	for _, state := range g.order {
		state.queueWrites(batch)
	}
}

// commit is the second exchange. It has no time limit and is never cancelled: a
// server that was asked to commit may do so at any later time.
func (g *group) commit(changes int) error {
	var batch pgx.Batch
	g.queueWrites(&batch)
	if batch.Len() == 0 && !g.wrote {
		return g.send(queued("ROLLBACK")) // nothing was written
	}
	w := g.writer
	w.number++
	batch.Queue(sqlMark, w.id, w.number)
	batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return errRolledBack
		}
		return nil
	})
	began := time.Now() // of the machine's own clock: no rule depends on it
	err := g.conn.SendBatch(context.Background(), &batch).Close()
	if err != nil && (isFatal(err) || !isServerError(err) && g.conn.IsClosed()) {
		err = w.resolve(err)
	}
	if err == nil {
		w.metrics.seconds.Observe(time.Since(began).Seconds())
		w.metrics.changes.Observe(float64(changes))
	}
	return err
}

func queued(statement string) *pgx.Batch {
	batch := &pgx.Batch{}
	batch.Queue(statement)
	return batch
}

// recoverFrom brings the connection back to a state from which the next attempt
// can begin; a connection that is of no more use is given up.
func (w *writer) recoverFrom(err error) {
	if w.conn == nil {
		return
	}
	if k := kindOf(err); k == lost || w.conn.IsClosed() {
		w.disconnect()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	if _, rollbackErr := w.conn.Exec(ctx, "ROLLBACK"); rollbackErr != nil {
		w.disconnect()
		return
	}
	if isLockTimeout(err) {
		w.endStalled(ctx)
	}
}

func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	if err := closeConn(w.conn); err != nil {
		w.options.Logger.Debug("close of a connection", slog.Any("err", err))
	}
	w.conn = nil
}
