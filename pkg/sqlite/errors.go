package sqlite

import (
	"errors"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
)

// retryPause is how long the callers should wait when the storage fails.
const retryPause = time.Second

// UnavailableError is the error of a database that cannot do its work at the moment
// (disk full, read-only, I/O), or whose queue is full. Nothing was changed.
type UnavailableError struct {
	Cause error // nil: the queue is full
}

// Error returns the detail and the cause: text for a log.
func (e *UnavailableError) Error() string {
	detail, _ := e.Unavailable()
	if e.Cause == nil {
		return detail
	}
	return fmt.Sprintf("%s: %v", detail, e.Cause)
}

// Unwrap returns the cause, nil when there is none.
func (e *UnavailableError) Unwrap() error { return e.Cause }

// Unavailable returns a sentence for the caller, and the time to wait before the
// next attempt.
func (e *UnavailableError) Unavailable() (detail string, retryAfter time.Duration) {
	if e.Cause == nil {
		return "Too many changes are waiting for the database; nothing was changed.", retryPause
	}
	return "The database cannot take this request at the moment; nothing was changed.", retryPause
}

// Classify turns the errors of a database that cannot do its work at the moment
// into an UnavailableError, and returns any other error as it is. Write does so by
// itself; queries of the read pool call it.
func Classify(err error) error {
	if err == nil || !isStorage(err) {
		return err
	}
	return unavailable(err)
}

func unavailable(cause error) error { return &UnavailableError{Cause: cause} }

// IsUnique reports whether err is the refusal of a record whose primary key or
// unique columns another one has. The statement changed nothing; the transaction
// goes on.
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
