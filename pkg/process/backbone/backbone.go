// Package backbone has the parts that every service has and opens in the same
// way: its traces, metrics, keys, database, relay and API. The root of a service
// embeds a Backbone and opens it part by part, its own parts between them.
package backbone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
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
)

// Deps are the dependencies that all services have. All fields but Inspector,
// Metrics and Gate are required.
type Deps struct {
	Broker    string           // name of the broker; "none" when there is none
	Inspector events.Inspector // of the broker, for operators; may be nil
	Clock     clock.Clock
	NewID     func() string // UUIDv7
	Logger    *slog.Logger
	Version   string               // of the build
	Metrics   *prometheus.Registry // of the process; nil: one of the service alone
	Gate      *httpapi.Gate        // of the process; nil: one of the service alone, which reports no refusals
}

// DepsOf returns the dependencies of a service in a real process with these parts.
func DepsOf(p process.Parts) Deps {
	return Deps{
		Broker: p.Broker.Name, Inspector: p.Broker.Inspector, Clock: clock.System{}, NewID: process.NewID,
		Logger: p.Logger, Version: process.Version(), Metrics: p.Metrics, Gate: p.Gate,
	}
}

// Options are those of Open. All fields are required, except as Deps says.
type Options struct {
	Service    string // name in logs, health and paths
	Settings   process.Settings
	SQLitePath string   // the file of the service's database
	Reserved   []string // names that no API key may have
	Deps
}

// Storage is the database of a service, in any engine.
type Storage interface {
	idempotency.Purger
	eventsapi.Pinger
	RegisterMetrics(metrics prometheus.Registerer) error
	Close() error
}

// Backbone is the common part of a service. The fields are set by the methods
// that open the parts.
type Backbone struct {
	Tracer  *tracing.Tracer       // nil: off
	Metrics prometheus.Registerer // of this service
	Access  *process.Access
	Relay   *outbox.Relay // nil: the service publishes no events
	API     *httpapi.API

	options  Options
	storage  Storage
	answered func(method, route string, status int, duration time.Duration)
}

// Open opens the traces, the metrics and the keys of a service. The caller closes
// the Backbone.
func Open(ctx context.Context, o Options) (*Backbone, error) {
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	b := &Backbone{options: o}
	var err error
	b.Tracer, err = tracing.Open(ctx, o.Settings.Tracing,
		tracing.Service{Name: o.Service, Version: o.Version, InstanceID: o.Settings.Instance()}, o.Logger)
	if err != nil {
		return nil, err
	}
	if err := b.openAccess(); err != nil {
		b.Tracer.Close()
		return nil, err
	}
	return b, nil
}

func (b *Backbone) openAccess() error {
	o := b.options
	var err error
	if b.Access, err = o.Settings.OpenAccess(o.Clock, o.Logger, o.Reserved...); err != nil {
		return err
	}
	if b.Metrics, err = telemetry.ServiceMetrics(o.Metrics, o.Service, o.Version); err != nil {
		return err
	}
	if err := b.Access.RegisterMetrics(b.Metrics); err != nil {
		return err
	}
	b.answered, err = telemetry.RegisterHTTP(b.Metrics)
	return err
}

// Database returns the configuration and the dependencies of the service's
// database.
func (b *Backbone) Database() (database.Config, database.Deps) {
	o := b.options
	return database.Config{
		SQLitePath: o.SQLitePath, Synchronous: o.Settings.Synchronous, URL: o.Settings.DatabaseURL, Schema: o.Service,
	}, database.Deps{Clock: o.Clock, Logger: o.Logger, Tracer: b.Tracer}
}

// UseStorage hands over the service's database, which Close closes from now on.
func (b *Backbone) UseStorage(s Storage) error {
	b.storage = s
	return s.RegisterMetrics(b.Metrics)
}

// OpenRelay opens the relay of a service that publishes events.
func (b *Backbone) OpenRelay(ctx context.Context, store outbox.Store, publisher events.Publisher) error {
	o := b.options
	var err error
	b.Relay, err = outbox.OpenRelay(ctx, outbox.RelayOptions{
		Store: store, Publisher: publisher, Clock: o.Clock, Logger: o.Logger, Tracer: b.Tracer,
	})
	if err != nil {
		return err
	}
	return b.Relay.RegisterMetrics(b.Metrics)
}

// OpenRoutes opens the API with the documents, the health and the page of own; the
// Backbone sets the other options.
func (b *Backbone) OpenRoutes(own httpapi.Options) error {
	o := b.options
	own.Service, own.Version, own.InstanceID = o.Service, o.Version, o.Settings.Instance()
	own.Credentials, own.Proxies, own.Hosts = b.Access.Credentials, b.Access.Proxies, b.Access.Hosts
	own.Limits, own.Gate, own.Logger, own.Clock, own.Tracer = o.Settings.Limits, o.Gate, o.Logger, o.Clock, b.Tracer
	own.Metrics, own.MetricsElsewhere, own.Observe = o.Metrics, o.Settings.MetricsPort != 0, b.answered
	var err error
	b.API, err = httpapi.New(own)
	return err
}

// RegisterEvents adds the routes of the service's events and of the broker.
func (b *Backbone) RegisterEvents(reader outbox.Reader) {
	o := b.options
	eventsapi.Register(b.API, o.Service, reader)
	eventsapi.RegisterOperators(b.API, eventsapi.Operators{
		Service: o.Service, Reader: reader, Inspector: o.Inspector, Health: b.Health, Clock: o.Clock, Logger: o.Logger,
	})
	brokerapi.Register(b.API, o.Inspector, o.Logger)
}

// Handler serves the service's routes.
func (b *Backbone) Handler() http.Handler { return b.API.Handler() }

// PublicHandler serves the routes that are not internal.
func (b *Backbone) PublicHandler() http.Handler { return b.API.PublicHandler() }

// Health returns the current health of a service that publishes events.
func (b *Backbone) Health(ctx context.Context) httpapi.Health {
	return eventsapi.Health(ctx, b.options.Broker, b.storage, b.Relay)
}

// Run runs the work of the service in group and that of the Backbone until ctx
// ends, then stops in order. The server that calls Handler must stop before.
func (b *Backbone) Run(ctx context.Context, group *process.Group) error {
	group.Add("idempotency purge", func(ctx context.Context) error {
		return idempotency.RunPurge(ctx, b.storage, b.options.Clock, b.options.Logger)
	})
	if b.Relay != nil {
		group.Add("relay", b.Relay.Run)
	}
	group.Add("keys", b.Access.Run)
	b.API.SetReady(true)
	defer b.API.SetReady(false)
	return group.Run(ctx, b.options.Settings.ShutdownTimeout)
}

// Close ends the writer, closes the database and sends the last traces. Run must
// have returned.
func (b *Backbone) Close() error {
	defer b.Tracer.Close()
	if b.storage == nil {
		return nil
	}
	return b.storage.Close()
}

// CloseAfter closes the Backbone of a service that could not be opened, and
// returns its error.
func (b *Backbone) CloseAfter(err error) error {
	return errors.Join(fmt.Errorf("open %s: %w", b.options.Service, err), b.Close())
}
