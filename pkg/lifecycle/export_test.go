package lifecycle

// ErrDeadline is errDeadline, for tests.
var ErrDeadline = errDeadline
