package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"

	"inventory.example/pkg/engine"
)

// Scanner is a row to read from: of a Tx, of *sql.Row or of *sql.Rows. Scan
// returns sql.ErrNoRows when there is none.
type Scanner = engine.Scanner

// Tx is the transaction as a change sees it. It is valid only while the change
// runs, and only on its goroutine.
type Tx struct {
	conn   *conn
	wrote  bool
	broken error // of the storage; nothing can be done any more, even if the change ignores it
	staged []staged
}

// Exec runs a statement and returns how many rows it changed and the rowid of
// the last one that it inserted. The statement is prepared once and kept, so
// query should be a constant.
func (tx *Tx) Exec(query string, args ...any) (changed, rowID int64, err error) {
	s, values, err := tx.statement(query, args)
	if err != nil {
		return 0, 0, err
	}
	result, err := s.ExecContext(context.Background(), values)
	if err != nil {
		return 0, 0, tx.check(err)
	}
	r, ok := result.(*sqlite3.SQLiteResult)
	if !ok {
		return 0, 0, fmt.Errorf("unexpected result type %T", result)
	}
	if changed, err = r.RowsAffected(); err != nil {
		return 0, 0, err
	}
	if rowID, err = r.LastInsertId(); err != nil {
		return 0, 0, err
	}
	// A statement that changed nothing leaves nothing to undo. SQLite reports
	// the count of the last statement that could change rows, hence only here.
	tx.wrote = tx.wrote || changed > 0
	return changed, rowID, nil
}

// statement returns the prepared query and its arguments, or the earlier error
// when the storage has failed before.
func (tx *Tx) statement(query string, args []any) (*statement, []driver.NamedValue, error) {
	if tx.broken != nil {
		return nil, nil, tx.broken
	}
	s, err := tx.conn.prepared(query)
	if err != nil {
		return nil, nil, tx.check(err)
	}
	values, err := tx.conn.bind(args)
	return s, values, err
}

// check remembers an error of the storage: SQLite may have rolled back by
// itself, and later statements would be committed one by one.
func (tx *Tx) check(err error) error {
	if tx.broken == nil && isStorage(err) {
		tx.broken = err
	}
	return err
}

// QueryRow runs a query for one row; Scan of the result returns sql.ErrNoRows
// when there is none. The query must not write.
func (tx *Tx) QueryRow(query string, args ...any) Scanner {
	var row txRow
	err := tx.query(query, args, func(r txRow) (more bool, err error) {
		row = r
		return false, nil
	})
	switch {
	case err != nil:
		return failedRow{err}
	case row == nil:
		return failedRow{sql.ErrNoRows}
	}
	return row
}

// Query calls each for every row of the query, until each returns an error,
// which it returns. The query must not write.
func (tx *Tx) Query(each func(Scanner) error, query string, args ...any) error {
	return tx.query(query, args, func(r txRow) (bool, error) {
		err := each(r)
		return err == nil, err
	})
}

// query steps through the rows while each returns more. The row is the same
// memory each time.
func (tx *Tx) query(query string, args []any, each func(txRow) (more bool, err error)) (err error) {
	s, values, err := tx.statement(query, args)
	if err != nil {
		return err
	}
	tx.wrote = tx.wrote || !s.readonly
	rows, err := s.QueryContext(context.Background(), values)
	if err != nil {
		return tx.check(err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = tx.check(closeErr)
		}
	}()
	row := make(txRow, len(rows.Columns()))
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return tx.check(err)
		}
		if more, err := each(row); err != nil || !more {
			return err
		}
	}
}

// txRow is one row of the driver's values.
type txRow []driver.Value

// Scan copies the columns into dest: *int64, *string, *[]byte, *bool, a
// sql.Scanner such as engine.Time or, for columns that may be NULL, **int64 and **string.
func (r txRow) Scan(dest ...any) error {
	if len(dest) != len(r) {
		return fmt.Errorf("scan %d columns into %d variables", len(r), len(dest))
	}
	for i, d := range dest {
		if err := assign(d, r[i]); err != nil {
			return fmt.Errorf("scan column %d: %w", i, err)
		}
	}
	return nil
}

func assign(dest any, v driver.Value) error {
	switch d := dest.(type) {
	case *int64:
		return set(d, v)
	case *string:
		return set(d, v)
	case *[]byte:
		if text, ok := v.(string); ok {
			*d = []byte(text)
			return nil
		}
		return set(d, v)
	case *bool:
		n, ok := v.(int64)
		*d = n != 0
		if !ok {
			return fmt.Errorf("have %T, want an integer", v)
		}
		return nil
	case **int64:
		return setNullable(d, v)
	case **string:
		return setNullable(d, v)
	case sql.Scanner:
		return d.Scan(v)
	default:
		return fmt.Errorf("unsupported destination %T", dest)
	}
}

func set[T any](dest *T, v driver.Value) error {
	t, ok := v.(T)
	if !ok {
		return fmt.Errorf("have %T, want %T", v, *dest)
	}
	*dest = t
	return nil
}

func setNullable[T any](dest **T, v driver.Value) error {
	if v == nil {
		*dest = nil
		return nil
	}
	*dest = new(T)
	return set(*dest, v)
}

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }
