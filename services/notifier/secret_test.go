package notifier_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/notifier"
)

// The response to a repeated request is the first one without the secret, which the
// database has with the webhook only.
func TestWebhook_ReplayWithoutSecret(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	once := []string{"Idempotency-Key", "create"}
	body := `{"url":"` + e.URL + `"}`
	created := httpapitest.Decode[hook](t, d.send("POST", "/api/v1/webhooks", body, once...), 201)
	rotate := "/api/v1/webhooks/" + created.ID + "/rotate-secret"
	once[1] = "rotate"
	rotated := httpapitest.Decode[hook](t, d.send("POST", rotate, "", once...), 200)
	own := ownSecret(40)
	once[1] = "own"
	if w := httpapitest.Decode[hook](t, d.send("POST", rotate, `{"secret":"`+own+`"}`, once...), 200); w.Secret != own {
		t.Errorf("the new secret is shown as %s", w.Secret)
	}
	for _, again := range []struct {
		key, path, body string
		status          int
		version         int64
	}{
		{"create", "/api/v1/webhooks", body, 201, 1}, {"rotate", rotate, "", 200, 2}, {"own", rotate, `{"secret":"` + own + `"}`, 200, 3},
	} {
		w := d.send("POST", again.path, again.body, "Idempotency-Key", again.key)
		got := httpapitest.Decode[hook](t, w, again.status)
		if w.Header().Get("Idempotency-Replayed") != "true" || got.ID != created.ID || got.Version != again.version || strings.Contains(w.Body.String(), "whsec_") {
			t.Errorf("%s: replayed as %v %s", again.key, w.Header(), w.Body)
		}
	}
	d.publish("p", "MAD-001", 1)
	got := e.next()
	for _, secret := range []string{own, rotated.Secret} {
		if err := got.verify(t, secret); err != nil {
			t.Error(err)
		}
	}
	d.close()
	// The previous secret is in the record of the webhook, the first one nowhere.
	for secret, want := range map[string]int{created.Secret: 0, rotated.Secret: 1, own: 1} {
		if n := d.inFiles(secret); n != want {
			t.Errorf("%d times in the database, want %d", n, want)
		}
	}
	d.open()
}

// inFiles counts the occurrences of a text in the files of the closed database.
func (d *fixture) inFiles(text string) (n int) {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(d.config.SQLitePath), "*"))
	if err != nil || len(files) == 0 {
		d.t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		n += bytes.Count(content, []byte(text))
	}
	return n
}

func TestWebhook_EncryptedSecrets(t *testing.T) {
	const one, two = "1111111111111111111111111111111111111111111111111111111111111111", "MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI="
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	previous := h.Secret
	current := httpapitest.Decode[hook](t, d.send("POST", "/api/v1/webhooks/"+h.ID+"/rotate-secret", ""), 200).Secret
	version := int64(0)
	signs := func() {
		t.Helper()
		version++
		event := d.publish("p", "MAD-001", version)
		got := e.next()
		for got.id != event.ID { // one before it, whose response a restart broke off
			got = e.next()
		}
		for _, secret := range []string{previous, current} {
			if err := got.verify(t, secret); err != nil {
				t.Error(err)
			}
		}
	}
	reopen := func(keys string) {
		t.Helper()
		d.close()
		d.config.SecretsKey = keys
		d.open()
		signs()
	}
	signs()
	for _, keys := range []string{one, one, two + "," + one, two} {
		reopen(keys)
		if w := d.hook(h.ID); w.Version != 2 {
			t.Errorf("encrypting made version %d", w.Version)
		}
	}
	made := d.subscribe(e.URL, `"active":false`)
	previous, current = current, httpapitest.Decode[hook](t, d.send("POST", "/api/v1/webhooks/"+h.ID+"/rotate-secret", ""), 200).Secret
	signs()
	d.close()
	for _, secret := range []string{previous, current, made.Secret} {
		if n := d.inFiles(secret); n > 0 {
			t.Errorf("a secret is %d times in clear in the database", n)
		}
	}
	for name, keys := range map[string]string{"no key": "", "the key before": one} {
		d.config.SecretsKey = keys
		_, err := notifier.Open(context.Background(), d.config, notifier.Deps{
			Subscriber: d.source,
			Deps: backbone.Deps{
				Broker: "test", Clock: d.time, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler),
			},
		})
		if err == nil || !strings.Contains(err.Error(), "SECRETS_KEY: the secrets of 2 of 2 webhooks are encrypted") {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.config.SecretsKey = one + "," + two // the key that encrypted them is there, though not the first
	d.open()
	signs()
}
