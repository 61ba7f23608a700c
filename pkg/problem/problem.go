// Package problem has the errors that a caller of the system may see: a stable
// code, a sentence for people, and the fields at fault. It imports the standard
// library only, so that domain code may return such errors where a rule fails;
// package httpapi turns them into RFC 9457 documents.
package problem

import (
	"errors"
	"fmt"
	"time"
)

// Code names a kind of problem. Clients branch on it, so a code never changes
// its meaning.
type Code string

// The codes of the REST contract, and Internal for everything unforeseen.
const (
	ValidationError      Code = "VALIDATION_ERROR"
	Unauthorized         Code = "UNAUTHORIZED"
	Forbidden            Code = "FORBIDDEN"
	NotFound             Code = "NOT_FOUND"
	MethodNotAllowed     Code = "METHOD_NOT_ALLOWED"
	UnknownStore         Code = "UNKNOWN_STORE"
	Conflict             Code = "CONFLICT"
	ProductDeleted       Code = "PRODUCT_DELETED"
	InsufficientStock    Code = "INSUFFICIENT_STOCK"
	InvalidState         Code = "INVALID_STATE"
	ReservationExpired   Code = "RESERVATION_EXPIRED"
	VersionMismatch      Code = "VERSION_MISMATCH"
	PayloadTooLarge      Code = "PAYLOAD_TOO_LARGE"
	UnsupportedMediaType Code = "UNSUPPORTED_MEDIA_TYPE"
	IdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED"
	RateLimited          Code = "RATE_LIMITED"
	StockUnavailable     Code = "STOCK_UNAVAILABLE"
	StorageUnavailable   Code = "STORAGE_UNAVAILABLE"
	Internal             Code = "INTERNAL_ERROR"
)

// Field is an error in one field of a request.
type Field struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error is a problem on its way to the caller. Detail and Fields are shown as
// they are, so they never contain internal text; Cause is for the log only.
type Error struct {
	Code       Code
	Detail     string
	Fields     []Field
	Members    map[string]any // further members of the document, such as available and requested
	RetryAfter time.Duration  // how long the caller should wait; zero when waiting does not help
	Cause      error
}

// Error returns the code, the detail and the cause: text for a log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

// Unwrap returns the cause, nil when there is none.
func (e *Error) Unwrap() error { return e.Cause }

// New returns a problem with that code and a detail formatted as by fmt.Sprintf.
// Each text among args, and the detail, is cut to a bound.
func New(code Code, layout string, args ...any) *Error {
	return &Error{Code: code, Detail: format(layout, args)}
}

// Unavailable returns a problem that goes away by itself: the caller should
// try again after retryAfter. cause may be nil.
func Unavailable(code Code, retryAfter time.Duration, cause error, detail string) *Error {
	return &Error{Code: code, Detail: detail, RetryAfter: retryAfter, Cause: cause}
}

// Insufficient returns the InsufficientStock problem of a request for more
// units than are available, with both numbers as members.
func Insufficient(available, requested int64) error {
	e := New(InsufficientStock, "%d units are requested, %d are available.", requested, available)
	e.Members = map[string]any{"available": available, "requested": requested}
	return e
}

// Unavailability is an error of a part that does not use problems, such as a
// storage engine, and that cannot work at the moment.
type Unavailability interface {
	error
	// Unavailable returns the detail for the caller, and the time to wait before the
	// next attempt.
	Unavailable() (detail string, retryAfter time.Duration)
}

// Of returns the first problem in err's chain; that of an Unavailability is
// StorageUnavailable. It returns nil when there is none.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var u Unavailability
	if errors.As(err, &u) {
		detail, retryAfter := u.Unavailable()
		return Unavailable(StorageUnavailable, retryAfter, u, detail)
	}
	return nil
}

// CodeOf returns the code of the first problem in err's chain, Internal when
// there is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e := Of(err); e != nil {
		return e.Code
	}
	return Internal
}
