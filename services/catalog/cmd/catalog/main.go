// Command catalog runs the catalog service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog"
)

func main() { process.ServiceMain(catalog.Name, run) }

func run(ctx context.Context, healthcheck bool) error {
	var config catalog.Config
	var brokerConfig broker.Config
	if err := process.Load(ctx, "CATALOG_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpserver.Healthcheck(ctx, config.Listen, config.Port)
	}
	this := process.Standalone{Name: catalog.Name, Port: config.Port, Settings: config.Settings, Broker: brokerConfig}
	return process.RunService(ctx, this, func(ctx context.Context, p process.Parts) (process.Service, error) {
		return catalog.Open(ctx, config, catalog.Deps{
			Publisher: p.Broker.Publisher, Broker: p.Broker.Name, Inspector: p.Broker.Inspector,
			Stock: p.Transport,
			Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
		})
	})
}
