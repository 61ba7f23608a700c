package notifierpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/seal"
)

const (
	sqlSecrets       = `SELECT id, secret, previous_secret FROM webhooks ORDER BY id`
	sqlUpdateSecrets = `UPDATE webhooks SET secret = $1, previous_secret = $2 WHERE id = $3 AND secret = $4 AND previous_secret = $5`
)

// UseKeys sets the keys that seal the secrets of webhooks. It seals secrets again that
// are stored in clear or sealed by a key that is not the first one, unless another
// instance changes them at the same time. It fails when a secret cannot be opened. It
// must be called before all other use of webhooks.
func (db *DB) UseKeys(ctx context.Context, keys seal.Keys) error {
	list, err := postgres.Rows(ctx, db.SQL(), func(record postgres.Scanner) (s seal.Secrets, err error) {
		err = record.Scan(&s.ID, &s.Current, &s.Previous)
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
	return db.DB.Write(ctx, nil, func(tx *postgres.Tx) error {
		for _, s := range changed {
			if _, err := tx.Exec(sqlUpdateSecrets, s.After.Current, s.After.Previous, s.After.ID, s.Before.Current, s.Before.Previous); err != nil {
				return fmt.Errorf("encrypt secrets: %w", err)
			}
		}
		return nil
	})
}
