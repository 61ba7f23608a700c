// Package reservation is the service that owns the life of reservations. This
// file is all of its wiring.
package reservation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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
	"inventory.example/services/reservation/internal/consumer"
	"inventory.example/services/reservation/internal/expiry"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservationdb"
	"inventory.example/services/reservation/internal/rest"
	"inventory.example/services/reservation/internal/stockclient"
	"inventory.example/services/reservation/internal/walk"
)

// Name is the service's name in logs, health and paths.
const Name = "reservation"

// Deps are the service's dependencies. All fields but Inspector, Metrics and Gate
// are required.
type Deps struct {
	Publisher  events.Publisher
	Subscriber events.Subscriber
	Broker     string            // name of the broker; "none" when there is none
	Inspector  events.Inspector  // of the broker, for operators; may be nil
	Stock      http.RoundTripper // carries requests to stock
	Clock      clock.Clock
	NewID      func() string // UUIDv7
	Logger     *slog.Logger
	Version    string               // of the build
	Metrics    *prometheus.Registry // of the process; nil: one of the service alone
	Gate       *httpapi.Gate        // of the process; nil: one of the service alone, which reports no refusals
}

// Service is reservation, opened. Its Handler may be served while Run runs.
type Service struct {
	config  Config
	deps    Deps
	db      *reservationdb.DB
	access  *process.Access
	tracer  *tracing.Tracer // nil: off
	relay   *outbox.Relay
	api     *httpapi.API
	stock   *stockclient.Client
	expiry  *expiry.Worker
	walk    *walk.Worker
	core    *reservation.Service
	observe func(events.Outcome)

	answered func(method, route string, status int, duration time.Duration)
	counts   reservation.Counts
	walked   func(walkOutcome)
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
	db, err := reservationdb.Open(ctx, database.Config{SQLitePath: config.SQLitePath, Synchronous: config.Synchronous},
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
	metrics, err := s.measure()
	if err != nil {
		return err
	}
	s.api, err = httpapi.New(httpapi.Options{
		Service: Name, Version: s.deps.Version, InstanceID: s.config.Instance(), Credentials: s.access.Credentials,
		Limits: s.config.Limits, Gate: s.deps.Gate, Proxies: s.access.Proxies, Hosts: s.access.Hosts, Logger: s.deps.Logger, OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Reservation events", s.deps.Version, Events()),
		Clock:  s.deps.Clock,
		Health: s.Health, Metrics: s.deps.Metrics, MetricsElsewhere: s.config.MetricsPort != 0, Observe: s.answered, Tracer: s.tracer,
	})
	if err != nil {
		return err
	}
	s.expiry = expiry.New(s.deps.Clock, s.deps.Logger)
	s.walk = walk.New(walk.Options{
		Interval: s.config.HoldWalkInterval, Clock: s.deps.Clock, Logger: s.deps.Logger, Counted: s.countWalk,
	})
	s.stock = stockclient.New(stockclient.Options{
		BaseURL: s.config.StockURL, Transport: s.deps.Stock, ServiceKey: s.access.Credentials.ServiceKey,
		HoldTimeout: s.config.HoldTimeout, SettleTimeout: s.config.SettleTimeout, Clock: s.deps.Clock, Logger: s.deps.Logger,
		Tracer: s.tracer,
	})
	s.core = reservation.New(reservation.Options{
		Repository: s.db, Holder: s.stock, Clock: s.deps.Clock, NewID: s.deps.NewID, Logger: s.deps.Logger,
		Saved: rest.SavedReservations(), Scheduled: s.expiry.Schedule, Unsettled: s.walk.Wake, Counts: s.counts,
	})
	err = telemetry.RegisterGauge(metrics, "inventory_reservations_overdue_seconds",
		"For how long the reservation that is due first has been due and is still pending; 0 when none is.",
		func(ctx context.Context) (float64, error) {
			overdue, err := s.core.Overdue(ctx)
			return overdue.Seconds(), err
		})
	if err != nil {
		return err
	}
	rest.Register(s.api, s.core)
	eventsapi.Register(s.api, Name, s.db.Outbox())
	eventsapi.RegisterOperators(s.api, eventsapi.Operators{
		Service: Name, Reader: s.db.Outbox(), Inspector: s.deps.Inspector, Health: s.Health, Clock: s.deps.Clock, Logger: s.deps.Logger,
	})
	brokerapi.Register(s.api, s.deps.Inspector, s.deps.Logger)
	return nil
}

// measure registers the service's metrics, and returns the registration of the
// metrics that need the core.
func (s *Service) measure() (prometheus.Registerer, error) {
	metrics, err := telemetry.ServiceMetrics(s.deps.Metrics, Name, s.deps.Version)
	if err != nil {
		return nil, err
	}
	if s.observe, err = telemetry.RegisterConsumer(metrics, consumer.Group); err != nil {
		return nil, err
	}
	if err := s.access.RegisterMetrics(metrics); err != nil {
		return nil, err
	}
	if s.answered, err = telemetry.RegisterHTTP(metrics); err != nil {
		return nil, err
	}
	s.counts.Outcome, err = telemetry.RegisterOutcomes(metrics, "inventory_reservations_total",
		"Outcomes of requests for reservations, and of reservations.", reservation.Outcomes)
	if err != nil {
		return nil, err
	}
	s.walked, err = telemetry.RegisterOutcomes(metrics, "inventory_hold_walks_total",
		"Walks of reservation over the holds that stock has as held.", []walkOutcome{walkDone, walkFailed})
	if err != nil {
		return nil, err
	}
	settled := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "inventory_hold_walk_settled_total", Help: "Holds that a walk settled, since their reservation was over.",
	})
	s.counts.SettledByWalk = func(n int) { settled.Add(float64(n)) }
	if err := metrics.Register(settled); err != nil {
		return nil, fmt.Errorf("register the holds that a walk settled: %w", err)
	}
	late := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "inventory_reservation_expiry_lateness_seconds", Help: "How long after their time reservations were expired.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
	})
	s.counts.Late = func(d time.Duration) { late.Observe(d.Seconds()) }
	if err := metrics.Register(late); err != nil {
		return nil, fmt.Errorf("register the lateness of expiry: %w", err)
	}
	if err := s.relay.RegisterMetrics(metrics); err != nil {
		return nil, err
	}
	return metrics, s.db.RegisterMetrics(metrics)
}

// walkOutcome says how a walk of the holds ended.
type walkOutcome string

const (
	walkDone   walkOutcome = "done"
	walkFailed walkOutcome = "failed"
)

func (s *Service) countWalk(failed bool) {
	if failed {
		s.walked(walkFailed)
		return
	}
	s.walked(walkDone)
}

// OpenAPI returns the service's document without the shared components and those
// of Events.
func (s *Service) OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return eventschema.Reservation() }

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.api.Handler() }

// PublicHandler serves the routes that are not internal.
func (s *Service) PublicHandler() http.Handler { return s.api.PublicHandler() }

// Health returns how the service is at this moment.
func (s *Service) Health(ctx context.Context) httpapi.Health {
	return eventsapi.Health(ctx, s.deps.Broker, s.db, s.relay)
}

// Run expires reservations, walks the holds, consumes and publishes events until ctx ends, then stops in order. The
// server that calls Handler must stop before.
func (s *Service) Run(ctx context.Context) error {
	var group process.Group
	group.Add("consumer", func(ctx context.Context) error {
		return s.deps.Subscriber.Subscribe(ctx, events.Subscription{
			Group: consumer.Group, Member: s.config.Instance(), Types: consumer.Types, Observe: s.observe, Handler: s.tracer.Handler(consumer.Group, consumer.New(s.core).Handle),
		})
	})
	group.Add("expiry", func(ctx context.Context) error { return s.expiry.Run(ctx, expiry.Traced(s.tracer, s.core)) })
	group.Add("walk", func(ctx context.Context) error { return s.walk.Run(ctx, s.core) })
	group.Add("idempotency purge", func(ctx context.Context) error {
		return idempotency.RunPurge(ctx, s.db, s.deps.Clock, s.deps.Logger)
	})
	group.Add("relay", s.relay.Run)
	group.Add("keys", s.access.Run)
	s.api.SetReady(true)
	defer s.api.SetReady(false)
	return group.Run(ctx, s.config.ShutdownTimeout)
}

// Close breaks off calls to stock, ends the writer and closes the database. Run
// must have returned.
func (s *Service) Close() error {
	s.stock.Close()
	defer s.tracer.Close()
	return s.db.Close()
}
