// Package stock is the service that owns quantities, holds and movements. This
// file is all of its wiring.
package stock

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/pkg/telemetry"
	"inventory.example/services/stock/internal/announce"
	"inventory.example/services/stock/internal/catalogclient"
	"inventory.example/services/stock/internal/consumer"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/rest"
	"inventory.example/services/stock/internal/stockdb"
	"inventory.example/services/stock/internal/stockpg"
)

// Name is the service's name in logs, health and paths.
const Name = "stock"

// Deps are the service's dependencies. All fields are required, except as
// backbone.Deps says.
type Deps struct {
	backbone.Deps
	Publisher  events.Publisher
	Subscriber events.Subscriber
	Catalog    http.RoundTripper // carries requests to catalog
}

// Service is stock, opened. Its Handler may be served while Run runs.
type Service struct {
	*backbone.Backbone
	config   Config
	deps     Deps
	db       storage
	ledger   *ledger.Service
	consumer consumer.Consumer
	observe  func(events.Outcome)
	held     func(ledger.HoldOutcome)
	settled  func(ledger.SettlementOutcome)
	transfer func(ledger.TransferStep)
	counted  func(ledger.CountLineState)

	contradictions atomic.Int64
}

// storage is stock's database, in any engine.
type storage interface {
	backbone.Storage
	ledger.Repository
	Outbox() outbox.Table
}

// Open opens the database and wires the service; it starts nothing but the
// database's writer. The caller runs and closes the Service.
func Open(ctx context.Context, config Config, deps Deps) (*Service, error) {
	base, err := backbone.Open(ctx, backbone.Options{
		Service: Name, Settings: config.Settings, SQLitePath: config.SQLitePath, Reserved: inventory.Actors(), Deps: deps.Deps,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Name, err)
	}
	s := &Service{Backbone: base, config: config, deps: deps}
	if err := s.wire(ctx); err != nil {
		return nil, base.CloseAfter(err)
	}
	return s, nil
}

func (s *Service) wire(ctx context.Context) error {
	if err := s.openStorage(ctx); err != nil {
		return err
	}
	if err := s.OpenRelay(ctx, s.db.Outbox(), s.deps.Publisher); err != nil {
		return err
	}
	if err := s.measure(); err != nil {
		return err
	}
	err := s.OpenRoutes(httpapi.Options{
		OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Stock events", s.deps.Version, Events()),
		Health: s.Health,
	})
	if err != nil {
		return err
	}
	asked := catalogclient.New(catalogclient.Options{
		BaseURL: s.config.CatalogURL, Transport: s.Tracer.Transport(s.deps.Catalog), ServiceKey: s.Access.Credentials.ServiceKey,
		Timeout: s.config.CatalogTimeout,
	})
	s.ledger = ledger.New(ledger.Options{
		Repository: s.db, Products: asked, Stores: asked, RegisteredStores: s.config.Stores == storesRegistered,
		Clock: s.deps.Clock, NewID: s.deps.NewID, Logger: s.deps.Logger,
		SavedRows: rest.SavedRows(), SavedTransfers: rest.SavedTransfers(), SavedTransferOrders: rest.SavedTransferOrders(),
		SavedCounts: rest.SavedCounts(),
		Counts: ledger.Counts{
			Contradiction: func() { s.contradictions.Add(1) }, Hold: s.held, Settlement: s.settled, Transfer: s.transfer, CountLine: s.counted,
		},
	})
	s.consumer = consumer.New(s.ledger)
	rest.Register(s.API, s.ledger)
	s.RegisterEvents(s.db.Outbox())
	return nil
}

func (s *Service) openStorage(ctx context.Context) error {
	config, deps := s.Database()
	if config.URL != "" {
		db, err := stockpg.Open(ctx, config, deps)
		if err != nil {
			return err
		}
		s.db = db
		return s.UseStorage(db)
	}
	db, err := stockdb.Open(ctx, config, deps)
	if err != nil {
		return err
	}
	s.db = db
	return s.UseStorage(db)
}

// measure registers the metrics of stock's own parts.
func (s *Service) measure() error {
	var err error
	if s.observe, err = telemetry.RegisterConsumer(s.Metrics, consumer.Group); err != nil {
		return err
	}
	s.held, err = telemetry.RegisterOutcomes(s.Metrics, "inventory_holds_total", "Responses to requests for holds.", ledger.HoldOutcomes)
	if err != nil {
		return err
	}
	s.settled, err = telemetry.RegisterOutcomes(s.Metrics, "inventory_settlements_total",
		"Settlements of holds by their effect; most of the repeated ones are events after the direct call.", ledger.SettlementOutcomes())
	if err != nil {
		return err
	}
	s.transfer, err = telemetry.RegisterOutcomes(s.Metrics, "inventory_transfers_total",
		"Steps of transfers that take time; one transfer may be received in several.", ledger.TransferSteps)
	if err != nil {
		return err
	}
	s.counted, err = telemetry.RegisterOutcomes(s.Metrics, "inventory_count_lines_total",
		"Lines of counts that an apply booked, or that failed because their units are held or unavailable, for example.",
		[]ledger.CountLineState{ledger.LineApplied, ledger.LineFailed})
	if err != nil {
		return err
	}
	return telemetry.RegisterCount(s.Metrics, "inventory_stock_contradictions_total",
		"Settlements that were refused because they contradicted the state of their hold; more than 0 means that the reservation protocol was broken.",
		s.Contradictions)
}

// OpenAPI returns the service's document without the shared components and the
// components of Events.
func OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return eventschema.Stock() }

// Contradictions returns the number of settlements refused since the start because
// they contradicted the state of their hold. More than 0 means that the reservation
// protocol was violated.
func (s *Service) Contradictions() int64 { return s.contradictions.Load() }

// Run consumes and publishes events until ctx ends, then stops in order. The
// server that calls Handler must stop before.
func (s *Service) Run(ctx context.Context) error {
	var group process.Group
	group.Add("consumer", func(ctx context.Context) error {
		return s.deps.Subscriber.Subscribe(ctx, events.Subscription{
			Group: consumer.Group, Member: s.config.Instance(), Types: consumer.Types, Observe: s.observe,
			Handler: s.Tracer.Handler(consumer.Group, s.consumer.Handle),
		})
	})
	group.Add("stores", func(ctx context.Context) error {
		return announce.Run(ctx, s.ledger, s.deps.Clock, s.deps.Logger)
	})
	return s.Backbone.Run(ctx, &group)
}
