// Command catalog runs the catalog service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/settings"
	"inventory.example/pkg/standalone"
	"inventory.example/services/catalog"
)

func main() { process.Service(catalog.Name, run) }

func run(ctx context.Context, healthcheck bool) error {
	var config catalog.Config
	var brokerConfig broker.Config
	if err := settings.Load(ctx, "CATALOG_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpapi.Healthcheck(ctx, config.Listen, config.Port)
	}
	this := standalone.Process{Name: catalog.Name, Port: config.Port, Common: config.Common, Broker: brokerConfig}
	return standalone.Run(ctx, this, func(ctx context.Context, p standalone.Parts) (standalone.Service, error) {
		return catalog.Open(ctx, config, catalog.Deps{
			Publisher: p.Broker.Publisher, Broker: p.Broker.Name, Inspector: p.Broker.Inspector,
			Stock: p.Transport,
			Clock: clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
		})
	})
}
