package notifierpg

import (
	"context"
	"errors"
	"fmt"

	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/seal"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	sqlSecrets       = `SELECT id, secret, previous_secret FROM webhooks ORDER BY id`
	sqlUpdateSecrets = `UPDATE webhooks SET secret = $1, previous_secret = $2 WHERE id = $3 AND secret = $4 AND previous_secret = $5`
)

// stored are the secrets of a webhook in the format of the table.
type stored struct{ id, current, previous string }

// storedOf returns the secrets of w in the format of the table.
func storedOf(keys seal.Keys, w webhook.Webhook) stored {
	return stored{w.ID, keys.Seal(w.Secret.Current, "secret "+w.ID), keys.Seal(w.Secret.Previous, "previous_secret "+w.ID)}
}

// openIn sets the secrets of w, which has the same id.
func (s stored) openIn(w *webhook.Webhook, keys seal.Keys) (err error) {
	if w.Secret.Current, err = keys.Open(s.current, "secret "+s.id); err == nil {
		w.Secret.Previous, err = keys.Open(s.previous, "previous_secret "+s.id)
	}
	if err != nil {
		return fmt.Errorf("secret of webhook %s: %w", s.id, err)
	}
	return nil
}

// UseKeys sets the keys that seal the secrets of webhooks. It seals secrets again that
// are stored in clear or sealed by a key that is not the first one, unless another
// instance changes them at the same time. It fails when a secret cannot be opened. It
// must be called before all other use of webhooks.
func (db *DB) UseKeys(ctx context.Context, keys seal.Keys) error {
	list, err := postgres.Rows(ctx, db.SQL(), func(record postgres.Scanner) (s stored, err error) {
		err = record.Scan(&s.id, &s.current, &s.previous)
		return s, err
	}, sqlSecrets)
	if err != nil {
		return fmt.Errorf("read secrets: %w", err)
	}
	var before, after []stored
	closed := 0
	for _, s := range list {
		w := webhook.Webhook{ID: s.id}
		switch err := s.openIn(&w, keys); {
		case errors.Is(err, seal.ErrKey):
			closed++
		case err != nil:
			return err
		case !keys.Current(s.current) || !keys.Current(s.previous):
			before, after = append(before, s), append(after, storedOf(keys, w))
		}
	}
	if closed > 0 {
		return fmt.Errorf("SECRETS_KEY: the secrets of %d of %d webhooks are encrypted, and none of the keys that are set decrypts them; "+
			"add the key that encrypted them", closed, len(list))
	}
	db.keys = keys
	if len(after) == 0 {
		return nil
	}
	return db.DB.Write(ctx, nil, func(tx *postgres.Tx) error {
		for i, s := range after {
			if _, err := tx.Exec(sqlUpdateSecrets, s.current, s.previous, s.id, before[i].current, before[i].previous); err != nil {
				return fmt.Errorf("encrypt secrets: %w", err)
			}
		}
		return nil
	})
}
