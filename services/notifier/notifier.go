// Package notifier is the service that notifies webhooks, readers of the live stream
// and operators of events: it consumes every event. This file is all of its wiring.
package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
	"inventory.example/pkg/process"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/console/healthclient"
	"inventory.example/services/notifier/internal/console/page"
	"inventory.example/services/notifier/internal/console/system"
	"inventory.example/services/notifier/internal/console/upstream"
	"inventory.example/services/notifier/internal/consumer"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/hookclient"
	"inventory.example/services/notifier/internal/notifierdb"
	"inventory.example/services/notifier/internal/rest"
	"inventory.example/services/notifier/internal/seal"
	"inventory.example/services/notifier/internal/stream"
	"inventory.example/services/notifier/internal/webhook"
)

// Name is the service's name in logs, health and paths.
const Name = "notifier"

// Deps are the dependencies of the service. All fields
// but Ping, Inspector, PassOn, Metrics and Gate are required. Notifier publishes no events.
type Deps struct {
	Subscriber events.Subscriber
	Broker     string           // name of the broker; "none" when there is none
	Ping       events.Pinger    // of the broker, for health; may be nil
	Inspector  events.Inspector // of the broker, for operators; may be nil
	// Catalog, Stock and Reservation are the ways to these services.
	Catalog, Stock, Reservation http.RoundTripper
	// PassOn makes Handler pass requests for the paths of these services on to them,
	// for an installation in which no proxy routes these paths.
	PassOn bool

	Clock   clock.Clock
	NewID   func() string // UUIDv7
	Logger  *slog.Logger
	Version string               // of the build
	Metrics *prometheus.Registry // of the process; nil: one of the service alone
	Gate    *httpapi.Gate        // of the process; nil: one of the service alone, which reports no refusals
}

// Service is notifier, opened. Its Handler may be served while Run runs.
type Service struct {
	config   Config
	deps     Deps
	db       *notifierdb.DB
	access   *process.Access
	tracer   *tracing.Tracer // nil: off
	api      *httpapi.API
	stream   *stream.Hub
	watch    *alert.Watch
	consumer consumer.Consumer
	observe  func(events.Outcome)
	answered func(method, route string, status int, duration time.Duration)
	probe    *probe

	hookClient *hookclient.Client
	deliverer  *webhook.Deliverer
	delivered  func(webhook.Attempt)
	recorded   func(events.Type)
	alerted    func(events.Type) // an alert about events of this type was raised
}

// Open opens the database and wires the service; it starts only the database's
// writer. The caller runs and closes the Service.
func Open(ctx context.Context, config Config, deps Deps) (*Service, error) {
	if deps.Metrics == nil {
		deps.Metrics = prometheus.NewRegistry()
	}
	tracer, err := tracing.Open(ctx, config.Tracing, tracing.Service{Name: Name, Version: deps.Version, InstanceID: config.Instance()}, deps.Logger)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Name, err)
	}
	s := &Service{config: config, deps: deps, tracer: tracer, probe: newProbe(deps.Ping, deps.Clock, deps.Logger)}
	db, err := notifierdb.Open(ctx, database.Config{SQLitePath: config.SQLitePath, Synchronous: config.Synchronous},
		database.Deps{Clock: deps.Clock, Logger: deps.Logger, Tracer: tracer})
	if err != nil {
		tracer.Close()
		return nil, err
	}
	s.db = db
	s.stream = stream.New(stream.Options{Feed: db, Clock: deps.Clock, MaxReaders: config.StreamMaxReaders, MaxReadersPerKey: config.streamMaxReadersPerKey()})
	s.watch = alert.NewWatch(deps.NewID)
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
	if err := s.measure(); err != nil {
		return err
	}
	secretsKeys, err := seal.Parse(s.config.SecretsKey)
	if err != nil {
		return fmt.Errorf("SECRETS_KEY: %w", err)
	}
	if err := s.db.UseKeys(ctx, secretsKeys); err != nil {
		return err
	}
	if err := s.stream.Start(ctx); err != nil {
		return err
	}
	live, err := page.New()
	if err != nil {
		return err
	}
	s.api, err = httpapi.New(httpapi.Options{
		Service: Name, Version: s.deps.Version, InstanceID: s.config.Instance(), Credentials: s.access.Credentials,
		Limits: s.config.Limits, Gate: s.deps.Gate, Proxies: s.access.Proxies, Hosts: s.access.Hosts, Logger: s.deps.Logger, OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Notifier events", s.deps.Version, Events()),
		Clock:  s.deps.Clock,
		Health: s.Health, Metrics: s.deps.Metrics, MetricsElsewhere: s.config.MetricsPort != 0, Observe: s.answered, Tracer: s.tracer,
		Page: live.Serve,
	})
	if err != nil {
		return err
	}
	rules := notifierdb.Alerts{DB: s.db}
	if err := s.watch.Start(ctx, rules); err != nil {
		return err
	}
	s.consumer = consumer.New(feed.New(feed.Options{
		Repository: s.db, Clock: s.deps.Clock, Watch: s.watch, Counts: feed.Counts{Recorded: s.recorded, Alerted: s.alerted},
	}))
	webhooks, err := s.wireWebhooks()
	if err != nil {
		return err
	}
	rest.Register(s.api, rest.Deps{
		Stream: s.stream, System: s.installation(), Webhooks: webhooks, NoBroker: s.deps.Inspector == nil,
		Alerts: alert.New(alert.Options{Repository: rules, Clock: s.deps.Clock, NewID: s.deps.NewID, Saved: rest.SavedRules()}),
		Clock:  s.deps.Clock, Logger: s.deps.Logger,
	})
	brokerapi.Register(s.api, s.deps.Inspector, s.deps.Logger)
	if !s.deps.PassOn {
		return nil
	}
	return upstream.Register(s.api, s.deps.Logger,
		upstream.Service{Name: "catalog", Noun: "products", URL: s.config.CatalogURL, Transport: s.tracer.Transport(s.deps.Catalog)},
		upstream.Service{Name: "stock", Noun: "stock", URL: s.config.StockURL, Transport: s.tracer.Transport(s.deps.Stock)},
		upstream.Service{Name: "reservation", Noun: "reservations", URL: s.config.ReservationURL, Transport: s.tracer.Transport(s.deps.Reservation)},
	)
}

// wireWebhooks creates the deliverer of the webhooks, and returns the service that
// manages them.
func (s *Service) wireWebhooks() (*webhook.Service, error) {
	ports, err := hookclient.ParsePorts(s.config.WebhookPorts)
	if err != nil {
		return nil, fmt.Errorf("WEBHOOK_PORTS: %w", err)
	}
	s.hookClient = hookclient.New(hookclient.Options{
		Timeout: s.config.WebhookTimeout, AllowPrivate: s.config.WebhookAllowPrivate, Ports: ports,
		Version: s.deps.Version, Tracer: s.tracer,
	})
	table := notifierdb.Webhooks{DB: s.db}
	s.deliverer = webhook.NewDeliverer(webhook.DelivererOptions{
		Queue: table, Sender: s.hookClient, Clock: s.deps.Clock, Jitter: rand.N[time.Duration], Observe: s.delivered, Logger: s.deps.Logger,
	})
	return webhook.New(webhook.Options{
		SavedWebhooks: rest.SavedWebhooks(), SavedRecords: rest.SavedRecords(),
		Repository: table, Clock: s.deps.Clock, NewID: s.deps.NewID, NewSecret: hookclient.NewSecret, CheckURL: s.hookClient.CheckURL,
		CheckSecret: hookclient.CheckSecret,
	}), nil
}

// own is the system.Peer of notifier itself.
type own struct{ service *Service }

// Health implements system.Peer.
func (o own) Health(ctx context.Context) system.Health {
	return ownHealth(o.service.Health(ctx))
}

// ownHealth returns h in the words of GET /health.
func ownHealth(h httpapi.Health) system.Health {
	status, database := h.Words()
	return system.Health{Service: Name, Status: status, PendingEvents: h.PendingEvents, Broker: h.Broker, Database: database}
}

func (s *Service) installation() *system.Service {
	o := system.Options{
		Saved: rest.SavedReplays(),
		Peers: []system.Peer{
			healthclient.New("catalog", s.config.CatalogURL, s.deps.Catalog),
			healthclient.New("stock", s.config.StockURL, s.deps.Stock),
			healthclient.New("reservation", s.config.ReservationURL, s.deps.Reservation),
			own{s},
		},
		Results: s.db, Clock: s.deps.Clock,
	}
	if s.deps.Inspector != nil {
		o.Broker = s.deps.Inspector
	}
	return system.New(o)
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
	if err := s.db.RegisterMetrics(metrics); err != nil {
		return err
	}
	if s.delivered, err = registerWebhooks(metrics); err != nil {
		return err
	}
	if s.recorded, err = registerFeed(metrics); err != nil {
		return err
	}
	if s.alerted, err = registerAlerts(metrics); err != nil {
		return err
	}
	err = telemetry.RegisterGauge(metrics, "inventory_webhook_pending_deliveries", "Pending deliveries to webhooks.",
		notifierdb.Webhooks{DB: s.db}.Pending)
	if err != nil {
		return err
	}
	err = telemetry.RegisterGauge(metrics, "inventory_webhook_disabled_endpoints",
		"Webhooks that were disabled because they failed.", notifierdb.Webhooks{DB: s.db}.Disabled)
	if err != nil {
		return err
	}
	err = telemetry.RegisterGauge(metrics, "inventory_stream_readers", "Readers of the live stream that are connected.",
		func(context.Context) (float64, error) { return float64(s.stream.Readers()), nil })
	if err != nil {
		return err
	}
	return telemetry.RegisterCount(metrics, "inventory_stream_dropped_readers_total",
		"Readers of the live stream that were dropped because they were too slow.", s.stream.Dropped)
}

// OpenAPI returns the service's document without the shared components and those
// of Events.
func (s *Service) OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return rest.Events() }

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.api.Handler() }

// PublicHandler serves the routes that are not internal.
func (s *Service) PublicHandler() http.Handler { return s.api.PublicHandler() }

// Health returns the current health of the service.
func (s *Service) Health(ctx context.Context) httpapi.Health {
	h := httpapi.Health{DatabaseOK: s.db.Ping(ctx) == nil, Broker: httpapi.BrokerOK}
	switch {
	case s.deps.Broker == "none":
		h.Broker = httpapi.BrokerNone
	case s.probe.down():
		h.Broker = httpapi.BrokerUnavailable
	}
	return h
}

// Run consumes events until ctx ends, then stops in order. The server that
// calls Handler must stop before.
func (s *Service) Run(ctx context.Context) error {
	var group process.Group
	group.Add("consumer", func(ctx context.Context) error {
		return s.deps.Subscriber.Subscribe(ctx, events.Subscription{
			Group: consumer.Group, Member: s.config.Instance(), Observe: s.observe,
			Handler: s.tracer.Handler(consumer.Group, s.consumer.Handle),
		})
	})
	group.Add("stream", s.stream.Run)
	group.Add("alert rules", func(ctx context.Context) error { return s.watch.Run(ctx, s.deps.Clock, s.deps.Logger) })
	group.Add("webhooks", func(ctx context.Context) error {
		defer s.hookClient.Close()
		return s.deliverer.Run(ctx)
	})
	group.Add("idempotency purge", func(ctx context.Context) error {
		return idempotency.RunPurge(ctx, s.db, s.deps.Clock, s.deps.Logger)
	})
	group.Add("feed purge", func(ctx context.Context) error {
		return s.db.RunPurge(ctx, s.config.FeedRetention, s.deps.Logger)
	})
	group.Add("broker probe", s.probe.Run)
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
