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

func TestWebhook_is_signed_as_the_specification_says(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	event := d.tell("p", "MAD-001", 1)
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

func TestWebhook_secret_is_shown_once_and_rotated_with_overlap(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	for _, path := range []string{"/api/v1/webhooks/" + h.ID, "/api/v1/webhooks"} {
		if w := d.call("GET", path, ""); w.Code != 200 || strings.Contains(w.Body.String(), "whsec_") {
			t.Errorf("%s shows %s", path, w.Body)
		}
	}
	rotated := httpapitest.Decode[hook](t, d.call("POST", "/api/v1/webhooks/"+h.ID+"/rotate-secret", ""), 200)
	if rotated.Secret == h.Secret || rotated.Version != 2 {
		t.Errorf("rotated to %+v", rotated)
	}
	d.tell("p", "MAD-001", 1)
	got := e.next()
	for _, secret := range []string{h.Secret, rotated.Secret} {
		if err := got.verify(t, secret); err != nil {
			t.Error(err)
		}
	}
	d.clock.Advance(24 * time.Hour)
	d.tell("p", "MAD-001", 2)
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

func TestWebhook_secret_may_be_the_callers_own(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	first, second := ownSecret(24), ownSecret(64)
	h := d.subscribe(e.URL, `"secret":"`+first+`"`)
	if h.Secret != first {
		t.Errorf("shown as %s", h.Secret)
	}
	signedWith := func(version int64, secrets ...string) {
		t.Helper()
		d.tell("p", "MAD-001", version)
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
		rotated := httpapitest.Decode[hook](t, d.call("POST", rotate, `{"secret":"`+second+`"}`), 200)
		if rotated.Secret != second || rotated.Version != 2 {
			t.Errorf("rotated to %+v", rotated)
		}
	}
	signedWith(2, first, second)
	for _, path := range []string{"/api/v1/webhooks/" + h.ID, "/api/v1/webhooks"} {
		if w := d.call("GET", path, ""); w.Code != 200 || strings.Contains(w.Body.String(), "whsec_") {
			t.Errorf("%s shows %s", path, w.Body)
		}
	}
	for _, body := range []string{"", "null", "{}", `{"secret":null}`} {
		rotated := httpapitest.Decode[hook](t, d.call("POST", rotate, body), 200)
		if !strings.HasPrefix(rotated.Secret, "whsec_") || rotated.Secret == second {
			t.Errorf("%s: rotated to %+v", body, rotated)
		}
	}
	if made := d.subscribe(e.URL, `"secret":null`); !strings.HasPrefix(made.Secret, "whsec_") {
		t.Errorf("%+v", made)
	}
}

func TestWebhook_refuses_a_secret_that_is_none(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	good := ownSecret(32)
	for _, secret := range []string{
		`""`, `"whsec_"`, `"secret"`, `"` + strings.TrimPrefix(good, "whsec_") + `"`, `"WHSEC_` + good[6:] + `"`, `" ` + good + `"`,
		`"` + ownSecret(23) + `"`, `"` + ownSecret(65) + `"`, `"` + strings.TrimRight(good, "=") + `"`, `"` + good + `\n"`,
		`"whsec_` + strings.Repeat("-_", 22) + `"`, `"whsec_` + strings.Repeat("k", 42) + `l="`, `7`, `{}`,
	} {
		httpapitest.WantInvalid(t, d.call("POST", "/api/v1/webhooks", `{"url":"`+e.URL+`","secret":`+secret+`}`), "secret")
		httpapitest.WantInvalid(t, d.call("POST", "/api/v1/webhooks/"+h.ID+"/rotate-secret", `{"secret":`+secret+`}`), "secret")
	}
	httpapitest.WantInvalid(t, d.call("POST", "/api/v1/webhooks", `{"url":"ftp://x/","secret":""}`), "url", "secret")
	httpapitest.WantInvalid(t, d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","secret":"`+good+`"}`), "secret")
	if got := d.hook(h.ID); got.Version != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWebhook_filters(t *testing.T) {
	d, all, madrid, none := openDesk(t), newEndpoint(t), newEndpoint(t), newEndpoint(t)
	d.subscribe(none.URL, `"event_types":["stock.updated"]`)
	d.subscribe(none.URL, `"active":false`)
	d.subscribe(none.URL, `"store_ids":["MAD-00","D-001"]`)
	d.subscribe(madrid.URL, `"event_types":["stock.low","product.created"],"store_ids":["MAD-001"]`)
	d.subscribe(all.URL, "")
	first, second := d.tell("p", "BCN-001", 1), d.tell("p", "MAD-001", 1)
	if got := madrid.next(); got.id != second.ID {
		t.Errorf("Madrid was told of %s", got.body)
	}
	if a, b := all.next(), all.next(); a.id != first.ID || b.id != second.ID {
		t.Errorf("told of %s and %s", a.body, b.body)
	}
	d.stop() // nothing runs any more
	if len(none.got)+len(madrid.got) > 0 {
		t.Error("a webhook was told of what it did not ask for")
	}
	d.stop = func() {}
}

func TestWebhook_is_tried_again_in_order(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	e.status(http.StatusInternalServerError)
	d.subscribe(e.URL, "")
	first := d.tell("p", "MAD-001", 1)
	second := d.tell("p", "BCN-001", 1)
	for range 3 {
		d.until(time.Second, func() bool { return len(e.got) > 0 })
		if got := e.next(); got.id != first.ID {
			t.Fatalf("told of %s before %s was taken", got.body, first.ID)
		}
	}
	e.status(http.StatusNoContent)
	d.until(time.Minute, func() bool { return len(e.got) >= 2 })
	seen := []string{}
	for len(e.got) > 0 {
		if id := e.next().id; len(seen) == 0 || seen[len(seen)-1] != id {
			seen = append(seen, id)
		}
	}
	if len(seen) != 2 || seen[0] != first.ID || seen[1] != second.ID {
		t.Errorf("told of %v, want %s, %s", seen, first.ID, second.ID)
	}
}

func TestWebhook_that_is_slow_delays_no_other(t *testing.T) {
	d, slow, quick := openDesk(t), newEndpoint(t), newEndpoint(t)
	release := make(chan struct{})
	slow.answers(func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	d.subscribe(slow.URL, "")
	d.subscribe(quick.URL, "")
	const count = 200
	for i := range count {
		d.tell(strings.Repeat("p", 1+i%7), "MAD-001", int64(i))
	}
	for range count {
		quick.next()
	}
	if len(slow.got) > 8 {
		t.Errorf("the slow one holds %d requests", len(slow.got))
	}
}

func TestWebhook_pending_deliveries_outlive_a_restart(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	e.status(http.StatusServiceUnavailable)
	h := d.subscribe(e.URL, "")
	event := d.tell("p", "MAD-001", 1)
	e.next()
	d.shut()
	e.status(http.StatusOK)
	d.open()
	d.until(time.Minute, func() bool { return len(e.got) > 0 })
	got := e.next()
	if got.id != event.ID {
		t.Errorf("told of %s", got.body)
	}
	if err := got.verify(t, h.Secret); err != nil {
		t.Error(err)
	}
}

func TestWebhook_gone_is_disabled(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	e.status(http.StatusGone)
	h := d.subscribe(e.URL, "")
	d.tell("p", "MAD-001", 1)
	e.next()
	d.until(0, func() bool { return !d.hook(h.ID).Active })
	if got := d.hook(h.ID); got.DisabledReason != "the endpoint answered 410 Gone" || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	d.counts(`inventory_webhook_disabled_endpoints{service="notifier"}`, 1)
	e.status(http.StatusOK)
	d.tell("p", "MAD-001", 2) // not queued
	w := d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`, "If-Match", `"2"`)
	if got := httpapitest.Decode[hook](t, w, 200); !got.Active || got.DisabledReason != "" {
		t.Errorf("%+v", got)
	}
	d.counts(`inventory_webhook_disabled_endpoints{service="notifier"}`, 0)
	event := d.tell("p", "MAD-001", 3)
	if got := e.next(); got.id != event.ID {
		t.Errorf("told of %s", got.body)
	}
}

func TestWebhook_that_fails_for_days_is_disabled(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	e.status(http.StatusBadGateway)
	h := d.subscribe(e.URL, "")
	for i := range 5 {
		d.tell("p", "MAD-001", int64(i))
	}
	began := d.clock.Now()
	d.untilRetried(h.ID, time.Hour, func() bool { return !d.hook(h.ID).Active })
	// It is noticed with the next attempt, eight hours later at most.
	if after := d.clock.Now().Sub(began); after < 5*24*time.Hour || after > 5*24*time.Hour+12*time.Hour {
		t.Errorf("disabled after %s", after)
	}
}

func TestWebhook_that_fails_now_and_then_stays(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	const half = 4 * 24 * time.Hour
	for round := range 3 {
		e.status(http.StatusBadGateway)
		for i := range 5 {
			d.tell("p", "MAD-001", int64(10*round+i))
		}
		end := d.clock.Now().Add(half)
		d.untilRetried(h.ID, time.Hour, func() bool { return !d.clock.Now().Before(end) })
		e.status(http.StatusOK)
		d.untilRetried(h.ID, time.Hour, func() bool { return d.deliveries(h.ID, "?state=pending").Total == 0 })
		if got := d.hook(h.ID); !got.Active {
			t.Fatalf("round %d: %+v", round, got)
		}
	}
}

func TestWebhook_answer_of_10_MB_is_taken(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	e.answers(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 10<<20)) // fails when we hang up, as we do
	})
	d.subscribe(e.URL, "")
	first, second := d.tell("p", "MAD-001", 1), d.tell("p", "MAD-001", 2)
	if a, b := e.next(), e.next(); a.id != first.ID || b.id != second.ID {
		t.Errorf("told of %s and %s", a.body, b.body)
	}
}

func TestWebhook_never_reaches_a_private_address(t *testing.T) {
	e := newEndpoint(t)
	d := openDesk(t)
	h := d.subscribe(e.URL, "")
	d.shut()
	d.config.WebhookAllowPrivate = false
	d.open()
	for _, url := range []string{
		"http://127.0.0.1/", "http://[::1]:80/", "http://[1::]:80/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest", "http://LOCALHOST./",
		"ftp://example.com/", "//example.com/", "example.com", "http:///x", "http://u:p@example.com/", "https://example.com/#x", "javascript:alert(1)",
	} {
		w := d.call("POST", "/api/v1/webhooks", `{"url":"`+url+`"}`)
		if p := httpapitest.Decode[problem.Error](t, w, 400); !strings.Contains(w.Body.String(), `"field":"url"`) {
			t.Errorf("%s: %+v %s", url, p, w.Body)
		}
	}
	for i := range 5 {
		d.tell("p", "MAD-001", int64(i))
	}
	d.until(time.Hour, func() bool { return !d.hook(h.ID).Active })
	if len(e.got) > 0 {
		t.Error("it was reached")
	}
}

func TestWebhook_redirect_is_not_followed(t *testing.T) {
	d, e, other := openDesk(t), newEndpoint(t), newEndpoint(t)
	e.answers(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	d.subscribe(e.URL, "")
	d.tell("p", "MAD-001", 1)
	e.next()
	d.until(time.Second, func() bool { return len(e.got) > 0 }) // it counts as a failure
	if len(other.got) > 0 {
		t.Error("it was followed")
	}
}

func TestWebhook_timeout_is_a_failure(t *testing.T) {
	d := openDesk(t, func(c *notifier.Config) { c.WebhookTimeout = 50 * time.Millisecond })
	e := newEndpoint(t)
	e.answers(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	d.subscribe(e.URL, "")
	event := d.tell("p", "MAD-001", 1)
	for range 2 {
		// An attempt may even be over before it has reached the endpoint.
		d.until(time.Second, func() bool { return len(e.got) > 0 })
		if got := e.next(); got.id != event.ID {
			t.Errorf("told of %s", got.body)
		}
	}
}

func TestWebhook_needs_an_unrestricted_key(t *testing.T) {
	d := openDesk(t)
	for _, key := range []string{"k-read", "k-madrid"} {
		for _, r := range []struct{ method, path string }{
			{"GET", "/api/v1/webhooks"}, {"POST", "/api/v1/webhooks"}, {"GET", "/api/v1/webhooks/x"}, {"DELETE", "/api/v1/webhooks/x"},
		} {
			if w := d.callAs(key, r.method, r.path, ""); w.Code != 403 {
				t.Errorf("%s %s as %s: %d", r.method, r.path, key, w.Code)
			}
		}
	}
}

func TestWebhook_deleted_gets_nothing_more(t *testing.T) {
	d, e, other := openDesk(t), newEndpoint(t), newEndpoint(t)
	h := d.subscribe(e.URL, "")
	d.subscribe(other.URL, "")
	if w := d.call("DELETE", "/api/v1/webhooks/"+h.ID, "", "If-Match", `"2"`); w.Code != 412 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := d.call("DELETE", "/api/v1/webhooks/"+h.ID, "", "If-Match", `"1"`); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := d.call("GET", "/api/v1/webhooks/"+h.ID, ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	d.tell("p", "MAD-001", 1)
	other.next()
	if len(e.got) > 0 {
		t.Error("it was told")
	}
}

// TestWebhook_hundreds_that_hang_delay_no_other: more endpoints take requests
// and never answer than such webhooks may have at once.
func TestWebhook_hundreds_that_hang_delay_no_other(t *testing.T) {
	d, hanging, healthy := openDesk(t), newEndpoint(t), newEndpoint(t)
	release := make(chan struct{})
	hanging.answers(func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	d.subscribe(healthy.URL, "")
	d.tell("p", "MAD-001", 1)
	healthy.next() // it answers well, which is known from now on
	const webhooks, room, count = 600, 512, 20
	for i := range webhooks {
		d.subscribe(fmt.Sprintf("%s/%d", hanging.URL, i), "")
	}
	for i := range count {
		want := d.tell("p", "MAD-001", int64(i+2))
		if got := healthy.next(); got.id != want.ID {
			t.Fatalf("told of %s, want %s", got.id, want.ID)
		}
	}
	for range room {
		hanging.next()
	}
	want := d.tell("p", "MAD-001", count+2)
	if got := healthy.next(); got.id != want.ID || len(hanging.got) > 0 {
		t.Errorf("told of %s, and %d more requests hang", got.id, len(hanging.got))
	}
}

func TestWebhook_metrics(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	counts := func(outcome string, want int) {
		t.Helper()
		d.counts(`inventory_webhook_deliveries_total{outcome="`+outcome+`",service="notifier"}`, want)
	}
	pending := func(want int) {
		t.Helper()
		d.counts(`inventory_webhook_pending_deliveries{service="notifier"}`, want)
	}
	for _, outcome := range []string{"delivered", "retried", "dead"} {
		counts(outcome, 0)
	}
	h := d.subscribe(e.URL, "")
	d.tell("p", "MAD-001", 1)
	d.until(0, func() bool { return d.deliveries(h.ID, "?state=delivered").Total == 1 })
	e.status(http.StatusInternalServerError)
	d.tell("p", "MAD-001", 2)
	d.tell("p", "MAD-001", 3)
	d.untilRetried(h.ID, 10*time.Minute, func() bool { return d.deliveries(h.ID, "?state=dead").Total == 1 })
	e.status(http.StatusGone)
	d.until(time.Minute, func() bool { return d.deliveries(h.ID, "?state=dead").Total == 2 })
	d.tell("p", "MAD-001", 4) // for nobody
	retried := d.deliveries(h.ID, "?state=dead").Data[0].Attempts - 1
	counts("delivered", 1)
	counts("dead", 2)
	counts("retried", 13+retried)
	d.counts(`inventory_webhook_request_seconds_count{service="notifier"}`, 1+14+1+retried)
	pending(0)
}

func TestWebhook_inactive_waits(t *testing.T) {
	d, e, other := openDesk(t), newEndpoint(t), newEndpoint(t)
	e.status(http.StatusBadGateway)
	h := d.subscribe(e.URL, "")
	event := d.tell("p", "MAD-001", 1)
	e.next()
	d.until(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	httpapitest.Decode[hook](t, d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`","active":false}`), 200)
	e.status(http.StatusOK)
	d.clock.Advance(24 * time.Hour)
	d.subscribe(other.URL, "")
	d.tell("p", "MAD-001", 2)
	other.next()
	if got := d.deliveries(h.ID, "?state=pending"); got.Total != 1 || len(e.got) > 0 {
		t.Errorf("%+v, %d requests", got, len(e.got))
	}
	httpapitest.Decode[hook](t, d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`), 200)
	if got := e.next(); got.id != event.ID {
		t.Errorf("told of %s", got.body)
	}
}

// TestWebhook_with_another_URL_gets_a_fresh_chance: the pause after a failure
// was the old endpoint's.
func TestWebhook_with_another_URL_gets_a_fresh_chance(t *testing.T) {
	d, old, e := openDesk(t), newEndpoint(t), newEndpoint(t)
	old.status(http.StatusBadGateway)
	h := d.subscribe(old.URL, "")
	d.tell("p", "MAD-001", 1)
	old.next()
	d.until(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	event := d.tell("q", "MAD-001", 1) // due, but the webhook rests
	httpapitest.Decode[hook](t, d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`), 200)
	if got := e.next(); got.id != event.ID {
		t.Errorf("told of %s", got.body)
	}
}

// TestWebhook_old_URL_is_gone: the webhook got another one while the request was
// under way, which says nothing of that.
func TestWebhook_old_URL_is_gone(t *testing.T) {
	d, old, e := openDesk(t), newEndpoint(t), newEndpoint(t)
	release := make(chan struct{})
	old.answers(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		w.WriteHeader(http.StatusGone)
	})
	h := d.subscribe(old.URL, "")
	event := d.tell("p", "MAD-001", 1)
	old.next()
	httpapitest.Decode[hook](t, d.call("PUT", "/api/v1/webhooks/"+h.ID, `{"url":"`+e.URL+`"}`), 200)
	close(release)
	d.until(0, func() bool { return d.deliveries(h.ID, "").Data[0].Attempts == 1 })
	if got := d.hook(h.ID); !got.Active || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	d.until(time.Second, func() bool { return len(e.got) > 0 })
	if got := e.next(); got.id != event.ID {
		t.Errorf("told of %s", got.body)
	}
}

// TestWebhook_more_than_a_page_after_a_restart: all of them are read, not only
// the first page.
func TestWebhook_more_than_a_page_after_a_restart(t *testing.T) {
	d, e := openDesk(t), newEndpoint(t)
	const webhooks = 510
	for i := range webhooks {
		d.subscribe(fmt.Sprintf("%s/%d", e.URL, i), "")
	}
	d.shut()
	d.open()
	d.tell("p", "MAD-001", 1)
	for range webhooks {
		e.next()
	}
}
