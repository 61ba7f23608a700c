// Package standalone runs one service in a process of its own: what stands
// around the service is the same for all of them.
package standalone

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/lifecycle"
	"inventory.example/pkg/settings"
	"inventory.example/pkg/telemetry"
)

// Service is a service that was opened.
type Service interface {
	// Handler serves the service's routes, while Run runs.
	Handler() http.Handler
	// Run works until ctx ends, and returns when everything it started has
	// ended.
	Run(ctx context.Context) error
	// Close comes after Run.
	Close() error
}

// Process says which service runs, and how.
type Process struct {
	Name   string
	Port   int
	Common settings.Common
	Broker broker.Config
}

// Parts are what the process makes for its service.
type Parts struct {
	Broker  *broker.Broker
	Logger  *slog.Logger
	Metrics *prometheus.Registry
}

// Run opens the broker and the service, listens, and runs until ctx ends. It
// stops in order: requests, the service, the broker.
func Run(ctx context.Context, p Process, open func(context.Context, Parts) (Service, error)) (err error) {
	logger, err := telemetry.NewLogger(os.Stderr, p.Common.LogLevel, p.Common.LogFormat, p.Name, p.Common.Instance())
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
	service, err := open(ctx, Parts{Broker: events, Logger: logger, Metrics: registry})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	server, err := httpapi.NewServer(":"+strconv.Itoa(p.Port), service.Handler(), logger)
	if err != nil {
		return err
	}
	server.ShutdownTimeout = p.Common.ShutdownTimeout * 2 / 3 // the rest is for what stops after it
	if err := server.Listen(); err != nil {
		return err
	}
	logger.InfoContext(ctx, "listening", "addr", server.Addr())
	var group lifecycle.Group
	group.Add("http", server.Run)
	group.Add(p.Name, service.Run)
	if err := httpapi.ServeMetrics(ctx, &group, "", p.Common.MetricsPort, registry, logger); err != nil {
		return err
	}
	return group.Run(ctx, p.Common.ShutdownTimeout)
}
