package notifierdb

import (
	"context"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite/servicedb"
)

// SaveResult implements system.Results.
func (db *DB) SaveResult(ctx context.Context, r idempotency.Request, result []byte) error {
	return db.Change(ctx, func(tx servicedb.Tx) error { return tx.SaveResult(r, result) })
}
