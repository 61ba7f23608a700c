// Command stock runs the stock service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/process"
	"inventory.example/services/stock"
)

func main() {
	process.Alone(stock.Name, func(c stock.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config stock.Config, p process.Parts) (process.Service, error) {
	return stock.Open(ctx, config, stock.Deps{
		Publisher: p.Broker.Publisher, Subscriber: p.Broker.Subscriber, Broker: p.Broker.Name, Inspector: p.Broker.Inspector,
		Catalog: p.Transport,
		Clock:   clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
	})
}
