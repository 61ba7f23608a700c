//go:build !linux

package postgres

import "syscall"

// limitUnacknowledged can do nothing here: the keepalives notice a peer that is
// gone, later when something was sent to it.
func limitUnacknowledged(string, string, syscall.RawConn) error { return nil }
