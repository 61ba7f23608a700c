package webhook

import "context"

// DeleteParams asks for the end of a webhook.
type DeleteParams struct {
	ID      string
	Version *int64 // the version that the caller saw; nil: any
}

// Delete ends a webhook and removes its deliveries, also those that are pending.
func (s *Service) Delete(ctx context.Context, d DeleteParams) error {
	err := s.repo.Write(ctx, func(tx Tx) error {
		if _, err := current(tx, d.ID, d.Version); err != nil {
			return err
		}
		return tx.DeleteWebhook(d.ID)
	})
	if err != nil {
		return err
	}
	// It is gone; what is left of it when this breaks off, the purge finds.
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
