package notifierdb

import "context"

// HoldRole runs work: one process at a time has the file, and so every role.
func (db *DB) HoldRole(ctx context.Context, _ string, work func(ctx context.Context) error) error {
	return work(ctx)
}

// Follow waits until ctx ends: no other process commits anything.
func (db *DB) Follow(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
