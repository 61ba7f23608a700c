// Command notifier runs the notifier service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/notifier"
)

func main() {
	process.Alone(notifier.Name, func(c notifier.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config notifier.Config, p process.Parts) (process.Service, error) {
	return notifier.Open(ctx, config, notifier.Deps{
		Deps:       backbone.DepsOf(p),
		Subscriber: p.Broker.Subscriber, Ping: p.Broker.Pinger(),
		Catalog: p.Transport, Stock: p.Transport, Reservation: p.Transport, PassOn: true,
	})
}
