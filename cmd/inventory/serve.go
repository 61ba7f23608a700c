package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/cmd/inventory/internal/operator"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// runCommand is serveCommand for development.
func runCommand(ctx context.Context, args []string, _ io.Writer) error {
	return runServices(ctx, "run", args, true)
}

// serveCommand runs all services in this process until ctx ends.
func serveCommand(ctx context.Context, args []string, _ io.Writer) error {
	return runServices(ctx, "serve", args, false)
}

func runServices(ctx context.Context, name string, args []string, development bool) (err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	if err := operator.NoArguments(flags, args); err != nil {
		return err
	}
	c, err := loadConfigs(ctx, development)
	if err != nil {
		return err
	}
	loggers, err := newLoggers(c)
	if err != nil {
		return err
	}
	logger := loggers["inventory"]
	registry, err := telemetry.NewRegistry()
	if err != nil {
		return err
	}
	front := &front{}
	servers, err := listen(c, front, registry, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, servers.Close()) }()
	all, err := open(ctx, c, registry, loggers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.closeParts()) }()
	if err := front.serve(all, c); err != nil {
		return err
	}
	var group process.Group
	group.Add("http", servers.Run)
	group.Add(reservation.Name, all.reservation.Run)
	group.Add(notifier.Name, all.notifier.Run)
	group.Add(stock.Name, all.stock.Run)
	group.Add(catalog.Name, all.catalog.Run)
	group.Add("gate", all.gate.Run)
	group.Add("keys", all.access.Run)
	if development {
		group.Add("demo", func(ctx context.Context) error {
			return demo(ctx, c.process.DataDir, c.process.scheme()+displayAddr(servers.Addr()), front)
		})
	} else {
		servers.Log(ctx)
	}
	return group.Run(ctx, c.stock.ShutdownTimeout)
}

// listen binds the ports of the process.
func listen(c configs, f *front, registry *prometheus.Registry, logger *slog.Logger) (*httpserver.Listeners, error) {
	files, err := tlsfiles.Open(c.process.TLS, logger)
	if err != nil {
		return nil, err
	}
	if err := files.RegisterMetrics(registry); err != nil {
		return nil, err
	}
	proxies, err := httpserver.ParseProxies(c.stock.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	handlers := httpserver.Handlers{All: f, Public: http.HandlerFunc(f.servePublic), Metrics: registry, Proxies: proxies}
	shutdown := c.stock.ShutdownTimeout * 2 / 3 // the rest is for the parts that stop after it
	return c.process.Listen.Open(c.process.Port, handlers, files, shutdown, logger)
}

// newLoggers returns a logger for the process and one for each service.
func newLoggers(c configs) (map[string]*slog.Logger, error) {
	loggers := map[string]*slog.Logger{}
	for name, common := range map[string]process.Settings{
		"inventory": c.stock.Settings, catalog.Name: c.catalog.Settings, stock.Name: c.stock.Settings,
		reservation.Name: c.reservation.Settings, notifier.Name: c.notifier.Settings,
	} {
		logger, err := telemetry.NewLogger(os.Stderr, common.LogLevel, common.LogFormat, name, common.Instance())
		if err != nil {
			return nil, err
		}
		loggers[name] = logger
	}
	return loggers, nil
}

// system is every service of the process, opened.
type system struct {
	metrics       *prometheus.Registry
	gate          *httpapi.Gate   // one for all: a key has one limit
	access        *process.Access // of the routes that are not a service's
	broker        *broker.Broker
	catalog       *catalog.Service
	stock         *stock.Service
	reservation   *reservation.Service
	notifier      *notifier.Service
	toCatalog     *loopback
	toStock       *loopback
	toReservation *loopback
	closers       []func() error // in the order of opening
}

// open opens the broker and the services, callees before callers; of catalog and
// stock, which call each other, catalog.
func open(ctx context.Context, c configs, registry *prometheus.Registry, loggers map[string]*slog.Logger) (s *system, err error) {
	s = &system{metrics: registry, gate: httpapi.NewGate(clock.System{}, loggers["inventory"])}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closeParts())
		}
	}()
	if s.access, err = c.stock.OpenAccess(clock.System{}, loggers["inventory"], inventory.Actors()...); err != nil {
		return s, err
	}
	if s.broker, err = broker.Open(ctx, c.broker, clock.System{}, loggers["inventory"]); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.broker.Close)
	if err := s.broker.RegisterMetrics(s.metrics, clock.System{}); err != nil {
		return s, err
	}
	deps := func(service string) backbone.Deps {
		return backbone.DepsOf(process.Parts{Broker: s.broker, Logger: loggers[service], Metrics: s.metrics, Gate: s.gate})
	}
	// It gets its handler when stock is open; no service calls before all are.
	s.toStock = &loopback{}
	s.catalog, err = catalog.Open(ctx, c.catalog, catalog.Deps{
		Publisher: s.broker.Publisher, Stock: s.toStock,
		Deps: deps(catalog.Name),
	})
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.catalog.Close)
	s.toCatalog = &loopback{handler: s.catalog.Handler()}
	s.stock, err = stock.Open(ctx, c.stock, stock.Deps{
		Publisher: s.broker.Publisher, Subscriber: s.broker.Subscriber, Catalog: s.toCatalog,
		Deps: deps(stock.Name),
	})
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, func() error { s.toCatalog.waitForCalls(); return nil }, s.stock.Close)
	s.toStock.handler = s.stock.Handler()
	s.reservation, err = reservation.Open(ctx, c.reservation, reservation.Deps{
		Publisher: s.broker.Publisher, Subscriber: s.broker.Subscriber, Stock: s.toStock,
		Deps: deps(reservation.Name),
	})
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, func() error { s.toStock.waitForCalls(); return nil }, s.reservation.Close)
	s.toReservation = &loopback{handler: s.reservation.Handler()}
	s.closers = append(s.closers, func() error { s.toReservation.waitForCalls(); return nil })
	s.notifier, err = notifier.Open(ctx, c.notifier, notifier.Deps{
		Catalog: s.toCatalog, Stock: s.toStock, Reservation: s.toReservation,
		Subscriber: s.broker.Subscriber, Ping: s.broker.Pinger(),
		Deps: deps(notifier.Name),
	})
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.notifier.Close)
	return s, nil
}

// closeParts closes the opened parts, in the opposite order.
func (s *system) closeParts() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	return errors.Join(errs...)
}

// displayAddr turns a listening address into one that can be opened.
func displayAddr(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

var _ http.Handler = (*front)(nil)
