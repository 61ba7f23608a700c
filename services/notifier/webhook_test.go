package notifier_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier"
)

func TestWebhook_Signature(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	event := d.publish("p", "MAD-001", 1)
	got := e.next()
	if got.id != event.ID || !bytes.Equal(got.body, event.Document()) {
		t.Errorf("got %s %s, want %s", got.id, got.body, event.Document())
	}
	if err := got.verify(t, h.Secret); err != nil {
		t.Error(err)
	}
	if got.verify(t, "whsec_bm90IHRoZSBzZWNyZXQ=") == nil {
		t.Error("another secret verifies too")
	}
}

func TestWebhook_RotatedSecret(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	for _, path := range []string{"/api/v1/webhooks/" + h.ID, "/api/v1/webhooks"} {
		if w := d.send("GET", path, ""); w.Code != 200 || strings.Contains(w.Body.String(), "whsec_") {
			t.Errorf("%s shows %s", path, w.Body)
		}
	}
	rotated := httpapitest.Decode[hook](t, d.send("POST", "/api/v1/webhooks/"+h.ID+"/rotate-secret", ""), 200)
	if rotated.Secret == h.Secret || rotated.Version != 2 {
		t.Errorf("rotated to %+v", rotated)
	}
	d.publish("p", "MAD-001", 1)
	got := e.next()
	for _, secret := range []string{h.Secret, rotated.Secret} {
		if err := got.verify(t, secret); err != nil {
			t.Error(err)
		}
	}
	d.clock.Advance(24 * time.Hour)
	d.publish("p", "MAD-001", 2)
	got = e.next()
	if got.verify(t, h.Secret) == nil {
		t.Error("the old secret signs after the overlap")
	}
	if err := got.verify(t, rotated.Secret); err != nil {
		t.Error(err)
	}
}

// ownSecret returns a secret of a caller's own, with n bytes.
func ownSecret(n int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{'k'}, n))
}

func TestWebhook_OwnSecret(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	first, second := ownSecret(24), ownSecret(64)
	h := d.subscribe(e.URL, `"secret":"`+first+`"`)
	if h.Secret != first {
		t.Errorf("shown as %s", h.Secret)
	}
	signedWith := func(version int64, secrets ...string) {
		t.Helper()
		d.publish("p", "MAD-001", version)
		got := e.next()
		for _, secret := range secrets {
			if err := got.verify(t, secret); err != nil {
				t.Errorf("%s: %v", secret, err)
			}
		}
	}
	signedWith(1, first)
	rotate := "/api/v1/webhooks/" + h.ID + "/rotate-secret"
	for range 2 { // the repetition keeps the secret before
		rotated := httpapitest.Decode[hook](t, d.send("POST", rotate, `{"secret":"`+second+`"}`), 200)
		if rotated.Secret != second || rotated.Version != 2 {
			t.Errorf("rotated to %+v", rotated)
		}
	}
	signedWith(2, first, second)
	for _, path := range []string{"/api/v1/webhooks/" + h.ID, "/api/v1/webhooks"} {
		if w := d.send("GET", path, ""); w.Code != 200 || strings.Contains(w.Body.String(), "whsec_") {
			t.Errorf("%s shows %s", path, w.Body)
		}
	}
	for _, body := range []string{"", "null", "{}", `{"secret":null}`} {
		rotated := httpapitest.Decode[hook](t, d.send("POST", rotate, body), 200)
		if !strings.HasPrefix(rotated.Secret, "whsec_") || rotated.Secret == second {
			t.Errorf("%s: rotated to %+v", body, rotated)
		}
	}
	if made := d.subscribe(e.URL, `"secret":null`); !strings.HasPrefix(made.Secret, "whsec_") {
		t.Errorf("%+v", made)
	}
}

func TestWebhook_InvalidSecret(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	good := ownSecret(32)
	for _, secret := range []string{
		`""`, `"whsec_"`, `"secret"`, `"` + strings.TrimPrefix(good, "whsec_") + `"`, `"WHSEC_` + good[6:] + `"`, `" ` + good + `"`,
		`"` + ownSecret(23) + `"`, `"` + ownSecret(65) + `"`, `"` + strings.TrimRight(good, "=") + `"`, `"` + good + `\n"`,
		`"whsec_` + strings.Repeat("-_", 22) + `"`, `"whsec_` + strings.Repeat("k", 42) + `l="`, `7`, `{}`,
	} {
		httpapitest.WantInvalid(t, d.send("POST", "/api/v1/webhooks", `{"url":"`+e.URL+`","secret":`+secret+`}`), "secret")
		httpapitest.WantInvalid(t, d.send("POST", "/api/v1/webhooks/"+h.ID+"/rotate-secret", `{"secret":`+secret+`}`), "secret")
	}
	httpapitest.WantInvalid(t, d.send("POST", "/api/v1/webhooks", `{"url":"ftp://x/","secret":""}`), "url", "secret")
	httpapitest.WantInvalid(t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","secret":"`+good+`"}`), "secret")
	if got := d.hook(h.ID); got.Version != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWebhook_Filters(t *testing.T) {
	d, all, madrid, none := openNotifier(t), newEndpoint(t), newEndpoint(t), newEndpoint(t)
	d.subscribe(none.URL, `"event_types":["stock.updated"]`)
	d.subscribe(none.URL, `"active":false`)
	d.subscribe(none.URL, `"store_ids":["MAD-00","D-001"]`)
	d.subscribe(madrid.URL, `"event_types":["stock.low","product.created"],"store_ids":["MAD-001"]`)
	d.subscribe(all.URL, "")
	first, second := d.publish("p", "BCN-001", 1), d.publish("p", "MAD-001", 1)
	if got := madrid.next(); got.id != second.ID {
		t.Errorf("Madrid got %s", got.body)
	}
	if a, b := all.next(), all.next(); a.id != first.ID || b.id != second.ID {
		t.Errorf("got %s and %s", a.body, b.body)
	}
	d.stop() // no request is in flight afterwards
	if len(none.got)+len(madrid.got) > 0 {
		t.Error("a webhook got an event that it did not ask for")
	}
	d.stop = func() {}
}

func TestWebhook_RetriesInOrder(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondStatus(http.StatusInternalServerError)
	d.subscribe(e.URL, "")
	first := d.publish("p", "MAD-001", 1)
	second := d.publish("p", "BCN-001", 1)
	for range 3 {
		d.advanceUntil(time.Second, func() bool { return len(e.got) > 0 })
		if got := e.next(); got.id != first.ID {
			t.Fatalf("got %s before %s was taken", got.body, first.ID)
		}
	}
	e.respondStatus(http.StatusNoContent)
	d.advanceUntil(time.Minute, func() bool { return len(e.got) >= 2 })
	seen := []string{}
	for len(e.got) > 0 {
		if id := e.next().id; len(seen) == 0 || seen[len(seen)-1] != id {
			seen = append(seen, id)
		}
	}
	if len(seen) != 2 || seen[0] != first.ID || seen[1] != second.ID {
		t.Errorf("got %v, want %s, %s", seen, first.ID, second.ID)
	}
}

func TestWebhook_SlowDelaysNoOther(t *testing.T) {
	d, slow, quick := openNotifier(t), newEndpoint(t), newEndpoint(t)
	release := make(chan struct{})
	slow.respondWith(func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	d.subscribe(slow.URL, "")
	d.subscribe(quick.URL, "")
	const count = 200
	for i := range count {
		d.publish(strings.Repeat("p", 1+i%7), "MAD-001", int64(i))
	}
	for range count {
		quick.next()
	}
	if len(slow.got) > 8 {
		t.Errorf("the slow endpoint has %d requests", len(slow.got))
	}
}

func TestWebhook_PendingAfterRestart(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondStatus(http.StatusServiceUnavailable)
	h := d.subscribe(e.URL, "")
	event := d.publish("p", "MAD-001", 1)
	e.next()
	d.close()
	e.respondStatus(http.StatusOK)
	d.open()
	d.advanceUntil(time.Minute, func() bool { return len(e.got) > 0 })
	got := e.next()
	if got.id != event.ID {
		t.Errorf("got %s", got.body)
	}
	if err := got.verify(t, h.Secret); err != nil {
		t.Error(err)
	}
}

func TestWebhook_Gone(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondStatus(http.StatusGone)
	h := d.subscribe(e.URL, "")
	d.publish("p", "MAD-001", 1)
	e.next()
	d.advanceUntil(0, func() bool { return !d.hook(h.ID).Active })
	if got := d.hook(h.ID); got.DisabledReason != "the endpoint answered 410 Gone" || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	d.expectCount(`inventory_webhook_disabled_endpoints{service="notifier"}`, 1)
	e.respondStatus(http.StatusOK)
	d.publish("p", "MAD-001", 2) // not queued
	w := d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`, "If-Match", `"2"`)
	if got := httpapitest.Decode[hook](t, w, 200); !got.Active || got.DisabledReason != "" {
		t.Errorf("%+v", got)
	}
	d.expectCount(`inventory_webhook_disabled_endpoints{service="notifier"}`, 0)
	event := d.publish("p", "MAD-001", 3)
	if got := e.next(); got.id != event.ID {
		t.Errorf("got %s", got.body)
	}
}

func TestWebhook_FailsForDays(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondStatus(http.StatusBadGateway)
	h := d.subscribe(e.URL, "")
	for i := range 5 {
		d.publish("p", "MAD-001", int64(i))
	}
	began := d.clock.Now()
	d.advanceUntilRetried(h.ID, time.Hour, func() bool { return !d.hook(h.ID).Active })
	// The next attempt, at most eight hours later, disables the webhook.
	if after := d.clock.Now().Sub(began); after < 5*24*time.Hour || after > 5*24*time.Hour+12*time.Hour {
		t.Errorf("disabled after %s", after)
	}
}

func TestWebhook_FailsNowAndThen(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	const half = 4 * 24 * time.Hour
	for round := range 3 {
		e.respondStatus(http.StatusBadGateway)
		for i := range 5 {
			d.publish("p", "MAD-001", int64(10*round+i))
		}
		end := d.clock.Now().Add(half)
		d.advanceUntilRetried(h.ID, time.Hour, func() bool { return !d.clock.Now().Before(end) })
		e.respondStatus(http.StatusOK)
		d.advanceUntilRetried(h.ID, time.Hour, func() bool { return d.deliveries(h.ID, "?state=pending").Total == 0 })
		if got := d.hook(h.ID); !got.Active {
			t.Fatalf("round %d: %+v", round, got)
		}
	}
}

func TestWebhook_LongResponse(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	e.respondWith(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 10<<20)) // fails when notifier closes the connection, as it does
	})
	d.subscribe(e.URL, "")
	first, second := d.publish("p", "MAD-001", 1), d.publish("p", "MAD-001", 2)
	if a, b := e.next(), e.next(); a.id != first.ID || b.id != second.ID {
		t.Errorf("got %s and %s", a.body, b.body)
	}
}

func TestWebhook_PrivateAddress(t *testing.T) {
	e := newEndpoint(t)
	d := openNotifier(t)
	h := d.subscribe(e.URL, "")
	d.close()
	d.config.WebhookAllowPrivate = false
	d.open()
	for _, url := range []string{
		"http://127.0.0.1/", "http://[::1]:80/", "http://[1::]:80/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest", "http://LOCALHOST./",
		"ftp://example.com/", "//example.com/", "example.com", "http:///x", "http://u:p@example.com/", "https://example.com/#x", "javascript:alert(1)",
	} {
		w := d.send("POST", "/api/v1/webhooks", `{"url":"`+url+`"}`)
		if p := httpapitest.Decode[problem.Error](t, w, 400); !strings.Contains(w.Body.String(), `"field":"url"`) {
			t.Errorf("%s: %+v %s", url, p, w.Body)
		}
	}
	for i := range 5 {
		d.publish("p", "MAD-001", int64(i))
	}
	d.advanceUntil(time.Hour, func() bool { return !d.hook(h.ID).Active })
	if len(e.got) > 0 {
		t.Error("the endpoint was reached")
	}
}

func TestWebhook_Redirect(t *testing.T) {
	d, e, other := openNotifier(t), newEndpoint(t), newEndpoint(t)
	e.respondWith(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	d.subscribe(e.URL, "")
	d.publish("p", "MAD-001", 1)
	e.next()
	d.advanceUntil(time.Second, func() bool { return len(e.got) > 0 }) // it counts as a failure
	if len(other.got) > 0 {
		t.Error("the redirect was followed")
	}
}

func TestWebhook_Timeout(t *testing.T) {
	d := openNotifier(t, func(c *notifier.Config) { c.WebhookTimeout = 50 * time.Millisecond })
	e := newEndpoint(t)
	e.respondWith(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	d.subscribe(e.URL, "")
	event := d.publish("p", "MAD-001", 1)
	for range 2 {
		// An attempt may even be over before it has reached the endpoint.
		d.advanceUntil(time.Second, func() bool { return len(e.got) > 0 })
		if got := e.next(); got.id != event.ID {
			t.Errorf("got %s", got.body)
		}
	}
}

func TestWebhook_NeedsUnrestrictedKey(t *testing.T) {
	d := openNotifier(t)
	for _, key := range []string{"k-read", "k-madrid"} {
		for _, r := range []struct{ method, path string }{
			{"GET", "/api/v1/webhooks"}, {"POST", "/api/v1/webhooks"}, {"GET", "/api/v1/webhooks/x"}, {"DELETE", "/api/v1/webhooks/x"},
		} {
			if w := d.sendAs(key, r.method, r.path, ""); w.Code != 403 {
				t.Errorf("%s %s as %s: %d", r.method, r.path, key, w.Code)
			}
		}
	}
}

func TestWebhook_Deleted(t *testing.T) {
	d, e, other := openNotifier(t), newEndpoint(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	d.subscribe(other.URL, "")
	if w := d.send("DELETE", "/api/v1/webhooks/"+h.ID, "", "If-Match", `"2"`); w.Code != 412 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := d.send("DELETE", "/api/v1/webhooks/"+h.ID, "", "If-Match", `"1"`); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := d.send("GET", "/api/v1/webhooks/"+h.ID, ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	d.publish("p", "MAD-001", 1)
	other.next()
	if len(e.got) > 0 {
		t.Error("the deleted webhook got a request")
	}
}

// More endpoints accept requests and never respond than such webhooks may have
// requests in flight.
func TestWebhook_HangingDelayNoOther(t *testing.T) {
	d, hanging, healthy := openNotifier(t), newEndpoint(t), newEndpoint(t)
	release := make(chan struct{})
	hanging.respondWith(func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	d.subscribe(healthy.URL, "")
	d.publish("p", "MAD-001", 1)
	healthy.next() // the endpoint is trusted from now on
	const webhooks, room, count = 600, 512, 20
	for i := range webhooks {
		d.subscribe(fmt.Sprintf("%s/%d", hanging.URL, i), "")
	}
	for i := range count {
		want := d.publish("p", "MAD-001", int64(i+2))
		if got := healthy.next(); got.id != want.ID {
			t.Fatalf("got %s, want %s", got.id, want.ID)
		}
	}
	for range room {
		hanging.next()
	}
	want := d.publish("p", "MAD-001", count+2)
	if got := healthy.next(); got.id != want.ID || len(hanging.got) > 0 {
		t.Errorf("got %s, and %d more requests hang", got.id, len(hanging.got))
	}
}

func TestWebhook_Metrics(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	counts := func(outcome string, want int) {
		t.Helper()
		d.expectCount(`inventory_webhook_deliveries_total{outcome="`+outcome+`",service="notifier"}`, want)
	}
	pending := func(want int) {
		t.Helper()
		d.expectCount(`inventory_webhook_pending_deliveries{service="notifier"}`, want)
	}
	for _, outcome := range []string{"delivered", "retried", "dead"} {
		counts(outcome, 0)
	}
	h := d.subscribe(e.URL, "")
	d.publish("p", "MAD-001", 1)
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 1 })
	e.respondStatus(http.StatusInternalServerError)
	d.publish("p", "MAD-001", 2)
	d.publish("p", "MAD-001", 3)
	d.advanceUntilRetried(h.ID, 10*time.Minute, func() bool { return d.deliveries(h.ID, "?state=dead").Total == 1 })
	e.respondStatus(http.StatusGone)
	d.advanceUntil(time.Minute, func() bool { return d.deliveries(h.ID, "?state=dead").Total == 2 })
	d.publish("p", "MAD-001", 4) // for no active webhook
	retried := d.deliveries(h.ID, "?state=dead").Data[0].Attempts - 1
	counts("delivered", 1)
	counts("dead", 2)
	counts("retried", 13+retried)
	d.expectCount(`inventory_webhook_request_seconds_count{service="notifier"}`, 1+14+1+retried)
	pending(0)
}

func TestWebhook_Inactive(t *testing.T) {
	d, e, other := openNotifier(t), newEndpoint(t), newEndpoint(t)
	e.respondStatus(http.StatusBadGateway)
	h := d.subscribe(e.URL, "")
	event := d.publish("p", "MAD-001", 1)
	e.next()
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	httpapitest.Decode[hook](t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","active":false}`), 200)
	e.respondStatus(http.StatusOK)
	d.clock.Advance(24 * time.Hour)
	d.subscribe(other.URL, "")
	d.publish("p", "MAD-001", 2)
	other.next()
	if got := d.deliveries(h.ID, "?state=pending"); got.Total != 1 || len(e.got) > 0 {
		t.Errorf("%+v, %d requests", got, len(e.got))
	}
	httpapitest.Decode[hook](t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`), 200)
	if got := e.next(); got.id != event.ID {
		t.Errorf("got %s", got.body)
	}
}

// The pause after a failure belongs to the old endpoint only.
func TestWebhook_NewURL(t *testing.T) {
	d, old, e := openNotifier(t), newEndpoint(t), newEndpoint(t)
	old.respondStatus(http.StatusBadGateway)
	h := d.subscribe(old.URL, "")
	d.publish("p", "MAD-001", 1)
	old.next()
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	event := d.publish("q", "MAD-001", 1) // due, but the webhook rests
	httpapitest.Decode[hook](t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`), 200)
	if got := e.next(); got.id != event.ID {
		t.Errorf("got %s", got.body)
	}
}

// The webhook gets another URL during a request to the old one, whose response says
// nothing about the new endpoint.
func TestWebhook_OldURLGone(t *testing.T) {
	d, old, e := openNotifier(t), newEndpoint(t), newEndpoint(t)
	release := make(chan struct{})
	old.respondWith(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		w.WriteHeader(http.StatusGone)
	})
	h := d.subscribe(old.URL, "")
	event := d.publish("p", "MAD-001", 1)
	old.next()
	httpapitest.Decode[hook](t, d.send("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`), 200)
	close(release)
	d.advanceUntil(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	if got := d.hook(h.ID); !got.Active || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	d.advanceUntil(time.Second, func() bool { return len(e.got) > 0 })
	if got := e.next(); got.id != event.ID {
		t.Errorf("got %s", got.body)
	}
}

// After a restart all webhooks are read, not only the first page.
func TestWebhook_ManyAfterRestart(t *testing.T) {
	d, e := openNotifier(t), newEndpoint(t)
	const webhooks = 510
	for i := range webhooks {
		d.subscribe(fmt.Sprintf("%s/%d", e.URL, i), "")
	}
	d.close()
	d.open()
	d.publish("p", "MAD-001", 1)
	for range webhooks {
		e.next()
	}
}
