package webhook

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Rotate gives a webhook a new secret, the caller's own one unless it is nil.
// For SecretOverlap requests are signed with the previous secret too; older secrets
// are removed at once. A secret that the webhook has already changes nothing, so
// that a repeated call does not end the overlap. replayed means that the webhook
// is the saved result of an earlier request; it has no secret.
func (s *Service) Rotate(ctx context.Context, id string, own *string, once idempotency.Request) (w Webhook, replayed bool, err error) {
	var checks problem.Checks
	now, secret := s.clock.Now(), s.chooseSecret(own, &checks)
	if err := checks.Err(); err != nil {
		return Webhook{}, false, err
	}
	err = s.repo.Write(ctx, func(tx Tx) error {
		var err error
		if w, replayed, err = idempotency.Replay(tx, once, s.savedWebhooks); err != nil || replayed {
			return err
		}
		if w, err = currentWebhook(tx, id, nil); err != nil {
			return err
		}
		if secret == w.Secret.Current {
			return idempotency.Save(tx, once, s.savedWebhooks, w)
		}
		w.Secret = Secret{Current: secret, Previous: w.Secret.Current, PreviousUntil: clock.Truncate(now.Add(SecretOverlap))}
		w.Version, w.UpdatedAt = w.Version+1, clock.Truncate(now)
		if err := tx.UpdateWebhook(w); err != nil {
			return err
		}
		return idempotency.Save(tx, once, s.savedWebhooks, w)
	})
	return w, replayed, err
}
