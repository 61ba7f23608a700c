// Command stock runs the stock service alone, on its own port and database.
package main

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
	"inventory.example/services/stock"
)

func main() { process.ServiceMain(stock.Name, run) }

func run(ctx context.Context, healthcheck bool) error {
	var config stock.Config
	var brokerConfig broker.Config
	if err := process.Load(ctx, "STOCK_", &config, &brokerConfig); err != nil {
		return err
	}
	if healthcheck {
		return httpserver.Healthcheck(ctx, config.Listen, config.Port)
	}
	this := process.Standalone{Name: stock.Name, Port: config.Port, Settings: config.Settings, Broker: brokerConfig}
	return process.RunService(ctx, this, func(ctx context.Context, p process.Parts) (process.Service, error) {
		return stock.Open(ctx, config, stock.Deps{
			Publisher: p.Broker.Publisher, Subscriber: p.Broker.Subscriber, Broker: p.Broker.Name, Inspector: p.Broker.Inspector,
			Catalog: p.Transport,
			Clock:   clock.System{}, NewID: process.NewID, Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
		})
	})
}
