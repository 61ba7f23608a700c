package webhook

import (
	"context"

	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
)

// Rotate gives a webhook a new secret. For SecretOverlap requests are signed
// with the one before too; an older one is forgotten at once.
func (s *Service) Rotate(ctx context.Context, id string, once idempotency.Request) (w Webhook, replayed bool, err error) {
	now, secret := s.clock.Now(), s.newSecret()
	err = s.repo.Write(ctx, func(tx Tx) error {
		var err error
		if replayed, err = idempotency.Replay(tx, once, &w); err != nil || replayed {
			return err
		}
		if w, err = current(tx, id, nil); err != nil {
			return err
		}
		w.Secret = Secret{Current: secret, Previous: w.Secret.Current, PreviousUntil: events.FormatTime(now.Add(SecretOverlap))}
		w.Version, w.UpdatedAt = w.Version+1, events.FormatTime(now)
		if err := tx.UpdateWebhook(w); err != nil {
			return err
		}
		return idempotency.Save(tx, once, w)
	})
	return w, replayed, err
}
