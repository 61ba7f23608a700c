package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// Rows runs a query on the read-only pool and returns the results of scan for
// each record. The errors of a failing database are classified.
func Rows[T any](ctx context.Context, db *DB, scan func(Scanner) (T, error), query string, args ...any) (list []T, err error) {
	err = db.Each(ctx, func(record Scanner) error {
		value, err := scan(record)
		list = append(list, value)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Each calls each for every record of a query on the read-only pool, until each
// returns an error, which it returns. It compares texts with those of records: none
// has a text that PostgreSQL cannot have.
func (db *DB) Each(ctx context.Context, each func(Scanner) error, query string, args ...any) error {
	if !areTexts(args) {
		return nil
	}
	return eachOf(ctx, db.reader, each, query, args)
}

func eachOf(ctx context.Context, q querier, each func(Scanner) error, query string, args []any) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return Classify(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return Classify(ctx, err)
		}
	}
	return Classify(ctx, rows.Err())
}

// Found turns the result of a query for one record into whether there is one:
// the absence of a record is not an error, nor is a key that no record can have. The
// errors of a failing database are classified.
func Found[T any](ctx context.Context, value T, err error) (T, bool, error) {
	var none T
	switch {
	case err == nil:
		return value, true, nil
	case errors.Is(err, sql.ErrNoRows), refusesText(err): // pgx.ErrNoRows is one, too
		return none, false, nil
	default:
		return none, false, Classify(ctx, err)
	}
}

// Snapshot is the database as it is at one moment, without any later write.
// It is valid only within the function that it was given to, and for one
// goroutine.
type Snapshot struct {
	ctx context.Context // of the one call that the Snapshot lives in
	tx  pgx.Tx
}

// endTimeout is how long the end of a snapshot may take after its context has
// ended.
const endTimeout = time.Second

// Snapshot calls read with the database as it is now. It does not disturb the
// writer. As long as read runs, the server keeps every version of every record
// that is written: this is for the few readers that must see several tables at
// one moment.
func (db *DB) Snapshot(ctx context.Context, read func(s *Snapshot) error) (err error) {
	tx, err := db.reader.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", Classify(ctx, err))
	}
	defer func() {
		// It has nothing to commit; a ctx that ended has closed its connection.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		if endErr := tx.Rollback(end); endErr != nil && err == nil && !errors.Is(endErr, pgx.ErrTxClosed) {
			err = fmt.Errorf("end snapshot: %w", Classify(ctx, endErr))
		}
	}()
	return read(&Snapshot{ctx: ctx, tx: tx})
}

// Each calls each for every record of the query, until each returns an error,
// which it returns.
func (s *Snapshot) Each(each func(Scanner) error, query string, args ...any) error {
	return eachOf(s.ctx, s.tx, each, query, args)
}

// QueryRow runs a query for one record; Scan of the result returns an error for
// which errors.Is with sql.ErrNoRows is true when there is none. The errors of a
// failing database are classified.
func (s *Snapshot) QueryRow(query string, args ...any) Scanner {
	return snapshotRow{s.ctx, s.tx.QueryRow(s.ctx, query, args...)}
}

type snapshotRow struct {
	ctx context.Context // of the Snapshot
	row Scanner
}

// Scan implements Scanner.
func (r snapshotRow) Scan(dest ...any) error { return Classify(r.ctx, r.row.Scan(dest...)) }
