package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/telemetry"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// front gives the services of one process one base URL, as a reverse proxy or
// an Ingress does for several. It is created before they are opened, because the
// server that has it takes the port first; serve completes it before any
// request comes.
type front struct {
	routes *routes
}

type routes struct {
	own         http.Handler // health, readiness and documents of the whole
	closed      http.Handler // in place of internal routes, where they are not shown
	catalog     http.Handler
	stock       http.Handler
	reservation http.Handler
	notifier    http.Handler
}

// serve lets the front serve requests with the services.
func (f *front) serve(s *system, c configs) error {
	// Requests that belong to no service are counted for the process.
	answered, err := telemetry.RegisterHTTP(prometheus.WrapRegistererWith(prometheus.Labels{"service": "inventory"}, s.metrics))
	if err != nil {
		return err
	}
	own, err := httpapi.New(httpapi.Options{
		Service: "inventory", Version: process.Version(), InstanceID: c.stock.Instance(),
		Credentials: s.access.Credentials, // only for whose limit counts
		Limits:      c.stock.Limits, Gate: s.gate, Proxies: s.access.Proxies, Hosts: s.access.Hosts, Observe: answered, Whole: s.notifier.Documents(),
		Health: s.health, Metrics: s.metrics, MetricsElsewhere: c.process.MetricsPort != 0,
	})
	if err != nil {
		return err
	}
	own.SetReady(true)
	f.routes = &routes{
		own: own.Handler(), closed: own.PublicHandler(), catalog: s.catalog.Handler(), stock: s.stock.Handler(),
		reservation: s.reservation.Handler(), notifier: s.notifier.Handler(),
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.routes.of(r.URL.Path).ServeHTTP(w, r)
}

// servePublic is ServeHTTP without the internal routes.
func (f *front) servePublic(w http.ResponseWriter, r *http.Request) {
	if httpserver.IsInternal(r.URL.Path) {
		f.routes.closed.ServeHTTP(w, r)
		return
	}
	f.ServeHTTP(w, r)
}

// of returns the handler for a path.
func (r *routes) of(path string) http.Handler {
	if rest, ok := strings.CutPrefix(path, "/api/v1/"); ok {
		first, rest, _ := strings.Cut(rest, "/")
		switch first {
		case "products", "stores":
			return r.catalog
		case "stock", "transfers":
			return r.stock
		case "reservations":
			return r.reservation
		case "webhooks", "alerts", "system", "key":
			return r.notifier
		case "events":
			return r.service(rest)
		}
	}
	for _, prefix := range []string{audit.Path, eventsapi.Path} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			name, _, _ := strings.Cut(rest, "/")
			return r.service(name)
		}
	}
	if strings.HasPrefix(path, brokerapi.Path) {
		return r.catalog // all give access to the broker; one is enough
	}
	if path == "/" || strings.HasPrefix(path, "/assets/") || path == "/console" || strings.HasPrefix(path, "/console/") {
		return r.notifier // the pages for people
	}
	return r.own
}

func (r *routes) service(name string) http.Handler {
	switch name {
	case catalog.Name:
		return r.catalog
	case stock.Name:
		return r.stock
	case reservation.Name:
		return r.reservation
	case notifier.Name, "stream": // the live stream is next to the event tables
		return r.notifier
	default:
		return r.own
	}
}

// health is the worst of the services' healths.
func (s *system) health(ctx context.Context) httpapi.Health {
	all := httpapi.Health{DatabaseOK: true, Broker: httpapi.BrokerOK}
	for _, h := range []httpapi.Health{s.catalog.Health(ctx), s.stock.Health(ctx), s.reservation.Health(ctx), s.notifier.Health(ctx)} {
		all.DatabaseOK = all.DatabaseOK && h.DatabaseOK
		all.PendingEvents += h.PendingEvents
		if h.Broker != httpapi.BrokerOK {
			all.Broker = h.Broker
		}
	}
	return all
}
