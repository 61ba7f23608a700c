package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

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

// standalone is a service that runs alone in its process.
type standalone struct {
	Name     string
	Port     int
	Settings Settings
	Broker   broker.Config
}

// Parts are the parts that the process creates for its service.
type Parts struct {
	Broker    *broker.Broker
	Transport http.RoundTripper // to other services
	Logger    *slog.Logger
	Metrics   *prometheus.Registry
	Gate      *httpapi.Gate
}

// Alone is Main for the program of a service that runs alone. It reads a C and the
// configuration of the broker from the environment, with the prefix of the
// service's name, and runs the service; with the argument "healthcheck" it calls
// the service that runs on this machine. ports returns the port and the settings of
// a C.
func Alone[C any, P interface {
	*C
	Validator
}](name string, ports func(C) (int, Settings), open func(context.Context, C, Parts) (Service, error)) {
	serviceMain(name, func(ctx context.Context, healthcheck bool) error {
		var config C
		var brokerConfig broker.Config
		if err := Load(ctx, strings.ToUpper(name)+"_", P(&config), &brokerConfig); err != nil {
			return err
		}
		port, settings := ports(config)
		if healthcheck {
			return httpserver.Healthcheck(ctx, settings.Listen, port)
		}
		this := standalone{Name: name, Port: port, Settings: settings, Broker: brokerConfig}
		return runAlone(ctx, this, func(ctx context.Context, p Parts) (Service, error) { return open(ctx, config, p) })
	})
}

// runAlone opens the broker and the service, listens, and runs until ctx ends. It
// stops in order: requests, the service, the broker.
func runAlone(ctx context.Context, p standalone, open func(context.Context, Parts) (Service, error)) (err error) {
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
	shutdown := p.Settings.ShutdownTimeout * 2 / 3 // the rest is for the parts that stop after it
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
