// Command stock runs the stock service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/stock"
)

func main() {
	process.Alone(stock.Name, func(c stock.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config stock.Config, p process.Parts) (process.Service, error) {
	return stock.Open(ctx, config, stock.Deps{
		Deps:      backbone.DepsOf(p),
		Publisher: p.Broker.Publisher, Subscriber: p.Broker.Subscriber,
		Catalog: p.Transport,
	})
}
