// Package rest is notifier's HTTP side: it decodes, calls the cores and
// renders.
package rest

import (
	_ "embed"
	"log/slog"
	"net/http"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/console/system"
	"inventory.example/services/notifier/internal/stream"
	"inventory.example/services/notifier/internal/webhook"
)

// OpenAPI is the service's openapi.yaml without the shared components.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Deps are the dependencies of Register. All fields but NoBroker and WriteTimeout are required.
type Deps struct {
	Stream   *stream.Hub
	Webhooks *webhook.Service
	Alerts   *alert.Service
	System   *system.Service
	NoBroker bool // MESSAGE_BROKER=none
	Clock    clock.Clock
	Logger   *slog.Logger
	// WriteTimeout is how long a reader of the stream may take to accept one write;
	// 0: 10 seconds.
	WriteTimeout time.Duration
}

const defaultWriteTimeout = 10 * time.Second

// Register adds notifier's routes to api. A webhook gets events of all stores, and
// its URL and the responses in its log may contain secrets, so only keys that are not
// restricted may see or change one.
func Register(api *httpapi.API, d Deps) {
	if d.WriteTimeout == 0 {
		d.WriteTimeout = defaultWriteTimeout
	}
	h := handlers{d}
	api.HandleStream(http.MethodGet, "/api/v1/events/stream", httpapi.Reader, h.followStream)

	const all, one = "/api/v1/webhooks", "/api/v1/webhooks/:id"
	api.Handle(http.MethodGet, all, httpapi.Unrestricted, h.listWebhooks)
	api.Handle(http.MethodPost, all, httpapi.Unrestricted, h.createWebhook)
	api.Handle(http.MethodGet, one, httpapi.Unrestricted, h.getWebhook)
	api.Handle(http.MethodPut, one, httpapi.Unrestricted, h.updateWebhook)
	api.Handle(http.MethodDelete, one, httpapi.Unrestricted, h.deleteWebhook)
	api.Handle(http.MethodPost, one+"/rotate-secret", httpapi.Unrestricted, h.rotateSecret)
	api.Handle(http.MethodPost, one+"/test", httpapi.Unrestricted, h.testWebhook)
	api.Handle(http.MethodPost, one+"/replay", httpapi.Unrestricted, h.replayWebhook)
	api.Handle(http.MethodGet, one+"/deliveries", httpapi.Unrestricted, h.listDeliveries)
	api.Handle(http.MethodPost, one+"/deliveries/:delivery_id/redeliver", httpapi.Unrestricted, h.redeliver)

	const rules, rule = "/api/v1/alerts/rules", "/api/v1/alerts/rules/:id"
	api.Handle(http.MethodGet, "/api/v1/alerts", httpapi.Reader, h.listAlerts)
	api.Handle(http.MethodGet, rules, httpapi.Reader, h.listRules)
	api.Handle(http.MethodPost, rules, httpapi.Unrestricted, h.createRule)
	api.Handle(http.MethodGet, rule, httpapi.Reader, h.getRule)
	api.Handle(http.MethodPut, rule, httpapi.Unrestricted, h.updateRule)
	api.Handle(http.MethodDelete, rule, httpapi.Unrestricted, h.deleteRule)

	api.Handle(http.MethodGet, "/api/v1/key", httpapi.Reader, h.getKey)
	api.Handle(http.MethodGet, "/api/v1/system", httpapi.Reader, h.getSystem)
	api.Handle(http.MethodPost, "/api/v1/system/dead-letters/:id/replay", httpapi.Unrestricted, h.replayDeadLetter)
}

type handlers struct{ deps Deps }
