// Command catalog runs the catalog service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/catalog"
)

func main() {
	process.Alone(catalog.Name, func(c catalog.Config) (int, process.Settings) { return c.Port, c.Settings }, open)
}

func open(ctx context.Context, config catalog.Config, p process.Parts) (process.Service, error) {
	return catalog.Open(ctx, config, catalog.Deps{
		Deps:      backbone.DepsOf(p),
		Publisher: p.Broker.Publisher,
		Stock:     p.Transport,
	})
}
