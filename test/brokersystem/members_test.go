package brokersystem_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/process"
)

// The environment of a member, which is this test program in a process of its
// own.
const (
	memberGroup = "TEST_MEMBER_GROUP"
	memberName  = "TEST_MEMBER_NAME"
	memberFile  = "TEST_MEMBER_FILE" // where it writes the events that it handles
)

// memberMain is the program of a member. It returns the exit code.
func memberMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := consume(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "member: %v\n", err)
		return 1
	}
	return 0
}

// consume writes a line for each event that it handles: key, version and id.
func consume(ctx context.Context) error {
	file, err := os.OpenFile(os.Getenv(memberFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	b, err := openBroker(ctx, os.Environ())
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	var mu sync.Mutex
	return b.Subscriber.Subscribe(ctx, events.Subscription{
		Group: os.Getenv(memberGroup), Member: os.Getenv(memberName),
		Handler: func(_ context.Context, e events.Event) error {
			mu.Lock()
			defer mu.Unlock()
			_, err := fmt.Fprintf(file, "%s %d %s\n", e.AggregateID, e.Version, e.ID)
			return err
		},
	})
}

// member is a running member.
type member struct {
	t     testing.TB
	name  string
	file  string
	cmd   *exec.Cmd
	log   *output
	ended chan struct{}
}

func (s *stream) member(t testing.TB, name string) *member {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m := &member{
		t: t, name: name, file: filepath.Join(t.TempDir(), name), cmd: exec.Command(self), log: &output{}, ended: make(chan struct{}),
	}
	m.cmd.Env = append([]string{memberGroup + "=observers", memberName + "=" + name, memberFile + "=" + m.file}, s.env...)
	m.cmd.Stdout, m.cmd.Stderr = m.log, m.log
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(m.ended)
		_ = m.cmd.Wait() // ProcessState has the result
	}()
	t.Cleanup(func() {
		m.kill()
		if text := m.log.String(); text != "" {
			t.Errorf("%s printed:\n%s", name, text)
		}
	})
	return m
}

// kill ends the member at once, wherever it is.
func (m *member) kill() {
	_ = m.cmd.Process.Kill() // fails when it has ended
	<-m.ended
}

// handled is an event that a member handled.
type handled struct {
	key, id string
	version int64
}

// handled returns the events that the member has written.
func (m *member) handled() (list []handled) {
	m.t.Helper()
	text, err := os.ReadFile(m.file)
	if err != nil && !os.IsNotExist(err) {
		m.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || !strings.HasSuffix(line, "\n") {
			continue // it was being written
		}
		version, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			m.t.Fatalf("%s: %q", m.name, line)
		}
		list = append(list, handled{fields[0], fields[2], version})
	}
	return list
}

// works waits until the member handles more events than it has.
func (m *member) works() {
	m.t.Helper()
	before := len(m.handled())
	eventually(m.t, m.name+" works", func() error {
		select {
		case <-m.ended:
			return fmt.Errorf("%w: it ended: %s", errHopeless, m.cmd.ProcessState)
		default:
		}
		if n := len(m.handled()); n == before {
			return fmt.Errorf("it handled %d events", n)
		}
		return nil
	})
}

// wantsOrder fails the test unless the member handled the events of each key in
// their order. One that it handled before may come again.
func (m *member) wantsOrder() {
	m.t.Helper()
	seen := map[string]bool{}
	last := map[string]int64{}
	for _, h := range m.handled() {
		if seen[h.id] {
			continue
		}
		seen[h.id] = true
		if h.version <= last[h.key] {
			m.t.Errorf("%s handled version %d of %s after version %d", m.name, h.version, h.key, last[h.key])
		}
		last[h.key] = h.version
	}
}

// TestMembers lets two members of a group share the work, kills one of them and
// lets a third one join, all under load: every event is handled, and those of a
// key in their order.
func TestMembers(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		s := on.shared(t)
		p := s.publish(t)
		first, second := s.member(t, "first"), s.member(t, "second")
		first.works()
		second.works()
		first.works() // both of them still do
		first.kill()
		second.works()
		third := s.member(t, "third")
		third.works()
		second.works()
		want := p.stopSource()
		members := []*member{first, second, third}
		eventually(t, "the events", func() error {
			done := map[string]bool{}
			for _, m := range members {
				for _, h := range m.handled() {
					done[h.id] = true
				}
			}
			if len(done) < len(want) {
				return fmt.Errorf("%d of %d were handled", len(done), len(want))
			}
			for _, id := range want {
				if !done[id] {
					return fmt.Errorf("%w: %s was not handled, and %d were", errHopeless, id, len(done))
				}
			}
			return nil
		})
		for _, m := range members {
			m.wantsOrder()
			t.Logf("%s handled %d of %d events", m.name, len(m.handled()), len(want))
		}
	})
}

// source publishes events until its end.
type source struct {
	stop  chan struct{}
	ended chan struct{}
	ids   []string // of acknowledged events; read after ended
}

// publish starts a source: batches of events of several keys.
func (s *stream) publish(t testing.TB) *source {
	t.Helper()
	const keys = 24
	b := s.open(t)
	ctx := context.WithoutCancel(t.Context()) // it ends before the source does
	p := &source{stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		rest := time.NewTicker(pause)
		defer rest.Stop()
		for version := int64(1); ; version++ {
			select {
			case <-p.stop:
				return
			case <-rest.C:
			}
			var batch []events.Event
			for k := range keys {
				e, err := events.New(events.Meta{ID: process.NewID(), At: time.Now(), Version: version},
					inventory.ReservationCreated{ReservationID: fmt.Sprintf("key-%d", k), StoreID: madrid})
				if err != nil {
					t.Error(err)
					return
				}
				batch = append(batch, e)
				p.ids = append(p.ids, e.ID)
			}
			if err := b.Publisher.PublishBatch(ctx, batch); err != nil {
				t.Errorf("publish: %v", err)
				return
			}
		}
	}()
	t.Cleanup(func() { p.stopSource() })
	return p
}

// stopSource stops the source and returns the ids of its events.
func (p *source) stopSource() []string {
	select {
	case <-p.ended:
	default:
		close(p.stop)
		<-p.ended
	}
	return p.ids
}
