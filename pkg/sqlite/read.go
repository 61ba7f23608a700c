package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"
)

// Rows runs a query on the read-only pool and returns the result of scan for
// each row. The errors of a failing database are classified.
func Rows[T any](ctx context.Context, db *DB, scan func(Scanner) (T, error), query string, args ...any) (list []T, err error) {
	rows, err := db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, Classify(err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = Classify(closeErr)
		}
	}()
	for rows.Next() {
		value, err := scan(rows)
		if err != nil {
			return nil, Classify(err)
		}
		list = append(list, value)
	}
	return list, Classify(rows.Err())
}

// Each calls each for every row of a query on the read-only pool, until each
// returns an error, which it returns. It is a Rows for thousands of rows at
// once: it skips the conversions of database/sql, which cost more than SQLite
// itself. The row is the same memory each time and scans as in a Tx.
func (db *DB) Each(ctx context.Context, each func(Scanner) error, query string, args ...any) (err error) {
	pooled, err := db.reader.Conn(ctx)
	if err != nil {
		return Classify(err)
	}
	defer func() {
		if closeErr := pooled.Close(); err == nil {
			err = Classify(closeErr)
		}
	}()
	return pooled.Raw(func(raw any) error {
		c, ok := raw.(*sqlite3.SQLiteConn)
		if !ok {
			return fmt.Errorf("unexpected connection type %T", raw)
		}
		return Classify(eachOf(ctx, c, each, query, args))
	})
}

func eachOf(ctx context.Context, c *sqlite3.SQLiteConn, each func(Scanner) error, query string, args []any) (err error) {
	values, err := bind(nil, args)
	if err != nil {
		return err
	}
	// Checking ctx between two rows costs less than the driver's interruption
	// of a running row.
	rows, err := c.QueryContext(context.WithoutCancel(ctx), query, values)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = closeErr
		}
	}()
	row := make(txRow, len(rows.Columns()))
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

// Found turns the error of a query for one row into whether there is one:
// sql.ErrNoRows becomes false. The errors of a failing database are classified.
func Found[T any](value T, err error) (T, bool, error) {
	switch {
	case err == nil:
		return value, true, nil
	case errors.Is(err, sql.ErrNoRows):
		var none T
		return none, false, nil
	default:
		var none T
		return none, false, Classify(err)
	}
}

// Nullable returns the argument for a text column that may be NULL: NULL for
// the empty text.
func Nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Stores returns the argument for a query that restricts its result to stores:
// NULL for nil, which means all, otherwise their List.
func Stores(stores []string) any {
	if stores == nil {
		return nil
	}
	return List(stores)
}

// List returns values as the JSON array that a query opens with json_each(?),
// so that one statement serves any number of them.
func List[T string | int64](values []T) string {
	list, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return string(list)
}
