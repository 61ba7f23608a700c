package webhook

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// CreateParams describe a new webhook.
type CreateParams struct {
	Details
	Secret *string // the caller's own; nil: a new one
}

// Create creates a webhook, which gets the events that arrive afterwards.
// replayed means that the webhook is the saved result of an earlier request; it
// has no secret.
func (s *Service) Create(ctx context.Context, p CreateParams, once idempotency.Request) (w Webhook, replayed bool, err error) {
	var checks problem.Checks
	d, secret := s.checkDetails(p.Details, &checks), s.chooseSecret(p.Secret, &checks)
	if err := checks.Err(); err != nil {
		return Webhook{}, false, err
	}
	id, at := s.newID(), clock.Truncate(s.clock.Now())
	err = s.repo.Write(ctx, func(tx Tx) error {
		var err error
		if w, replayed, err = idempotency.Replay(tx, once, s.savedWebhooks); err != nil || replayed {
			return err
		}
		count, err := tx.CountWebhooks()
		if err != nil {
			return err
		}
		if count >= MaxWebhooks {
			return problem.New(problem.Conflict, "There are %d webhooks already, and there may be no more.", count)
		}
		w = Webhook{ID: id, Details: d, Secret: Secret{Current: secret}, Version: 1, CreatedAt: at, UpdatedAt: at}
		if err := tx.InsertWebhook(w); err != nil {
			return err
		}
		return idempotency.Save(tx, once, s.savedWebhooks, w)
	})
	return w, replayed, err
}
