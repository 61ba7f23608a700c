package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/telemetry"
	"inventory.example/pkg/tlsfiles"
)

// Listen is the addresses of a process beside its SERVER_PORT. It is embedded
// in the processes' configuration.
type Listen struct {
	// Host is the address to listen on, with all ports; empty: all addresses.
	Host string `env:"LISTEN_HOST"`
	// InternalPort is where the services call each other, and where /metrics is
	// served, instead of on SERVER_PORT; 0: there.
	InternalPort int `env:"INTERNAL_PORT, default=0"`
	// MetricsPort is where /metrics is served instead of on one of the others;
	// 0: there.
	MetricsPort int `env:"METRICS_PORT, default=0"`
	// ConnectionsPerAddress is how many connections a client address may have open
	// on SERVER_PORT, and on MetricsPort; 0: any number.
	ConnectionsPerAddress int `env:"MAX_CONNECTIONS_PER_ADDRESS, default=1000"`
	// TLS makes all ports speak HTTPS.
	TLS tlsfiles.Config `env:", prefix=TLS_"`
}

// Validate returns everything that is wrong with l; nil when nothing is.
func (l Listen) Validate() []error {
	var all []error
	for _, port := range []struct {
		name string
		port int
	}{{"INTERNAL_PORT", l.InternalPort}, {"METRICS_PORT", l.MetricsPort}} {
		if port.port < 0 || port.port > 65535 {
			all = append(all, errors.New(port.name+" must be from 0 to 65535"))
		}
	}
	if l.InternalPort != 0 && l.InternalPort == l.MetricsPort {
		all = append(all, errors.New("INTERNAL_PORT and METRICS_PORT must be different: /metrics is served on INTERNAL_PORT too"))
	}
	if l.ConnectionsPerAddress < 0 {
		all = append(all, errors.New("MAX_CONNECTIONS_PER_ADDRESS must be 0 or more"))
	}
	return append(all, l.TLS.Validate()...)
}

// Local returns the base URL of the service that listens on port of this
// machine, for a program beside it.
func (l Listen) Local(port int) string {
	scheme, host := "http://", l.Host
	if l.TLS.Server() {
		scheme = "https://"
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(port))
}

// IsInternal reports whether a path is not on the public port when there is an
// INTERNAL_PORT. path is decoded.
func IsInternal(path string) bool {
	return path == "/metrics" || path == "/internal" || strings.HasPrefix(path, "/internal/") || strings.HasPrefix(path, "/metrics/")
}

// Handlers are the handlers of a process.
type Handlers struct {
	All     http.Handler        // all routes
	Public  http.Handler        // All without those that IsInternal
	Metrics prometheus.Gatherer // for METRICS_PORT
	Proxies Proxies             // whose connections are not bounded
}

// Listeners are the servers of a process, each on a port of its own.
type Listeners struct {
	public *Server
	all    []*Server
	logger *slog.Logger
}

// Open binds the ports. Run serves on them, Close releases them when Run is
// never called. shutdown is the Server.ShutdownTimeout of each.
//
// Internal routes are served on InternalPort when there is one, and otherwise on
// port. Where TLS_CLIENT_CA_FILE is given only a caller with a certificate sees
// them: on InternalPort the handshake fails without one, on port they are 404.
func (l Listen) Open(port int, h Handlers, files *tlsfiles.Files, shutdown time.Duration, logger *slog.Logger) (_ *Listeners, err error) {
	s := &Listeners{logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	bind := func(variable string, port int, handler http.Handler, config *tls.Config) (*Server, error) {
		server, err := New(net.JoinHostPort(l.Host, strconv.Itoa(port)), handler, logger)
		if err != nil {
			return nil, err
		}
		server.ShutdownTimeout, server.TLS = shutdown, config
		if variable != "INTERNAL_PORT" {
			server.ConnectionsPerAddress, server.Proxies = l.ConnectionsPerAddress, h.Proxies
		}
		if err := server.Listen(); err != nil {
			return nil, fmt.Errorf("%w (set %s)", err, variable)
		}
		s.all = append(s.all, server)
		return server, nil
	}
	public, clients := h.All, tls.NoClientCert
	switch {
	case l.InternalPort != 0:
		public = h.Public
	case files.AsksClients():
		public, clients = certified{h}, tls.VerifyClientCertIfGiven
	}
	if s.public, err = bind("SERVER_PORT", port, public, files.Server(clients)); err != nil {
		return nil, err
	}
	if l.InternalPort != 0 {
		if _, err = bind("INTERNAL_PORT", l.InternalPort, h.All, files.Server(tls.RequireAndVerifyClientCert)); err != nil {
			return nil, err
		}
	}
	if l.MetricsPort != 0 {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", telemetry.MetricsHandler(h.Metrics))
		if _, err = bind("METRICS_PORT", l.MetricsPort, mux, files.Server(tls.NoClientCert)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// certified serves internal routes to callers whose certificate was verified.
type certified struct{ Handlers }

// ServeHTTP implements http.Handler.
func (h certified) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		h.All.ServeHTTP(w, r)
		return
	}
	h.Public.ServeHTTP(w, r)
}

// Addr returns the address that SERVER_PORT is bound to.
func (s *Listeners) Addr() string { return s.public.Addr() }

// Log logs the addresses.
func (s *Listeners) Log(ctx context.Context) {
	for _, server := range s.all {
		s.logger.InfoContext(ctx, "listening", slog.String("addr", server.Addr()), slog.Bool("tls", server.TLS != nil))
	}
}

// Addrs returns all addresses: of SERVER_PORT, INTERNAL_PORT and METRICS_PORT,
// as far as they are set.
func (s *Listeners) Addrs() []string {
	addrs := make([]string, len(s.all))
	for i, server := range s.all {
		addrs[i] = server.Addr()
	}
	return addrs
}

// Run is Server.Run for all servers at once.
func (s *Listeners) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(s.all))
	for _, server := range s.all {
		go func() {
			defer stop() // one that fails ends the others
			ended <- server.Run(ctx)
		}()
	}
	var all []error
	for range s.all {
		all = append(all, <-ended)
	}
	return errors.Join(all...)
}

// Close is Server.Close for all servers.
func (s *Listeners) Close() error {
	var all []error
	for _, server := range s.all {
		all = append(all, server.Close())
	}
	return errors.Join(all...)
}
