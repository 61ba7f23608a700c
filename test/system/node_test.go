package system_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
)

// service has the methods that the root package of each service offers.
type service interface {
	Handler() http.Handler
	Run(ctx context.Context) error
	Close() error
}

// node is a service at its address, through stops and crashes. It is the
// http.RoundTripper to that address.
type node struct {
	t    testing.TB
	name string
	file string // the database
	open func(file string, l line) (service, error)

	mu      sync.RWMutex
	life    *life // nil while the service does not run
	crashes int
}

// life is a service from its start to its stop or crash.
type life struct {
	service service
	line    line
	stop    context.CancelFunc
	ended   chan error
	calls   sync.WaitGroup
}

// line is the connection of a life with the other services; after a crash has cut
// it, no message passes.
type line struct{ cut chan struct{} }

var errCut = errors.New("the connection was cut: the service crashed")

// isCut reports whether the line was cut.
func (l line) isCut() bool {
	select {
	case <-l.cut:
		return true
	default:
		return false
	}
}

// start opens the service and runs it.
func (n *node) start() {
	n.t.Helper()
	l := &life{line: line{make(chan struct{})}, ended: make(chan error, 1)}
	var err error
	if l.service, err = n.open(n.file, l.line); err != nil {
		n.t.Fatalf("open %s: %v", n.name, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	go func() { l.ended <- l.service.Run(ctx) }()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.life = l
}

// detachLife makes the node's address refuse connections, and returns the life that
// served them.
func (n *node) detachLife() *life {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.life
	n.life = nil
	return l
}

// stop shuts the service down in order, if it runs.
func (n *node) stop() {
	n.t.Helper()
	l := n.detachLife()
	if l == nil {
		return
	}
	l.calls.Wait()
	if err := l.shutDown(); err != nil {
		n.t.Errorf("stop %s: %v", n.name, err)
	}
}

// crash ends the service as if it was killed at this time. The next start opens a
// copy of the disk at this time: the ending service has a cut line, and no service
// reads its file again.
func (n *node) crash() {
	n.t.Helper()
	l := n.detachLife()
	close(l.line.cut)
	n.crashes++
	image := fmt.Sprintf("%s.after-crash-%d", n.file, n.crashes)
	// SQLite changes the file at checkpoints only, which need a longer log, and only
	// appends to the log: a copy of the file, then of the log, is as after a crash.
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(image+suffix, n.file+suffix); err != nil {
			n.t.Fatal(err)
		}
	}
	n.file = image
	_ = l.shutDown() // a crashed process reports no error
	l.calls.Wait()
}

func (l *life) shutDown() error {
	l.stop()
	return errors.Join(<-l.ended, l.service.Close())
}

func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// enter returns the life that takes a call, nil when there is none.
func (n *node) enter() *life {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.life != nil {
		n.life.calls.Add(1)
	}
	return n.life
}

// RoundTrip implements http.RoundTripper. A caller that gives up, or a crash,
// does not end the call.
func (n *node) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		_ = request.Body.Close()
	}
	l := n.enter()
	if l == nil {
		return nil, refused(n.name)
	}
	served := request.Clone(request.Context())
	served.Body = io.NopCloser(bytes.NewReader(body))
	served.RequestURI = request.URL.RequestURI()
	recorder := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer l.calls.Done()
		defer close(done)
		l.service.Handler().ServeHTTP(recorder, served)
	}()
	select {
	case <-done:
		if l.line.isCut() {
			return nil, errCut
		}
		return recorder.Result(), nil
	case <-l.line.cut:
		return nil, errCut
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}

// refused is the error of an address where no process listens.
func refused(name string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("%s: connection refused", name)}
}
