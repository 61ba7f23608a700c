// Package stock is the service that owns quantities, holds and movements. This
// file is all of its wiring.
package stock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/stock/internal/catalogclient"
	"inventory.example/services/stock/internal/consumer"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/rest"
	"inventory.example/services/stock/internal/stockdb"
)

// Name is the service's name in logs, health and paths.
const Name = "stock"

// Deps are the service's dependencies. All fields but Inspector, Metrics and Gate
// are required.
type Deps struct {
	Publisher  events.Publisher
	Subscriber events.Subscriber
	Broker     string            // name of the broker; "none" when there is none
	Inspector  events.Inspector  // of the broker, for operators; may be nil
	Catalog    http.RoundTripper // carries requests to catalog
	Clock      clock.Clock
	NewID      func() string // UUIDv7
	Logger     *slog.Logger
	Version    string               // of the build
	Metrics    *prometheus.Registry // of the process; nil: one of the service alone
	Gate       *httpapi.Gate        // of the process; nil: one of the service alone, which reports no refusals
}

// Service is stock, opened. Its Handler may be served while Run runs.
type Service struct {
	config   Config
	deps     Deps
	db       *stockdb.DB
	access   *process.Access
	tracer   *tracing.Tracer // nil: off
	relay    *outbox.Relay
	api      *httpapi.API
	consumer consumer.Consumer
	observe  func(events.Outcome)
	answered func(method, route string, status int, duration time.Duration)
	held     func(ledger.HoldOutcome)
	settled  func(ledger.SettlementOutcome)

	contradictions atomic.Int64
}

// Open opens the database and wires the service; it starts nothing but the
// database's writer. The caller runs and closes the Service.
func Open(ctx context.Context, config Config, deps Deps) (*Service, error) {
	if deps.Metrics == nil {
		deps.Metrics = prometheus.NewRegistry()
	}
	tracer, err := tracing.Open(ctx, config.Tracing, tracing.Service{Name: Name, Version: deps.Version, InstanceID: config.Instance()}, deps.Logger)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Name, err)
	}
	db, err := stockdb.Open(ctx, database.Config{SQLitePath: config.SQLitePath, Synchronous: config.Synchronous},
		database.Deps{Clock: deps.Clock, Logger: deps.Logger, Tracer: tracer})
	if err != nil {
		tracer.Close()
		return nil, err
	}
	s := &Service{config: config, deps: deps, db: db, tracer: tracer}
	if err := s.wire(ctx); err != nil {
		err = errors.Join(fmt.Errorf("open %s: %w", Name, err), db.Close())
		tracer.Close()
		return nil, err
	}
	return s, nil
}

func (s *Service) wire(ctx context.Context) error {
	var err error
	if s.access, err = s.config.OpenAccess(s.deps.Clock, s.deps.Logger, inventory.Actors()...); err != nil {
		return err
	}
	s.relay, err = outbox.OpenRelay(ctx, outbox.RelayOptions{
		Store: s.db.Outbox(), Publisher: s.deps.Publisher, Clock: s.deps.Clock, Logger: s.deps.Logger, Tracer: s.tracer,
	})
	if err != nil {
		return err
	}
	if err := s.measure(); err != nil {
		return err
	}
	s.api, err = httpapi.New(httpapi.Options{
		Service: Name, Version: s.deps.Version, InstanceID: s.config.Instance(), Credentials: s.access.Credentials,
		Limits: s.config.Limits, Gate: s.deps.Gate, Proxies: s.access.Proxies, Hosts: s.access.Hosts, Logger: s.deps.Logger, OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Stock events", s.deps.Version, Events()),
		Clock:  s.deps.Clock,
		Health: s.Health, Metrics: s.deps.Metrics, MetricsElsewhere: s.config.MetricsPort != 0, Observe: s.answered, Tracer: s.tracer,
	})
	if err != nil {
		return err
	}
	core := ledger.New(ledger.Options{
		Repository: s.db,
		Products:   catalogclient.New(s.config.CatalogURL, s.tracer.Transport(s.deps.Catalog), s.config.CatalogTimeout),
		Clock:      s.deps.Clock, NewID: s.deps.NewID, Logger: s.deps.Logger,
		SavedRows: rest.SavedRows(), SavedTransfers: rest.SavedTransfers(),
		Counts: ledger.Counts{Contradiction: func() { s.contradictions.Add(1) }, Hold: s.held, Settlement: s.settled},
	})
	s.consumer = consumer.New(core)
	rest.Register(s.api, core)
	eventsapi.Register(s.api, Name, s.db.Outbox())
	eventsapi.RegisterOperators(s.api, eventsapi.Operators{
		Service: Name, Reader: s.db.Outbox(), Inspector: s.deps.Inspector, Health: s.Health, Clock: s.deps.Clock, Logger: s.deps.Logger,
	})
	brokerapi.Register(s.api, s.deps.Inspector, s.deps.Logger)
	return nil
}

// measure registers the service's metrics.
func (s *Service) measure() error {
	metrics, err := telemetry.ServiceMetrics(s.deps.Metrics, Name, s.deps.Version)
	if err != nil {
		return err
	}
	if s.observe, err = telemetry.RegisterConsumer(metrics, consumer.Group); err != nil {
		return err
	}
	if err := s.access.RegisterMetrics(metrics); err != nil {
		return err
	}
	if s.answered, err = telemetry.RegisterHTTP(metrics); err != nil {
		return err
	}
	s.held, err = telemetry.RegisterOutcomes(metrics, "inventory_holds_total", "Responses to requests for holds.", ledger.HoldOutcomes)
	if err != nil {
		return err
	}
	s.settled, err = telemetry.RegisterOutcomes(metrics, "inventory_settlements_total",
		"Settlements of holds by their effect; most of the repeated ones are events after the direct call.", ledger.SettlementOutcomes())
	if err != nil {
		return err
	}
	err = telemetry.RegisterCount(metrics, "inventory_stock_contradictions_total",
		"Settlements that were refused because they contradicted the state of their hold; more than 0 means that the reservation protocol was broken.",
		s.Contradictions)
	if err != nil {
		return err
	}
	if err := s.relay.RegisterMetrics(metrics); err != nil {
		return err
	}
	return s.db.RegisterMetrics(metrics)
}

// OpenAPI returns the service's document without the shared components and the
// components of Events.
func (s *Service) OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return eventschema.Stock() }

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.api.Handler() }

// PublicHandler serves the routes that are not internal.
func (s *Service) PublicHandler() http.Handler { return s.api.PublicHandler() }

// Health returns the current health of the service.
func (s *Service) Health(ctx context.Context) httpapi.Health {
	return eventsapi.Health(ctx, s.deps.Broker, s.db, s.relay)
}

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
			Handler: s.tracer.Handler(consumer.Group, s.consumer.Handle),
		})
	})
	group.Add("idempotency purge", func(ctx context.Context) error {
		return idempotency.RunPurge(ctx, s.db, s.deps.Clock, s.deps.Logger)
	})
	group.Add("relay", s.relay.Run)
	group.Add("keys", s.access.Run)
	s.api.SetReady(true)
	defer s.api.SetReady(false)
	return group.Run(ctx, s.config.ShutdownTimeout)
}

// Close ends the writer and closes the database. Run must have returned.
func (s *Service) Close() error {
	defer s.tracer.Close()
	return s.db.Close()
}
