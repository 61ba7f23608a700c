package process

import "context"

// Read is read, which Run calls every few seconds, for tests.
func (a *Access) Read(ctx context.Context) { a.read(ctx) }

// ErrDeadline is errDeadline, for tests.
var ErrDeadline = errDeadline

// ServiceMain is serviceMain, for tests.
var ServiceMain = serviceMain
