// Command notifier runs the notifier service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/settings"
	"inventory.example/pkg/standalone"
	"inventory.example/services/notifier"
)

func main() { process.Service(notifier.Name, run) }

func run(ctx context.Context, healthcheck bool) error {
	var config notifier.Config
	var brokerConfig broker.Config
	if err := settings.Load(ctx, "NOTIFIER_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpapi.Healthcheck(ctx, config.Listen, config.Port)
	}
	this := standalone.Process{Name: notifier.Name, Port: config.Port, Common: config.Common, Broker: brokerConfig}
	return standalone.Run(ctx, this, func(ctx context.Context, p standalone.Parts) (standalone.Service, error) {
		return notifier.Open(ctx, config, notifier.Deps{
			Subscriber: p.Broker.Subscriber, Broker: p.Broker.Name, Ping: p.Broker.Pinger(), Inspector: p.Broker.Inspector,
			Catalog: p.Transport, Stock: p.Transport, Reservation: p.Transport, PassOn: true,
			Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
		})
	})
}
