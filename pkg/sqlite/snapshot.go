package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Snapshot is the database as it is at one moment, whatever is written
// meanwhile. It is valid only within the function that it was given to, and for
// one goroutine.
type Snapshot struct {
	ctx context.Context // of the one call that the Snapshot lives in
	tx  *sql.Tx
}

// Snapshot calls read with the database as it is now; it reads from the pool
// and does not disturb the writer. As long as read runs, the write-ahead log
// cannot be emptied and grows with all that is written: this is for the few
// who must see several tables at one moment.
func (db *DB) Snapshot(ctx context.Context, read func(s *Snapshot) error) (err error) {
	tx, err := db.reader.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", Classify(err))
	}
	defer func() {
		// It has nothing to commit; a ctx that ended has rolled it back already.
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

// QueryRow runs a query for one row; Scan of the answer returns sql.ErrNoRows
// when there is none.
func (s *Snapshot) QueryRow(query string, args ...any) Scanner {
	return s.tx.QueryRowContext(s.ctx, query, args...)
}
