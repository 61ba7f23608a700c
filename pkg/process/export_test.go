package process

import "context"

// Read does what Run does every few seconds.
func (a *Access) Read(ctx context.Context) { a.read(ctx) }

// ErrDeadline is errDeadline, for tests.
var ErrDeadline = errDeadline

// ServiceMain is serviceMain, for tests.
var ServiceMain = serviceMain
