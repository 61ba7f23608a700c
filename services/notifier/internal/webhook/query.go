package webhook

import "context"

// Get returns a webhook.
func (s *Service) Get(ctx context.Context, id string) (Webhook, error) {
	w, found, err := s.repo.Webhook(ctx, id)
	if err == nil && !found {
		err = noWebhook()
	}
	return w, err
}

// List returns a page of the webhooks, in the order of their making, and the
// number of all.
func (s *Service) List(ctx context.Context, limit, offset int) ([]Webhook, int64, error) {
	return s.repo.Webhooks(ctx, limit, offset)
}
