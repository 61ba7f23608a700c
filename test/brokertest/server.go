package brokertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// Bounds of waiting for a server. A server that takes this long has failed.
const (
	startTime = 2 * time.Minute
	stopTime  = time.Minute
	pollPause = 20 * time.Millisecond
)

// host runs a server, as a process or in a container.
type host interface {
	start(ctx context.Context) error
	stop(ctx context.Context) error // orderly, but ends in any case
	kill(ctx context.Context) error
	pause(ctx context.Context) error
	resume(ctx context.Context) error
	wipe(ctx context.Context) error // of a server that does not run
	exited(ctx context.Context) error
	log(ctx context.Context) string // the last lines that the server has written
	remove() error                  // kills the server and removes its files
}

// Server is a server that one test owns. Its methods fail the test if they fail.
// They are not safe for concurrent use.
type Server struct {
	host    host
	ports   []*port
	check   func(ctx context.Context) error // one attempt to reach the server
	running bool
	paused  bool
}

// Start starts a server that was stopped or killed, on the same port, and
// returns when it responds.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if s.running {
		t.Fatal("start a server that runs")
	}
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server in its orderly way (SIGTERM), also a paused one.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.down(t, host.stop)
}

// Kill ends the server at once (SIGKILL).
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

// Wipe removes all that a stopped server has stored.
func (s *Server) Wipe(t testing.TB) {
	t.Helper()
	if s.running {
		t.Fatal("wipe a server that runs")
	}
	if err := s.host.wipe(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Pause freezes the server: connections stay open without a response.
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
	if err := s.host.resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.paused = false
}

// start starts the server and waits until it responds.
func (s *Server) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := s.host.start(ctx); err != nil {
		return err
	}
	s.running = true
	ticker := time.NewTicker(pollPause)
	defer ticker.Stop()
	for {
		// This comes first: another server could have the port of one that exited.
		if err := s.host.exited(ctx); err != nil {
			return fmt.Errorf("%w\n%s", err, s.host.log(ctx))
		}
		err := s.check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("the server does not respond: %w\n%s", err, s.host.log(context.WithoutCancel(ctx)))
		}
	}
}

func (s *Server) remove() error {
	err := s.host.remove()
	for _, p := range s.ports {
		p.release()
	}
	return err
}

// own starts a server, which is removed with the test.
func own(t testing.TB, s *Server) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.remove(); err != nil {
			t.Error(err)
		}
	})
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// shared is a server for all tests of the binary, started by the first.
type shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// get starts the server that open returns, unless it runs.
func (s *shared) get(t testing.TB, open func(testing.TB) *Server) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		server := open(t) // may skip t
		if s.err = server.start(context.WithoutCancel(t.Context())); s.err != nil {
			s.err = errors.Join(s.err, server.remove())
		} else {
			s.server = server
		}
	}
	if s.err != nil {
		t.Fatal("the shared server: ", s.err)
	}
}

func (s *shared) cleanup() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return
	}
	if err := s.server.remove(); err != nil {
		fmt.Fprintln(os.Stderr, "end a shared server:", err)
	}
	s.server = nil
}

// Cleanup stops the shared servers. TestMain calls it, see Tests.
func Cleanup() {
	sharedRedis.cleanup()
	sharedKafka.cleanup()
}
