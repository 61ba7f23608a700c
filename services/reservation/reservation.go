// Package reservation is the service that owns the life of reservations. This
// file is all of its wiring.
package reservation

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/pkg/telemetry"
	"inventory.example/services/reservation/internal/consumer"
	"inventory.example/services/reservation/internal/expiry"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservationdb"
	"inventory.example/services/reservation/internal/reservationpg"
	"inventory.example/services/reservation/internal/rest"
	"inventory.example/services/reservation/internal/stockclient"
	"inventory.example/services/reservation/internal/walk"
)

// Name is the service's name in logs, health and paths.
const Name = "reservation"

// Deps are the service's dependencies. All fields are required, except as
// backbone.Deps says.
type Deps struct {
	backbone.Deps
	Publisher  events.Publisher
	Subscriber events.Subscriber
	Stock      http.RoundTripper // carries requests to stock
}

// Service is reservation, opened. Its Handler may be served while Run runs.
type Service struct {
	*backbone.Backbone
	config  Config
	deps    Deps
	db      storage
	stock   *stockclient.Client
	expiry  *expiry.Worker
	repairs *expiry.Worker // of holds that other instances may be about to record
	walk    *walk.Worker
	core    *reservation.Service
	observe func(events.Outcome)
	counts  reservation.Counts
	walked  func(walkOutcome)
}

// storage is reservation's database, in any engine.
type storage interface {
	backbone.Storage
	reservation.Repository
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
		OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Reservation events", s.deps.Version, Events()),
		Health: s.health,
	})
	if err != nil {
		return err
	}
	s.expiry, s.repairs = expiry.New(s.deps.Clock, s.deps.Logger), expiry.New(s.deps.Clock, s.deps.Logger)
	s.walk = walk.New(walk.Options{
		Interval: s.config.HoldWalkInterval, Clock: s.deps.Clock, Logger: s.deps.Logger, Counted: s.countWalk,
	})
	s.stock = stockclient.New(stockclient.Options{
		BaseURLs: s.config.StockURLs, Transport: s.deps.Stock, ServiceKey: s.Access.Credentials.ServiceKey,
		HoldTimeout: s.config.HoldTimeout, SettleTimeout: s.config.SettleTimeout, Clock: s.deps.Clock, Logger: s.deps.Logger,
		Tracer: s.Tracer,
	})
	takesTotals, err := s.db.TakesTotals(ctx)
	if err != nil {
		return err
	}
	s.core = reservation.New(reservation.Options{
		Repository: s.db, Holder: s.stock, Clock: s.deps.Clock, NewID: s.deps.NewID, Logger: s.deps.Logger,
		TakesTotals: takesTotals, Saved: rest.SavedReservations(), Scheduled: s.expiry.Schedule, Unsettled: s.walk.Wake, Counts: s.counts, MaxLife: s.config.MaxLife,
		RepairAfter: s.config.repairAfter(), RepairScheduled: s.repairs.Schedule,
	})
	err = telemetry.RegisterGauge(s.Metrics, "inventory_reservations_overdue_seconds",
		"For how long the reservation that is due first has been due and is still pending; 0 when none is.",
		func(ctx context.Context) (float64, error) {
			overdue, err := s.core.Overdue(ctx)
			return overdue.Seconds(), err
		})
	if err != nil {
		return err
	}
	rest.Register(s.API, s.core)
	s.RegisterEvents(s.db.Outbox())
	return nil
}

// health shows each instance of stock when there are several.
func (s *Service) health(ctx context.Context) httpapi.Health {
	h := s.Health(ctx)
	if instances := s.stock.Instances(); len(instances) > 1 {
		for _, i := range instances {
			h.Peers = append(h.Peers, httpapi.Peer{Address: i.Address, Available: i.Available})
		}
	}
	return h
}

func (s *Service) openStorage(ctx context.Context) error {
	config, deps := s.Database()
	if config.URL != "" {
		db, err := reservationpg.Open(ctx, config, deps)
		if err != nil {
			return err
		}
		s.db = db
		return s.UseStorage(db)
	}
	db, err := reservationdb.Open(ctx, config, deps)
	if err != nil {
		return err
	}
	s.db = db
	return s.UseStorage(db)
}

// measure registers the metrics of reservation's own parts.
func (s *Service) measure() error {
	var err error
	if s.observe, err = telemetry.RegisterConsumer(s.Metrics, consumer.Group); err != nil {
		return err
	}
	s.counts.Outcome, err = telemetry.RegisterOutcomes(s.Metrics, "inventory_reservations_total",
		"Outcomes of requests for reservations, and of reservations.", reservation.Outcomes)
	if err != nil {
		return err
	}
	s.walked, err = telemetry.RegisterOutcomes(s.Metrics, "inventory_hold_walks_total",
		"Walks of reservation over the holds that stock has as held.", []walkOutcome{walkDone, walkFailed})
	if err != nil {
		return err
	}
	settled := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "inventory_hold_walk_settled_total", Help: "Holds that a walk settled to the totals of their reservation.",
	})
	s.counts.SettledByWalk = func(n int) { settled.Add(float64(n)) }
	if err := s.Metrics.Register(settled); err != nil {
		return fmt.Errorf("register the holds that a walk settled: %w", err)
	}
	late := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "inventory_reservation_expiry_lateness_seconds", Help: "How long after their time reservations were expired.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
	})
	s.counts.Late = func(d time.Duration) { late.Observe(d.Seconds()) }
	if err := s.Metrics.Register(late); err != nil {
		return fmt.Errorf("register the lateness of expiry: %w", err)
	}
	return nil
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
func OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return eventschema.Reservation() }

// Run expires reservations, walks the holds, consumes and publishes events until
// ctx ends, then stops in order. The server that calls Handler must stop before.
func (s *Service) Run(ctx context.Context) error {
	var group process.Group
	group.Add("consumer", func(ctx context.Context) error {
		return s.deps.Subscriber.Subscribe(ctx, events.Subscription{
			Group: consumer.Group, Member: s.config.Instance(), Types: consumer.Types, Observe: s.observe, Handler: s.Tracer.Handler(consumer.Group, consumer.New(s.core).Handle),
		})
	})
	group.Add("expiry", func(ctx context.Context) error { return s.expiry.Run(ctx, expiry.Traced(s.Tracer, s.core)) })
	if s.config.repairAfter() > 0 {
		group.Add("repairs", func(ctx context.Context) error { return s.repairs.Run(ctx, expiry.Func(s.core.RepairDue)) })
	}
	group.Add("walk", func(ctx context.Context) error { return s.walk.Run(ctx, s.core) })
	return s.Backbone.Run(ctx, &group)
}

// Close breaks off calls to stock, ends the writer and closes the database. Run
// must have returned.
func (s *Service) Close() error {
	s.stock.Close()
	return s.Backbone.Close()
}
