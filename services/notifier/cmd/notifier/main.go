// Command notifier runs the notifier service alone, on its own port and database.
package main

import (
	"context"
	"errors"
	"os"
	"strconv"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/lifecycle"
	"inventory.example/pkg/process"
	"inventory.example/pkg/settings"
	"inventory.example/pkg/telemetry"
	"inventory.example/services/notifier"
	"inventory.example/services/notifier/internal/upstream"
)

func main() { process.Service(notifier.Name, run) }

func run(ctx context.Context, healthcheck bool) (err error) {
	var config notifier.Config
	var brokerConfig broker.Config
	if err := settings.Load(ctx, "NOTIFIER_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpapi.Healthcheck(ctx, "", config.Port)
	}
	logger, err := telemetry.NewLogger(os.Stderr, config.LogLevel, config.LogFormat, notifier.Name, config.Instance())
	if err != nil {
		return err
	}
	registry, err := telemetry.NewRegistry()
	if err != nil {
		return err
	}
	events, err := broker.Open(ctx, brokerConfig, clock.System{}, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, events.Close()) }()
	if err := events.RegisterMetrics(registry, clock.System{}); err != nil {
		return err
	}
	transport := upstream.NewTransport()
	defer transport.CloseIdleConnections()
	service, err := notifier.Open(ctx, config, notifier.Deps{
		Subscriber: events.Subscriber, Broker: events.Name, Ping: events.Pinger(), Inspector: events.Inspector,
		Catalog: transport, Stock: transport, Reservation: transport, PassOn: true,
		Clock: clock.System{}, NewID: process.NewID,
		Logger: logger, Version: process.Version(), Metrics: registry,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	server, err := httpapi.NewServer(":"+strconv.Itoa(config.Port), service.Handler(), logger)
	if err != nil {
		return err
	}
	if err := server.Listen(); err != nil {
		return err
	}
	logger.InfoContext(ctx, "listening", "addr", server.Addr())
	var group lifecycle.Group
	group.Add("http", server.Run)
	group.Add(notifier.Name, service.Run)
	if err := httpapi.ServeMetrics(ctx, &group, "", config.MetricsPort, registry, logger); err != nil {
		return err
	}
	return group.Run(ctx, config.ShutdownTimeout)
}
