// Package notifier is the service that notifies webhooks, readers of the live stream
// and operators of events: it consumes every event. This file is all of its wiring.
package notifier

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"inventory.example/pkg/contract/apidoc"
	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/pkg/telemetry"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/console/healthclient"
	"inventory.example/services/notifier/internal/console/page"
	"inventory.example/services/notifier/internal/console/system"
	"inventory.example/services/notifier/internal/console/upstream"
	"inventory.example/services/notifier/internal/consumer"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/hookclient"
	"inventory.example/services/notifier/internal/notifierdb"
	"inventory.example/services/notifier/internal/notifierpg"
	"inventory.example/services/notifier/internal/rest"
	"inventory.example/services/notifier/internal/seal"
	"inventory.example/services/notifier/internal/stream"
	"inventory.example/services/notifier/internal/webhook"
)

// Name is the service's name in logs, health and paths.
const Name = "notifier"

// Deps are the dependencies of the service. All fields but Ping and PassOn are
// required, except as backbone.Deps says. Notifier publishes no events.
type Deps struct {
	backbone.Deps
	Subscriber events.Subscriber
	Ping       events.Pinger // of the broker, for health; may be nil
	// Catalog, Stock and Reservation are the ways to these services.
	Catalog, Stock, Reservation http.RoundTripper
	// PassOn makes Handler pass requests for the paths of these services on to them,
	// for an installation in which no proxy routes these paths.
	PassOn bool
}

// Service is notifier, opened. Its Handler may be served while Run runs.
type Service struct {
	*backbone.Backbone
	config   Config
	deps     Deps
	feed     feedStorage
	alerts   alertStorage
	webhooks webhookStorage
	stream   *stream.Hub
	watch    *alert.Watch
	consumer consumer.Consumer
	observe  func(events.Outcome)
	probe    *probe

	documents *httpapi.Documents // of the whole system

	hookClient *hookclient.Client
	replays    *webhook.Service
	delivered  func(webhook.Attempt)
	recorded   func(events.Type)
	alerted    func(events.Type) // an alert about events of this type was raised
}

// The three are notifier's database, in any engine.
type (
	feedStorage interface {
		backbone.Storage
		feed.Repository
		stream.Feed
		system.Results
		// UseKeys encrypts the secrets of webhooks with these keys.
		UseKeys(ctx context.Context, keys seal.Keys) error
		// HoldRole runs work until ctx ends, while no other instance of the service
		// runs work of the role; the context of work ends when the role is lost.
		HoldRole(ctx context.Context, role string, work func(ctx context.Context) error) error
		// Follow announces the commits of other instances until ctx ends.
		Follow(ctx context.Context) error
		// RunPurge removes entries older than retention until ctx ends.
		RunPurge(ctx context.Context, retention time.Duration, logger *slog.Logger) error
	}
	alertStorage interface {
		alert.Repository
		alert.Rules
	}
	webhookStorage interface {
		webhook.Repository
		webhook.Queue
		// Pending counts pending deliveries, Disabled the webhooks that failed.
		Pending(ctx context.Context) (float64, error)
		Disabled(ctx context.Context) (float64, error)
	}
)

// Open opens the database and wires the service; it starts only the database's
// writer. The caller runs and closes the Service.
func Open(ctx context.Context, config Config, deps Deps) (*Service, error) {
	base, err := backbone.Open(ctx, backbone.Options{
		Service: Name, Settings: config.Settings, SQLitePath: config.SQLitePath, Reserved: inventory.Actors(), Deps: deps.Deps,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Name, err)
	}
	s := &Service{Backbone: base, config: config, deps: deps, probe: newProbe(deps.Ping, deps.Clock, deps.Logger)}
	if err := s.wire(ctx); err != nil {
		return nil, base.CloseAfter(err)
	}
	return s, nil
}

func (s *Service) wire(ctx context.Context) error {
	if err := s.openStorage(ctx); err != nil {
		return err
	}
	s.stream = stream.New(stream.Options{
		Feed: s.feed, Clock: s.deps.Clock, MaxReaders: s.config.StreamMaxReaders, MaxReadersPerKey: s.config.streamMaxReadersPerKey(),
	})
	s.watch = alert.NewWatch(s.deps.NewID)
	if err := s.measure(); err != nil {
		return err
	}
	if err := s.stream.Start(ctx); err != nil {
		return err
	}
	live, err := page.New()
	if err != nil {
		return err
	}
	if s.documents, err = wholeDocuments(s.deps.Version); err != nil {
		return err
	}
	err = s.OpenRoutes(httpapi.Options{
		OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Notifier events", s.deps.Version, Events()),
		Whole: s.documents, Health: s.Health, Page: live.Serve,
	})
	if err != nil {
		return err
	}
	if err := s.watch.Start(ctx, s.alerts); err != nil {
		return err
	}
	s.consumer = consumer.New(feed.New(feed.Options{
		Repository: s.feed, Clock: s.deps.Clock, Watch: s.watch, Counts: feed.Counts{Recorded: s.recorded, Alerted: s.alerted},
	}))
	webhooks, err := s.wireWebhooks()
	if err != nil {
		return err
	}
	s.replays = webhooks
	rest.Register(s.API, rest.Deps{
		Stream: s.stream, System: s.installation(), Webhooks: webhooks, NoBroker: s.deps.Inspector == nil,
		Alerts: alert.New(alert.Options{Repository: s.alerts, Clock: s.deps.Clock, NewID: s.deps.NewID, Saved: rest.SavedRules()}),
		Clock:  s.deps.Clock, Logger: s.deps.Logger,
	})
	brokerapi.Register(s.API, s.deps.Inspector, s.deps.Logger)
	if !s.deps.PassOn {
		return nil
	}
	return upstream.Register(s.API, s.deps.Logger,
		upstream.Service{Name: "catalog", Nouns: []string{"products", "stores"}, URL: s.config.CatalogURL, Transport: s.Tracer.Transport(s.deps.Catalog)},
		upstream.Service{Name: "stock", Nouns: []string{"stock", "transfers"}, URL: s.config.StockURL, Transport: s.Tracer.Transport(s.deps.Stock)},
		upstream.Service{Name: "reservation", Nouns: []string{"reservations"}, URL: s.config.ReservationURL, Transport: s.Tracer.Transport(s.deps.Reservation)},
	)
}

func (s *Service) openStorage(ctx context.Context) error {
	keys, err := seal.Parse(s.config.SecretsKey)
	if err != nil {
		return fmt.Errorf("SECRETS_KEY: %w", err)
	}
	config, deps := s.Database()
	if config.URL != "" {
		db, err := notifierpg.Open(ctx, config, deps)
		if err != nil {
			return err
		}
		s.feed, s.alerts, s.webhooks = db, notifierpg.Alerts{DB: db}, notifierpg.Webhooks{DB: db}
	} else {
		db, err := notifierdb.Open(ctx, config, deps)
		if err != nil {
			return err
		}
		s.feed, s.alerts, s.webhooks = db, notifierdb.Alerts{DB: db}, notifierdb.Webhooks{DB: db}
	}
	if err := s.UseStorage(s.feed); err != nil {
		return err
	}
	return s.feed.UseKeys(ctx, keys)
}

// deliver sends webhooks until ctx ends. Its Deliverer reads the tables anew: another
// instance may have delivered before.
func (s *Service) deliver(ctx context.Context) error {
	return webhook.NewDeliverer(webhook.DelivererOptions{
		Queue: s.webhooks, Sender: s.hookClient, Clock: s.deps.Clock, Jitter: rand.N[time.Duration], Observe: s.delivered, Logger: s.deps.Logger,
	}).Run(ctx)
}

// wireWebhooks creates the client of the webhooks, and returns the service that
// manages them.
func (s *Service) wireWebhooks() (*webhook.Service, error) {
	ports, err := hookclient.ParsePorts(s.config.WebhookPorts)
	if err != nil {
		return nil, fmt.Errorf("WEBHOOK_PORTS: %w", err)
	}
	s.hookClient = hookclient.New(hookclient.Options{
		Timeout: s.config.WebhookTimeout, AllowPrivate: s.config.WebhookAllowPrivate, Ports: ports,
		Version: s.deps.Version, Tracer: s.Tracer,
	})
	return webhook.New(webhook.Options{
		SavedWebhooks: rest.SavedWebhooks(), SavedRecords: rest.SavedRecords(), SavedReplays: rest.SavedWebhookReplays(),
		Repository: s.webhooks, Clock: s.deps.Clock, NewID: s.deps.NewID, NewSecret: hookclient.NewSecret, CheckURL: s.hookClient.CheckURL,
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
		Results: s.feed, Clock: s.deps.Clock,
	}
	if s.deps.Inspector != nil {
		o.Broker = s.deps.Inspector
	}
	return system.New(o)
}

// measure registers the metrics of notifier's own parts.
func (s *Service) measure() error {
	var err error
	if s.observe, err = telemetry.RegisterConsumer(s.Metrics, consumer.Group); err != nil {
		return err
	}
	if s.delivered, err = registerWebhooks(s.Metrics); err != nil {
		return err
	}
	if s.recorded, err = registerFeed(s.Metrics); err != nil {
		return err
	}
	if s.alerted, err = registerAlerts(s.Metrics); err != nil {
		return err
	}
	err = telemetry.RegisterGauge(s.Metrics, "inventory_webhook_pending_deliveries", "Pending deliveries to webhooks.",
		s.webhooks.Pending)
	if err != nil {
		return err
	}
	err = telemetry.RegisterGauge(s.Metrics, "inventory_webhook_disabled_endpoints",
		"Webhooks that were disabled because they failed.", s.webhooks.Disabled)
	if err != nil {
		return err
	}
	err = telemetry.RegisterGauge(s.Metrics, "inventory_stream_readers", "Readers of the live stream that are connected.",
		func(context.Context) (float64, error) { return float64(s.stream.Readers()), nil })
	if err != nil {
		return err
	}
	return telemetry.RegisterCount(s.Metrics, "inventory_stream_dropped_readers_total",
		"Readers of the live stream that were dropped because they were too slow.", s.stream.Dropped)
}

// Documents returns the documents of the whole system. Notifier serves them, as it
// serves the page.
func (s *Service) Documents() *httpapi.Documents { return s.documents }

func wholeDocuments(version string) (*httpapi.Documents, error) {
	document, err := apidoc.OpenAPI(version)
	if err != nil {
		return nil, err
	}
	all := []eventschema.Set{eventschema.Catalog(), eventschema.Stock(), eventschema.Reservation(), Events()}
	return &httpapi.Documents{OpenAPI: document, Files: eventschema.Files("Inventory events", version, all...)}, nil
}

// OpenAPI returns the service's document without the shared components and those
// of Events.
func OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return rest.Events() }

// Health returns the current health of the service.
func (s *Service) Health(ctx context.Context) httpapi.Health {
	h := httpapi.Health{DatabaseOK: s.feed.Ping(ctx) == nil, Broker: httpapi.BrokerOK}
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
			Handler: s.Tracer.Handler(consumer.Group, s.consumer.Handle),
		})
	})
	group.Add("stream", s.stream.Run)
	group.Add("alert rules", func(ctx context.Context) error { return s.watch.Run(ctx, s.deps.Clock, s.deps.Logger) })
	group.Add("webhooks", func(ctx context.Context) error {
		defer s.hookClient.Close()
		return s.feed.HoldRole(ctx, "webhooks", s.deliver)
	})
	group.Add("webhook replays", func(ctx context.Context) error {
		return s.feed.HoldRole(ctx, "webhook replays", func(ctx context.Context) error { return s.replays.RunReplays(ctx, s.deps.Logger) })
	})
	group.Add("feed purge", func(ctx context.Context) error {
		return s.feed.HoldRole(ctx, "feed purge", func(ctx context.Context) error {
			return s.feed.RunPurge(ctx, s.config.FeedRetention, s.deps.Logger)
		})
	})
	group.Add("feed follower", s.feed.Follow)
	group.Add("broker probe", s.probe.Run)
	return s.Backbone.Run(ctx, &group)
}
