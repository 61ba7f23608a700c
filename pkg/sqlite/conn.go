package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// conn is the writing connection with its prepared statements. Only one
// goroutine uses it.
type conn struct {
	*sqlite3.SQLiteConn
	stmts map[string]*statement
	args  []driver.NamedValue // reused by every statement
}

// statement is a prepared statement.
type statement struct {
	*sqlite3.SQLiteStmt
	readonly bool
}

// prepared returns the statement for query, preparing it at its first use.
func (c *conn) prepared(query string) (*statement, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	prepared, err := c.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	raw, ok := prepared.(*sqlite3.SQLiteStmt)
	if !ok {
		return nil, fmt.Errorf("prepare: unexpected statement type %T", prepared)
	}
	s := &statement{SQLiteStmt: raw, readonly: raw.Readonly()}
	c.stmts[query] = s
	return s, nil
}

// run executes a statement that needs neither arguments nor results.
func (c *conn) run(query string) error {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background(), nil)
	return err
}

// bind converts args to the driver's values, into a slice that the next
// statement overwrites.
func (c *conn) bind(args []any) (values []driver.NamedValue, err error) {
	c.args, err = bind(c.args[:0], args)
	return c.args, err
}

// bind appends args to values, converted to the driver's types.
func bind(values []driver.NamedValue, args []any) ([]driver.NamedValue, error) {
	for i, a := range args {
		v := driver.NamedValue{Ordinal: i + 1}
		switch a := a.(type) {
		case nil, int64, string, []byte, float64, bool:
			v.Value = a
		case int:
			v.Value = int64(a)
		case *int64:
			if a != nil {
				v.Value = *a
			}
		case *string:
			if a != nil {
				v.Value = *a
			}
		default:
			return nil, fmt.Errorf("argument %d has unsupported type %T", i+1, a)
		}
		values = append(values, v)
	}
	return values, nil
}

// Close closes the statements and the connection.
func (c *conn) Close() error {
	var errs []error
	for query, s := range c.stmts {
		errs = append(errs, s.Close())
		delete(c.stmts, query)
	}
	return errors.Join(append(errs, c.SQLiteConn.Close())...)
}
