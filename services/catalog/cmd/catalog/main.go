// Command catalog runs the catalog service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog"
)

func main() {
	process.Alone(catalog.Name, func(c catalog.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config catalog.Config, p process.Parts) (process.Service, error) {
	return catalog.Open(ctx, config, catalog.Deps{
		Publisher: p.Broker.Publisher, Broker: p.Broker.Name, Inspector: p.Broker.Inspector,
		Stock: p.Transport,
		Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
	})
}
