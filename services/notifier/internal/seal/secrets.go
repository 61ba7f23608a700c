package seal

import (
	"errors"
	"fmt"

	"inventory.example/services/notifier/internal/webhook"
)

// Secrets are the secrets of a webhook in the format of the table. Each is sealed for
// its column and the webhook's id.
type Secrets struct{ ID, Current, Previous string }

// SecretsOf returns the secrets of w, sealed with the first key.
func (k Keys) SecretsOf(w webhook.Webhook) Secrets {
	return Secrets{w.ID, k.Seal(w.Secret.Current, currentPlace(w.ID)), k.Seal(w.Secret.Previous, previousPlace(w.ID))}
}

// OpenIn sets the secrets of w, which are s.
func (k Keys) OpenIn(w *webhook.Webhook, s Secrets) (err error) {
	if w.Secret.Current, err = k.Open(s.Current, currentPlace(s.ID)); err == nil {
		w.Secret.Previous, err = k.Open(s.Previous, previousPlace(s.ID))
	}
	if err != nil {
		return fmt.Errorf("secret of webhook %s: %w", s.ID, err)
	}
	return nil
}

func currentPlace(id string) string  { return "secret " + id }
func previousPlace(id string) string { return "previous_secret " + id }

// Resealed are the secrets of a webhook before and after Reseal.
type Resealed struct{ Before, After Secrets }

// Reseal seals those of list again that are stored in clear or sealed by a key that is
// not the first one, and returns them. It fails when any secret cannot be opened.
func (k Keys) Reseal(list []Secrets) (changed []Resealed, err error) {
	closed := 0
	for _, s := range list {
		w := webhook.Webhook{ID: s.ID}
		switch err := k.OpenIn(&w, s); {
		case errors.Is(err, ErrKey):
			closed++
		case err != nil:
			return nil, err
		case !k.Current(s.Current) || !k.Current(s.Previous):
			changed = append(changed, Resealed{s, k.SecretsOf(w)})
		}
	}
	if closed > 0 {
		return nil, fmt.Errorf("SECRETS_KEY: the secrets of %d of %d webhooks are encrypted, and none of the keys that are set decrypts them; "+
			"add the key that encrypted them", closed, len(list))
	}
	return changed, nil
}
