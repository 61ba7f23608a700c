package sqlite

import (
	"errors"

	"github.com/mattn/go-sqlite3"

	"inventory.example/pkg/engine"
)

// Classify turns the errors of a database that cannot work at the moment into
// an engine.UnavailableError, and returns any other error unchanged, also one that is
// classified already. Write calls it itself; queries of the read pool call it.
func Classify(err error) error {
	if err == nil || engine.IsUnavailable(err) || !isStorage(err) {
		return err
	}
	return unavailable(err)
}

func unavailable(cause error) error { return &engine.UnavailableError{Cause: cause} }

// IsUnique reports whether err is the refusal of a record because another one
// has its primary key or its unique columns. The statement changed nothing; the
// transaction goes on.
func IsUnique(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) &&
		(e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

// isStorage reports whether the database, not the statement, is at fault.
// Result codes: https://www.sqlite.org/rescode.html
func isStorage(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrNomem,
		sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrPerm:
		return true
	default:
		return false
	}
}
