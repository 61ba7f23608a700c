package webhook

import "context"

// DeleteParams name the webhook to delete.
type DeleteParams struct {
	ID      string
	Version *int64 // the version that the caller saw; nil: any
}

// Delete deletes a webhook and its deliveries, also the pending ones.
func (s *Service) Delete(ctx context.Context, d DeleteParams) error {
	err := s.repo.Write(ctx, func(tx Tx) error {
		if _, err := currentWebhook(tx, d.ID, d.Version); err != nil {
			return err
		}
		return tx.DeleteWebhook(d.ID)
	})
	if err != nil {
		return err
	}
	// The webhook is deleted. If this loop ends early, the purge removes the rest of
	// the deliveries.
	for removed := int64(s.purgeLimit); removed == int64(s.purgeLimit); {
		err := s.repo.Write(ctx, func(tx Tx) (err error) {
			removed, err = tx.PurgeDeliveries(d.ID, s.purgeLimit)
			return err
		})
		if err != nil {
			return nil //nolint:nilerr // the webhook is deleted, which was asked for
		}
	}
	return nil
}
