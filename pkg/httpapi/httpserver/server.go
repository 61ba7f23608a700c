// Package httpserver listens: an HTTP server with bounded connections that
// drains before it ends, the ports of a process with their TLS and metrics, the
// health check of a container, and the addresses of clients behind proxies. It
// has no routes; package httpapi has the engine.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The bounds of a connection. The time-outs are longer than any sensible
// RequestTimeout; streams are free of the read and write ones.
const (
	readHeaderTimeout      = 5 * time.Second
	readTimeout            = 30 * time.Second
	writeTimeout           = 60 * time.Second
	idleTimeout            = 2 * time.Minute
	maxHeaderBytes         = 32 << 10
	defaultShutdownTimeout = 15 * time.Second
)

// Server serves one handler on one address. Create it with New, call
// Listen once, then Run once.
type Server struct {
	// ShutdownTimeout is how long Run waits for the requests under way before
	// it breaks them off. It must be set before Run.
	ShutdownTimeout time.Duration
	// TLS makes the server speak HTTPS; nil: HTTP. It must be set before Run.
	TLS *tls.Config
	// ConnectionsPerAddress is how many connections a client address may have open;
	// 0: any number. Addresses of Proxies are not bounded. Both must be set before
	// Listen.
	ConnectionsPerAddress int
	Proxies               Proxies

	server   *http.Server
	listener net.Listener
	logger   *slog.Logger
}

type drainingKey struct{}

// Draining returns a channel that is closed when the Server begins to shut
// down, so that endless responses can end; nil outside of a Server.
func Draining(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(drainingKey{}).(<-chan struct{})
	return done
}

// New returns a server for h on addr, such as ":8080". It does no I/O. logger
// gets the reports of net/http about connections; nil means no log.
func New(addr string, h http.Handler, logger *slog.Logger) (*Server, error) {
	if h == nil {
		return nil, errors.New("the server needs a handler")
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("listen address %q must have the form host:port or :port", addr)
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	draining := make(chan struct{})
	server := &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, Protocols: protocols(),
		ErrorLog: slog.NewLogLogger(&connLog{Handler: logger.Handler()}, slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), drainingKey{}, (<-chan struct{})(draining))
		},
	}
	server.RegisterOnShutdown(sync.OnceFunc(func() { close(draining) }))
	silent := &silentConns{conns: map[net.Conn]struct{}{}}
	server.ConnState = silent.note
	server.RegisterOnShutdown(silent.closeAll)
	return &Server{ShutdownTimeout: defaultShutdownTimeout, server: server, logger: logger}, nil
}

// Listen binds the address, so that a port that is taken is known before
// anything else starts. The error is one line that names the address.
func (s *Server) Listen() error {
	listener, err := net.Listen("tcp", s.server.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen: address %s is already in use; choose another port or stop the program that uses it", s.server.Addr)
	}
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.listener = boundConnections(listener, s.ConnectionsPerAddress, s.Proxies, s.logger)
	return nil
}

// Addr returns the address that Listen bound, with the port that the system
// chose when it was 0; "" before Listen.
func (s *Server) Addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Run serves until ctx ends, then accepts no more connections, waits up to
// ShutdownTimeout for the requests under way and returns nil, or an error when
// some had to be broken off. It returns an error at once when serving fails. It
// calls Listen when that has not been done. No goroutine of the server runs
// when it has returned, but for handlers that ignore their broken connection.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	served := make(chan error, 1)
	go func() { served <- s.serve() }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.ShutdownTimeout)
	defer cancel()
	err := s.server.Shutdown(drain)
	if err != nil {
		_ = s.server.Close()
		err = fmt.Errorf("requests broken off after %s: %w", s.ShutdownTimeout, err)
	}
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve: %w", end))
	}
	return err
}

func (s *Server) serve() error {
	if s.TLS == nil {
		return s.server.Serve(s.listener)
	}
	s.server.TLSConfig = s.TLS
	return s.server.ServeTLS(s.listener, "", "")
}

// protocols is HTTP/1.1 alone: the time-outs and the bounds above are those of a
// connection that carries one request at a time.
func protocols() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return &p
}

// connLog logs the reports of net/http about connections. A failed handshake is
// the client's fault, and any client can cause any number of them: at most one a
// second is logged above debug.
type connLog struct {
	slog.Handler
	logged atomic.Int64 // Unix nanoseconds of the last handshake above debug
}

// Handle implements slog.Handler.
func (l *connLog) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "TLS handshake error") {
		r.Level = slog.LevelDebug
		now, last := time.Now().UnixNano(), l.logged.Load()
		if (now-last >= int64(time.Second) || now < last) && l.logged.CompareAndSwap(last, now) {
			r.Level = slog.LevelInfo
		}
		if !l.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return l.Handler.Handle(ctx, r)
}

// silentConns are the connections on which no request has arrived. net/http
// waits for them for five seconds when it shuts down, and then closes them
// whether a request arrives or not; so Run closes them at once.
type silentConns struct {
	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

// note is an http.Server.ConnState.
func (s *silentConns) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.conns, c)
	case s.closed: // it was accepted at the last moment
		_ = c.Close()
	default:
		s.conns[c] = struct{}{}
	}
}

// closeAll closes the silent connections, and later ones at once.
func (s *silentConns) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.conns {
		_ = c.Close()
	}
}

// Close releases the address of a server that was never run; after Run it does
// nothing.
func (s *Server) Close() error {
	if s.listener == nil {
		return nil
	}
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close listener: %w", err)
	}
	return nil
}
