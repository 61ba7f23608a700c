// Package catalog is the service that owns the products and the stores. This file is all of
// its wiring.
package catalog

import (
	"context"
	"fmt"
	"net/http"
	_ "time/tzdata" // so that the zones of stores do not depend on the machine

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/catalog/internal/catalogdb"
	"inventory.example/services/catalog/internal/catalogpg"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/rest"
	"inventory.example/services/catalog/internal/stockclient"
	"inventory.example/services/catalog/internal/store"
)

// Name is the service's name in logs, health and paths.
const Name = "catalog"

// Deps are the service's dependencies. All fields are required, except as
// backbone.Deps says. Catalog consumes no events.
type Deps struct {
	backbone.Deps
	Publisher events.Publisher
	Stock     http.RoundTripper // carries calls to stock
}

// Service is catalog, opened. Its Handler may be served while Run runs.
type Service struct {
	*backbone.Backbone
	config Config
	deps   Deps
	db     storage
	stores store.Repository // in the same database
}

// storage is catalog's database, in any engine.
type storage interface {
	backbone.Storage
	product.Repository
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
	err := s.OpenRoutes(httpapi.Options{
		OpenAPI: rest.OpenAPI, Components: Events().OpenAPI(), Files: eventschema.Files("Catalog events", s.deps.Version, Events()),
		Health: s.Health,
	})
	if err != nil {
		return err
	}
	notified := stockclient.New(stockclient.Options{
		BaseURL: s.config.StockURL, Transport: s.Tracer.Transport(s.deps.Stock), ServiceKey: s.Access.Credentials.ServiceKey,
		Timeout: s.config.StockTimeout, Logger: s.deps.Logger,
	})
	products := product.New(product.Options{
		Repository: s.db, Clock: s.deps.Clock, NewID: s.deps.NewID, Saved: rest.SavedProducts(), Stock: notified,
	})
	stores := store.New(store.Options{Repository: s.stores, Clock: s.deps.Clock, NewID: s.deps.NewID, Stock: notified})
	rest.Register(s.API, products, stores)
	s.RegisterEvents(s.db.Outbox())
	return nil
}

func (s *Service) openStorage(ctx context.Context) error {
	config, deps := s.Database()
	if config.URL != "" {
		db, err := catalogpg.Open(ctx, config, deps)
		if err != nil {
			return err
		}
		s.db, s.stores = db, db.Stores()
		return s.UseStorage(db)
	}
	db, err := catalogdb.Open(ctx, config, deps)
	if err != nil {
		return err
	}
	s.db, s.stores = db, db.Stores()
	return s.UseStorage(db)
}

// OpenAPI returns the service's document without the shared components and the
// components of Events.
func OpenAPI() []byte { return rest.OpenAPI }

// Events returns the event types that the service publishes or delivers.
func Events() eventschema.Set { return eventschema.Catalog() }

// Run publishes events until ctx ends, then stops in order. The server that
// calls Handler must stop before.
func (s *Service) Run(ctx context.Context) error {
	return s.Backbone.Run(ctx, &process.Group{})
}
