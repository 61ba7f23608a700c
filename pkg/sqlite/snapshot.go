package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Snapshot is a consistent snapshot of the database, which concurrent writes do
// not change. It is valid only within the function that it was passed to, and
// for one goroutine.
type Snapshot struct {
	ctx context.Context // of the call of DB.Snapshot
	tx  *sql.Tx
}

// Snapshot calls read with the current state of the database; it reads from the
// pool and does not disturb the writer. As long as read runs, the write-ahead
// log cannot be emptied and grows with every write: use it only where several
// tables must be read consistently.
func (db *DB) Snapshot(ctx context.Context, read func(s *Snapshot) error) (err error) {
	tx, err := db.reader.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", Classify(err))
	}
	defer func() {
		// There is nothing to commit; the end of ctx has rolled back already.
		if endErr := tx.Rollback(); endErr != nil && !errors.Is(endErr, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("end snapshot: %w", Classify(endErr)))
		}
	}()
	return read(&Snapshot{ctx: ctx, tx: tx})
}

// Each calls each for every row of the query, until each returns an error,
// which it returns.
func (s *Snapshot) Each(each func(Scanner) error, query string, args ...any) (err error) {
	rows, err := s.tx.QueryContext(s.ctx, query, args...)
	if err != nil {
		return Classify(err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = Classify(closeErr)
		}
	}()
	for rows.Next() {
		if err := each(rows); err != nil {
			return Classify(err)
		}
	}
	return Classify(rows.Err())
}

// QueryRow runs a query for one row; Scan of the result returns sql.ErrNoRows
// when there is none. The errors of a failing database are classified.
func (s *Snapshot) QueryRow(query string, args ...any) Scanner {
	return snapshotRow{s.tx.QueryRowContext(s.ctx, query, args...)}
}

type snapshotRow struct{ row Scanner }

// Scan implements Scanner.
func (r snapshotRow) Scan(dest ...any) error { return Classify(r.row.Scan(dest...)) }
