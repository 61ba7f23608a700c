// Command reservation runs the reservation service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/reservation"
)

func main() {
	process.Alone(reservation.Name, func(c reservation.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config reservation.Config, p process.Parts) (process.Service, error) {
	return reservation.Open(ctx, config, reservation.Deps{
		Deps:      backbone.DepsOf(p),
		Publisher: p.Broker.Publisher, Subscriber: p.Broker.Subscriber,
		Stock: p.Transport,
	})
}
