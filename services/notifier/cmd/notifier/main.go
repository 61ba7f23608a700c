// Command notifier runs the notifier service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/process"
	"inventory.example/services/notifier"
)

func main() {
	process.Alone(notifier.Name, func(c notifier.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config notifier.Config, p process.Parts) (process.Service, error) {
	return notifier.Open(ctx, config, notifier.Deps{
		Subscriber: p.Broker.Subscriber, Broker: p.Broker.Name, Ping: p.Broker.Pinger(), Inspector: p.Broker.Inspector,
		Catalog: p.Transport, Stock: p.Transport, Reservation: p.Transport, PassOn: true,
		Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
	})
}
