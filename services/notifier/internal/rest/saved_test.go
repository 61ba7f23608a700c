package rest_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/console/system"
	"inventory.example/services/notifier/internal/rest"
	"inventory.example/services/notifier/internal/webhook"
)

// Documents as the release before documents had a version saved them: they must
// be read for two days after an upgrade. That of a webhook had room for secrets.
const (
	webhookBefore = `{"id":"w-1","url":"https://example.com/hook","event_types":["stock.low"],"store_ids":["MAD-001"],` +
		`"include_aborted":true,"description":"Ada's","active":true,"disabled_reason":"","secret":{"current":"","previous":"",` +
		`"previous_until":"2026-08-02T12:00:00.007Z"},"version":2,"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T13:00:00.007Z"}`
	recordBefore = `{"id":7,"webhook_id":"w-1","event_id":"e-1","event_type":"stock.low","state":"pending","attempts":0,` +
		`"created_at":"2026-08-01T12:00:00.007Z","next_attempt_at":"2026-08-01T13:00:00.007Z","finished_at":"","last_attempt_at":"",` +
		`"status":0,"latency_ms":0,"failure":"","response":""}`
	ruleBefore = `{"id":"r-1","name":"Low","event_type":"stock.low","store_ids":[],"threshold":3,"window_seconds":60,"quiet_seconds":900,` +
		`"active":true,"version":1,"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T13:00:00.007Z"}`
	replayBefore = `{"id":"l-1","group":"notifier","event_id":"e-1"}`
)

// checkSaved requires a result to be saved as the document of the release before with
// a version and without the fields in left, and both documents to be read.
func checkSaved[T any](t *testing.T, format idempotency.Format[T], before, left string, want T) {
	t.Helper()
	now := strings.Replace(strings.Replace(before, left, "", 1), "{", `{"format":1,`, 1)
	encoded, err := format.Encode(want)
	if err != nil || string(encoded) != now {
		t.Errorf("saved %s, %v; want %s", encoded, err, now)
	}
	for _, document := range []string{before, now} {
		if got, err := format.Decode([]byte(document)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", document, got, err, want)
		}
	}
	if got, err := format.Decode([]byte(`{"format":2}`)); err == nil {
		t.Errorf("a later release's document is read as %+v", got)
	}
}

func TestSaved(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)
	hook := webhook.Webhook{
		ID: "w-1", Version: 2, CreatedAt: noon, UpdatedAt: noon.Add(time.Hour), Secret: webhook.Secret{PreviousUntil: noon.Add(24 * time.Hour)},
		Details: webhook.Details{
			URL: "https://example.com/hook", EventTypes: []events.Type{inventory.TypeStockLow}, StoreIDs: []string{"MAD-001"},
			IncludeAborted: true, Description: "Ada's", Active: true,
		},
	}
	t.Run("webhook", func(t *testing.T) {
		checkSaved(t, rest.SavedWebhooks(), webhookBefore, `"current":"","previous":"",`, hook)
	})
	t.Run("no secret of a webhook", func(t *testing.T) {
		secret := hook
		secret.Secret.Current, secret.Secret.Previous = "whsec_new", "whsec_old"
		encoded, err := rest.SavedWebhooks().Encode(secret)
		if err != nil || strings.Contains(string(encoded), "whsec") {
			t.Errorf("saved %s, %v", encoded, err)
		}
		before := strings.Replace(webhookBefore, `"current":"","previous":""`, `"current":"whsec_new","previous":"whsec_old"`, 1)
		if got, err := rest.SavedWebhooks().Decode([]byte(before)); err != nil || !reflect.DeepEqual(got, hook) {
			t.Errorf("got %+v, %v; want %+v", got, err, hook)
		}
	})
	t.Run("delivery", func(t *testing.T) {
		checkSaved(t, rest.SavedRecords(), recordBefore, "", webhook.Record{
			ID: 7, WebhookID: "w-1", EventID: "e-1", EventType: inventory.TypeStockLow, State: webhook.Pending,
			CreatedAt: noon, NextAttemptAt: noon.Add(time.Hour),
		})
	})
	t.Run("alert rule", func(t *testing.T) {
		checkSaved(t, rest.SavedRules(), ruleBefore, "", alert.Rule{
			ID: "r-1", Version: 1, CreatedAt: noon, UpdatedAt: noon.Add(time.Hour),
			Details: alert.Details{
				Name: "Low", EventType: inventory.TypeStockLow, StoreIDs: []string{}, Threshold: 3, WindowSeconds: 60, QuietSeconds: 900, Active: true,
			},
		})
	})
	t.Run("replay", func(t *testing.T) {
		checkSaved(t, rest.SavedReplays(), replayBefore, "", system.Replayed{ID: "l-1", Group: "notifier", EventID: "e-1"})
	})
}
