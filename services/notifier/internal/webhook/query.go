package webhook

import (
	"context"

	"inventory.example/pkg/paging"
)

// Get returns a webhook.
func (s *Service) Get(ctx context.Context, id string) (Webhook, error) {
	w, found, err := s.repo.Webhook(ctx, id)
	if err == nil && !found {
		err = noWebhook()
	}
	return w, err
}

// List returns a page of the webhooks, in the order of their creation.
func (s *Service) List(ctx context.Context, page paging.Page) (paging.List[Webhook], error) {
	return s.repo.Webhooks(ctx, page)
}
