// Package engine has the parts that are the same in every database engine: the
// error of a database that cannot do its work at the moment, the queue of changes,
// records and their times, and the numbered files of a schema.
package engine

import (
	"errors"
	"fmt"
	"time"
)

// retryPause is how long the callers should wait when the storage fails.
const retryPause = time.Second

// UnavailableError is the error of a database that cannot do its work at the moment
// (no connection, disk full, read-only, I/O), or whose queue is full. Nothing was
// changed.
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

// IsUnavailable reports whether err is an UnavailableError, or has one as its cause.
func IsUnavailable(err error) bool {
	var unavailable *UnavailableError
	return errors.As(err, &unavailable)
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
