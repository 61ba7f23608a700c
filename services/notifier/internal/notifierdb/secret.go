package notifierdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/seal"
)

const (
	sqlSecrets       = `SELECT id, secret, previous_secret FROM webhooks ORDER BY id`
	sqlUpdateSecrets = `UPDATE webhooks SET secret = ?, previous_secret = ? WHERE id = ?`
)

// UseKeys sets the keys that seal the secrets of webhooks. It seals secrets again that
// are stored in clear or sealed by a key that is not the first one. It fails when a
// secret cannot be opened. It must be called before all other use of webhooks.
func (db *DB) UseKeys(ctx context.Context, keys seal.Keys) error {
	list, err := sqlite.Rows(ctx, db.SQL(), func(row sqlite.Scanner) (s seal.Secrets, err error) {
		err = row.Scan(&s.ID, &s.Current, &s.Previous)
		return s, err
	}, sqlSecrets)
	if err != nil {
		return fmt.Errorf("read secrets: %w", err)
	}
	changed, err := keys.Reseal(list)
	if err != nil {
		return err
	}
	db.keys = keys
	if len(changed) == 0 {
		return nil
	}
	return db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		for _, s := range changed {
			if _, _, err := tx.Exec(sqlUpdateSecrets, s.After.Current, s.After.Previous, s.After.ID); err != nil {
				return fmt.Errorf("encrypt secrets: %w", err)
			}
		}
		return nil
	})
}
