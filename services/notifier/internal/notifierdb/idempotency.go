package notifierdb

import (
	"context"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencydb"
	"inventory.example/pkg/sqlite"
)

// FindResult implements system.Results.
func (db *DB) FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return idempotencydb.Find(ctx, db.DB, r.Caller, r.Key)
}

// SaveResult implements system.Results.
func (db *DB) SaveResult(ctx context.Context, r idempotency.Request, result []byte) error {
	now := db.clock.Now()
	return db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		return idempotencydb.Tx{Tx: tx, Now: now}.SaveResult(r, result)
	})
}
