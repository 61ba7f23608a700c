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
	"inventory.example/services/notifier/internal/stream"
)

// OpenAPI is the service's openapi.yaml without the shared components.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Deps are what Register needs. All fields but WriteTimeout are required.
type Deps struct {
	Stream *stream.Hub
	Clock  clock.Clock
	Logger *slog.Logger
	// WriteTimeout is how long a reader of the stream may take to accept what
	// is sent to it; 0: 10 seconds.
	WriteTimeout time.Duration
}

const defaultWriteTimeout = 10 * time.Second

// Register adds notifier's routes to api.
func Register(api *httpapi.API, d Deps) {
	if d.WriteTimeout == 0 {
		d.WriteTimeout = defaultWriteTimeout
	}
	h := handlers{d}
	api.HandleStream(http.MethodGet, "/api/v1/events/stream", httpapi.Reader, h.stream)
}

type handlers struct{ deps Deps }
