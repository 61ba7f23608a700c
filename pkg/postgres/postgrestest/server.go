package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Bounds of waiting for a server. They do not measure anything: a server
// that takes this long has failed.
const (
	startTime = 2 * time.Minute
	stopTime  = time.Minute
	pollPause = 10 * time.Millisecond
)

// host is where a server runs: a cluster of this machine or a container.
type host interface {
	url() string
	start(ctx context.Context) error
	stop(ctx context.Context) error // orderly, connections are ended
	kill(ctx context.Context) error // all its processes at once
	pause(ctx context.Context) error
	resume(ctx context.Context) error
	exited(ctx context.Context) error
	log(ctx context.Context) string // the end of the server's log
	remove() error                  // ends the server and removes everything
}

// Server is a PostgreSQL server. The methods that change its state are for the
// test that owns it: they fail the test when they have no success, and are
// not safe for concurrent use.
type Server struct {
	version string
	url     string
	host    host // nil for a server that was running before the tests
	running bool
	paused  bool
}

func newServer(version string, h host) *Server {
	return &Server{version: version, host: h, url: h.url()}
}

// URL returns the address of the server's database with its user, the same
// after a restart.
func (s *Server) URL() string { return s.url }

// schemas counts the schemas of this process.
var schemas atomic.Int64

// Schema returns the name of a schema that no other test uses and that does not
// exist. A schema that the test creates under that name is dropped with the test.
func (s *Server) Schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), schemas.Add(1))
	t.Cleanup(func() {
		if s.host != nil && !s.running {
			return // its files end with it
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), stopTime)
		defer cancel()
		if err := s.exec(ctx, "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
			t.Errorf("drop the schema of the test: %v", err)
		}
	})
	return name
}

// Database creates a database for a test of services, whose schemas have fixed
// names, and returns its address. It is dropped with the test.
func (s *Server) Database(t testing.TB) (address string) {
	t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	s.Exec(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { s.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

// Exec runs a statement outside the package under test.
func (s *Server) Exec(t testing.TB, statement string) {
	t.Helper()
	if err := s.exec(context.WithoutCancel(t.Context()), statement); err != nil { // also in a Cleanup
		t.Fatal(err)
	}
}

func (s *Server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// Start starts a server that was stopped or killed, on the same port, and
// returns when it serves.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if s.running {
		t.Fatal("start a server that runs")
	}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server in its orderly way; it ends the connections.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.down(t, host.stop)
}

// Kill ends all processes of the server at once (SIGKILL).
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.down(t, host.kill)
}

func (s *Server) down(t testing.TB, how func(host, context.Context) error) {
	t.Helper()
	if !s.running {
		t.Fatal("the server does not run")
	}
	if s.paused {
		s.Resume(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), stopTime)
	defer cancel()
	if err := how(s.host, ctx); err != nil {
		t.Fatal(err)
	}
	s.running = false
}

// Pause freezes all processes of the server: connections stay open and get no
// response.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	if err := s.host.pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.paused = true
}

// Resume ends a Pause.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	if err := s.host.resume(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	s.paused = false
}

// start starts the server and waits until it serves.
func (s *Server) start() error {
	if s.host == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	if err := s.host.start(ctx); err != nil {
		return err
	}
	s.running = true
	ticker := time.NewTicker(pollPause)
	defer ticker.Stop()
	for {
		// Asked first: another server could have the port of one that exited.
		if err := s.host.exited(ctx); err != nil {
			return fmt.Errorf("%w\n%s", err, s.host.log(ctx))
		}
		err := s.exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("the server does not serve: %w\n%s", err, s.host.log(context.WithoutCancel(ctx)))
		}
	}
}

// Log returns the end of the server's log.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	if s.host == nil {
		return ""
	}
	return s.host.log(t.Context())
}

func (s *Server) remove() {
	if s.host == nil {
		return
	}
	if err := s.host.remove(); err != nil {
		fmt.Fprintln(os.Stderr, "end a server:", err)
	}
	s.running = false
}

// lastLines returns the end of a log.
func lastLines(text string) string {
	const count = 60
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
