package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// Rows runs a query on the read-only pool and returns what scan makes of each
// row. The errors of a failing database are classified.
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

// Found turns the answer of a query for one row into whether there is one: the
// absence of a row is no error. The errors of a failing database are
// classified.
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

// Nullable returns the argument for a text column that may be NULL, which the
// empty text is.
func Nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Stores returns the argument for a query that narrows its answer to stores:
// NULL for nil, which means all, otherwise their List.
func Stores(stores []string) any {
	if stores == nil {
		return nil
	}
	return List(stores)
}

// List returns values as the JSON array that a query opens with json_each(?),
// so that one statement serves any number of them.
func List(values []string) string {
	list, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(list)
}
