// Command reservation runs the reservation service alone, on its own port and database.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strconv"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/lifecycle"
	"inventory.example/pkg/process"
	"inventory.example/pkg/settings"
	"inventory.example/pkg/telemetry"
	"inventory.example/services/reservation"
)

func main() { process.Service(reservation.Name, run) }

func run(ctx context.Context, healthcheck bool) (err error) {
	var config reservation.Config
	var brokerConfig broker.Config
	if err := settings.Load(ctx, "RESERVATION_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpapi.Healthcheck(ctx, "", config.Port)
	}
	logger, err := telemetry.NewLogger(os.Stderr, config.LogLevel, config.LogFormat, reservation.Name, config.Instance())
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
	service, err := reservation.Open(ctx, config, reservation.Deps{
		Publisher: events.Publisher, Subscriber: events.Subscriber, Broker: events.Name, Inspector: events.Inspector,
		Stock: http.DefaultTransport, Clock: clock.System{}, NewID: process.NewID,
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
	group.Add(reservation.Name, service.Run)
	if err := httpapi.ServeMetrics(ctx, &group, "", config.MetricsPort, registry, logger); err != nil {
		return err
	}
	return group.Run(ctx, config.ShutdownTimeout)
}
