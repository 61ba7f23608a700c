package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/tlsfiles"
)

// Service is a service that was opened.
type Service interface {
	// Handler serves the service's routes, while Run runs.
	Handler() http.Handler
	// PublicHandler is Handler without the internal routes.
	PublicHandler() http.Handler
	// Run works until ctx ends, and returns when everything it started has
	// ended.
	Run(ctx context.Context) error
	// Close comes after Run.
	Close() error
}

// Standalone is a service that runs alone in its process.
type Standalone struct {
	Name     string
	Port     int
	Settings Settings
	Broker   broker.Config
}

// Parts are what the process makes for its service.
type Parts struct {
	Broker    *broker.Broker
	Transport http.RoundTripper // to other services
	Logger    *slog.Logger
	Metrics   *prometheus.Registry
	Gate      *httpapi.Gate
}

// RunService opens the broker and the service, listens, and runs until ctx ends. It
// stops in order: requests, the service, the broker.
func RunService(ctx context.Context, p Standalone, open func(context.Context, Parts) (Service, error)) (err error) {
	logger, err := telemetry.NewLogger(os.Stderr, p.Settings.LogLevel, p.Settings.LogFormat, p.Name, p.Settings.Instance())
	if err != nil {
		return err
	}
	registry, err := telemetry.NewRegistry()
	if err != nil {
		return err
	}
	events, err := broker.Open(ctx, p.Broker, clock.System{}, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, events.Close()) }()
	if err := events.RegisterMetrics(registry, clock.System{}); err != nil {
		return err
	}
	files, err := tlsfiles.Open(p.Settings.TLS, logger)
	if err != nil {
		return err
	}
	if err := files.RegisterMetrics(registry); err != nil {
		return err
	}
	transport := files.Transport(httpapi.NewTransport())
	defer transport.CloseIdleConnections()
	gate := httpapi.NewGate(clock.System{}, logger)
	service, err := open(ctx, Parts{Broker: events, Transport: transport, Logger: logger, Metrics: registry, Gate: gate})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	proxies, err := httpserver.ParseProxies(p.Settings.TrustedProxies)
	if err != nil {
		return fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	handlers := httpserver.Handlers{All: service.Handler(), Public: service.PublicHandler(), Metrics: registry, Proxies: proxies}
	shutdown := p.Settings.ShutdownTimeout * 2 / 3 // the rest is for what stops after it
	servers, err := p.Settings.Listen.Open(p.Port, handlers, files, shutdown, logger)
	if err != nil {
		return err
	}
	servers.Log(ctx)
	var group Group
	group.Add("http", servers.Run)
	group.Add(p.Name, service.Run)
	return group.Run(ctx, p.Settings.ShutdownTimeout)
}
