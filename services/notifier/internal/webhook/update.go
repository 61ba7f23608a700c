package webhook

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/problem"
)

// UpdateParams are the new details of a webhook: all of them replace the old ones.
type UpdateParams struct {
	ID      string
	Details Details
	Version *int64 // the version that the caller saw; nil: any
}

// Update replaces the details of a webhook. Its queued deliveries stay queued; while
// the webhook is inactive, no delivery is sent or added.
func (s *Service) Update(ctx context.Context, u UpdateParams) (w Webhook, err error) {
	var checks problem.Checks
	u.Details = s.checkDetails(u.Details, &checks)
	if err := checks.Err(); err != nil {
		return Webhook{}, err
	}
	at := clock.Truncate(s.clock.Now())
	err = s.repo.Write(ctx, func(tx Tx) error {
		w, err = currentWebhook(tx, u.ID, u.Version)
		if err != nil {
			return err
		}
		if u.Details.Active {
			w.DisabledReason = ""
		}
		w.Details, w.Version, w.UpdatedAt = u.Details, w.Version+1, at
		return tx.UpdateWebhook(w)
	})
	return w, err
}
