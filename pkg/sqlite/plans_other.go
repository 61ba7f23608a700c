//go:build !linux

package sqlite

// keepPlans does nothing on this system: SQLite plans some statements anew at each run,
// which is slower and gives the same results. See docs/decisions/0050.
func keepPlans() error { return nil }
