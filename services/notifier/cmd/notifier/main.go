// Command notifier runs the notifier service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
	"inventory.example/services/notifier"
)

func main() { process.ServiceMain(notifier.Name, run) }

func run(ctx context.Context, healthcheck bool) error {
	var config notifier.Config
	var brokerConfig broker.Config
	if err := process.Load(ctx, "NOTIFIER_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpserver.Healthcheck(ctx, config.Listen, config.Port)
	}
	this := process.Standalone{Name: notifier.Name, Port: config.Port, Settings: config.Settings, Broker: brokerConfig}
	return process.RunService(ctx, this, func(ctx context.Context, p process.Parts) (process.Service, error) {
		return notifier.Open(ctx, config, notifier.Deps{
			Subscriber: p.Broker.Subscriber, Broker: p.Broker.Name, Ping: p.Broker.Pinger(), Inspector: p.Broker.Inspector,
			Catalog: p.Transport, Stock: p.Transport, Reservation: p.Transport, PassOn: true,
			Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
		})
	})
}
