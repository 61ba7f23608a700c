package seal_test

import (
	"strings"
	"testing"

	"inventory.example/services/notifier/internal/seal"
	"inventory.example/services/notifier/internal/webhook"
)

func TestKeys_Reseal(t *testing.T) {
	old, present, none := parse(t, first), parse(t, second+","+first), parse(t, "")
	of := func(id, current, previous string) webhook.Webhook {
		w := webhook.Webhook{ID: id}
		w.Secret.Current, w.Secret.Previous = current, previous
		return w
	}
	plain, rotated, newest := of("1", "whsec_a", ""), of("2", "whsec_b", "whsec_c"), of("3", "whsec_d", "")
	list := []seal.Secrets{none.SecretsOf(plain), old.SecretsOf(rotated), present.SecretsOf(newest)}
	changed, err := present.Reseal(list)
	if err != nil {
		t.Fatal(err)
	}
	if len(changed) != 2 {
		t.Fatalf("%d webhooks were sealed again, want 2", len(changed))
	}
	for i, want := range []webhook.Webhook{plain, rotated} {
		if changed[i].Before != list[i] {
			t.Errorf("webhook %s was %+v before, want %+v", want.ID, changed[i].Before, list[i])
		}
		got := webhook.Webhook{ID: want.ID}
		if err := present.OpenIn(&got, changed[i].After); err != nil || got.Secret != want.Secret || !present.Current(changed[i].After.Current) {
			t.Errorf("webhook %s has the secrets %+v, %v; want %+v", want.ID, got.Secret, err, want.Secret)
		}
	}
	if _, err := none.Reseal(list); err == nil || !strings.Contains(err.Error(), "2 of 3 webhooks") {
		t.Errorf("without the keys: %v", err)
	}
	// A secret opens only in its own column and webhook.
	moved := list[1]
	moved.Current, moved.Previous = moved.Previous, moved.Current
	if err := present.OpenIn(&webhook.Webhook{}, moved); err == nil {
		t.Error("secrets that were exchanged open")
	}
}
