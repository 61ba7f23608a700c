// Command reservation runs the reservation service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/process"
	"inventory.example/services/reservation"
)

func main() {
	process.Alone(reservation.Name, func(c reservation.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config reservation.Config, p process.Parts) (process.Service, error) {
	return reservation.Open(ctx, config, reservation.Deps{
		Publisher: p.Broker.Publisher, Subscriber: p.Broker.Subscriber, Broker: p.Broker.Name, Inspector: p.Broker.Inspector,
		Stock: p.Transport,
		Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
	})
}
