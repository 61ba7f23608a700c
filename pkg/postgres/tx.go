package postgres

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Tx is the transaction as a change sees it. It is valid only while the change
// runs, and only on its goroutine.
//
// Sets and Logs take a Tx and cost no exchange. Exec, Query and QueryRow run a
// statement at once, for the changes that no key describes: each costs an
// exchange or two while every other writer waits, so they are for rare changes.
type Tx struct {
	group  *group
	staged []staged
	direct bool  // the change has run a statement of its own, within a savepoint
	failed error // of such a statement; the change cannot succeed any more
}

// usable returns the error after which nothing more can be done.
func (tx *Tx) usable() error {
	return errors.Join(tx.group.broken, tx.failed)
}

// readUnnamed is an exchange for a record that the change did not name.
func (tx *Tx) readUnnamed(batch *pgx.Batch, table string) error {
	w := tx.group.writer
	w.metrics.unnamed.WithLabelValues(table).Inc()
	if w.options.Unnamed != nil {
		w.options.Unnamed(table)
	}
	return tx.check(tx.group.send(batch), false)
}

// check notes an error of the server or of the connection. After one of a
// statement of the change itself the change can be undone alone, if the server
// has refused the statement; after any other the group is over.
func (tx *Tx) check(err error, own bool) error {
	switch {
	case err == nil:
		return nil
	case own && isServerError(err) && kindOf(err) == ownFault:
		tx.failed = err
	case own && kindOf(err) == ownFault && !tx.group.conn.IsClosed(): // an argument that cannot be sent
		tx.failed = err
	default:
		tx.group.broken = err
	}
	return err
}

const (
	sqlSavepoint = `SAVEPOINT change`
	sqlRelease   = `RELEASE SAVEPOINT change`
	sqlUndo      = `ROLLBACK TO SAVEPOINT change; RELEASE SAVEPOINT change`
)

// begin prepares for a statement of the change: the server must have all that
// was written before it. The writes of earlier changes come before the
// savepoint, so a failure undoes this change only.
func (tx *Tx) begin() error {
	if err := tx.usable(); err != nil {
		return err
	}
	g := tx.group
	if !tx.direct {
		var batch pgx.Batch
		g.queueWrites(&batch)
		batch.Queue(sqlSavepoint)
		if err := tx.check(g.send(&batch), false); err != nil {
			return err
		}
		tx.direct, g.wrote = true, true
	}
	var batch pgx.Batch
	tx.queueOwn(&batch)
	return tx.check(g.send(&batch), true)
}

// queueOwn queues the writes of the change itself so far.
func (tx *Tx) queueOwn(batch *pgx.Batch) {
	for _, state := range tx.group.order {
		state.keep()
	}
	tx.group.queueWrites(batch)
}

// endDirect ends the savepoint of a change that ran statements of its own and
// returned err. It returns the error of the change.
func (tx *Tx) endDirect(err error) error {
	g := tx.group
	if err == nil {
		var batch pgx.Batch
		tx.queueOwn(&batch)
		batch.Queue(sqlRelease)
		if err = tx.check(g.send(&batch), true); err == nil || g.broken != nil {
			return err
		}
	}
	// Not as a batch: it would be prepared, which an aborted transaction refuses.
	_, undoErr := g.conn.PgConn().Exec(g.ctx, sqlUndo).ReadAll()
	if tx.check(undoErr, false) != nil {
		return undoErr
	}
	return err
}

// Exec runs a statement and returns how many records it changed.
func (tx *Tx) Exec(query string, args ...any) (changed int64, err error) {
	if err := tx.begin(); err != nil {
		return 0, err
	}
	tag, err := tx.group.conn.Exec(tx.group.ctx, query, args...)
	return tag.RowsAffected(), tx.check(err, true)
}

// Query calls each for every record of the query, until each returns an error,
// which it returns. each must not use the Tx.
func (tx *Tx) Query(each func(Scanner) error, query string, args ...any) error {
	if err := tx.begin(); err != nil {
		return err
	}
	if !areTexts(args) {
		return nil
	}
	rows, err := tx.group.conn.Query(tx.group.ctx, query, args...)
	if err != nil {
		return tx.check(err, true)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return tx.check(rows.Err(), true)
}

// QueryRow runs a query for one record; Scan of the result returns an error for
// which errors.Is with sql.ErrNoRows is true when there is none.
func (tx *Tx) QueryRow(query string, args ...any) Scanner {
	return txRow{tx: tx, query: query, args: args}
}

// txRow is a query that runs when its record is scanned.
type txRow struct {
	tx    *Tx
	query string
	args  []any
}

// Scan implements Scanner.
func (r txRow) Scan(dest ...any) error {
	found := false
	err := r.tx.Query(func(record Scanner) error {
		if found {
			return nil // as in database/sql, the first one counts
		}
		found = true
		return record.Scan(dest...)
	}, r.query, r.args...)
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}
