package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inventory.example/cmd/inventory/internal/eventtools"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// events runs "inventory events" with a command and returns its output.
func (s *auditedSystem) events(command string, args ...string) (string, error) {
	s.t.Helper()
	var out bytes.Buffer
	err := eventtools.Run(s.t.Context(), slices.Concat(strings.Fields(command), []string{"-url", s.url}, args), &out)
	return out.String(), err
}

func (s *auditedSystem) wantsEvents(want, command string, args ...string) {
	s.t.Helper()
	if printed, err := s.events(command, args...); err != nil || printed != want {
		s.t.Errorf("%s %q: %v\ngot\n%swant\n%s", command, args, err, printed, want)
	}
}

// consume handles events as group, until the test cancels it or an event failed,
// which becomes a dead letter at once.
func (s *auditedSystem) consume(group string, handle events.Handler) (cancel func()) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- s.broker.Subscriber.Subscribe(ctx, events.Subscription{
			Group: group, Member: "m", Handler: handle, Retry: events.Retry{MaxAttempts: 1},
		})
	}()
	return func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

func TestEvents(t *testing.T) {
	t.Run("dlq", testEventsDlq)
	t.Run("dlq discard", testEventsDlqDiscard)
	t.Run("tail", testEventsTail)
	t.Run("pending", testEventsPending)
	t.Run("without broker", testEventsWithoutBroker)
	t.Run("replay", testEventsReplay)
	t.Run("replay missing", testEventsReplayMissing)
	t.Run("with a wrong key", testEventsWithAWrongKey)
}

func testEventsTail(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps() // so that all of these come before the tail
	for name, test := range map[string]struct {
		args []string
		want func(line string) bool
	}{
		"lines": {nil, func(line string) bool {
			return strings.Contains(line, "  stock.updated          "+s.product+"  MAD-001   v") && strings.Contains(line, `"reason":"`)
		}},
		"documents": {[]string{"-json", "-type", "stock.updated,stock.low"}, func(line string) bool {
			e, err := events.Decode([]byte(line))
			return err == nil && e.Type == inventory.TypeStockUpdated && e.AggregateID == s.product
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			reader, writer := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				ended <- eventtools.Run(ctx, append([]string{"tail", "-url", s.url}, test.args...), writer)
				_ = writer.Close()
			}()
			lines := make(chan string)
			go func() {
				defer close(lines)
				for scanner := bufio.NewScanner(reader); scanner.Scan(); {
					lines <- scanner.Text()
				}
			}()
			line := ""
			for line == "" { // it shows the events after its start
				s.request("POST", "/api/v1/stock/"+s.product+"/MAD-001/adjust", members{"adjustment": 1}, nil)
				select {
				case line = <-lines:
				default:
				}
			}
			if !test.want(line) {
				t.Errorf("got %q", line)
			}
			cancel()
			for range lines {
			}
			if err := <-ended; err != nil {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

func testEventsPending(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps()
	eventually(t, func() error { // the groups have handled the published events
		printed, err := s.events("pending")
		for _, want := range []string{
			"SERVICE      PENDING  OLDEST  BROKER\n", "catalog      0        -       ok\n", "GROUP        MEMBERS  LAG\n",
			"reservation  1        0\n", "stock        1        0\n",
		} {
			if err == nil && !strings.Contains(printed, want) {
				err = fmt.Errorf("got\n%swant %q", printed, want)
			}
		}
		return err
	})
}

func testEventsWithoutBroker(t *testing.T) {
	s := runSystem(t, "none")
	s.trade()
	sqlitetest.Damage(t, filepath.Join(s.dir, "stock.db"), `UPDATE outbox SET created_at = '2026-01-01T00:00:00.000Z' WHERE seq = 1`)
	printed, err := s.events("pending")
	if err != nil || !regexp.MustCompile(`catalog      5        \d\S*s `).MatchString(printed) || !strings.Contains(printed, "  none\n") ||
		!strings.Contains(printed, "no message broker is configured\n") {
		t.Errorf("%v\n%s", err, printed)
	}
	for name, run := range map[string]func() (string, error){
		"tail":        func() (string, error) { return s.events("tail") },
		"dlq list":    func() (string, error) { return s.events("dlq list") },
		"dlq show":    func() (string, error) { return s.events("dlq show", "1") },
		"dlq replay":  func() (string, error) { return s.events("dlq replay", "-all") },
		"dlq discard": func() (string, error) { return s.events("dlq discard", "-all") },
		"replay":      func() (string, error) { return s.events("replay", "-missing") },
	} {
		if _, err := run(); err == nil || !strings.Contains(err.Error(), "No message broker is configured") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func testEventsReplay(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps()
	seen := make(chan events.Event, 100)
	cancel := s.consume("watcher", func(_ context.Context, e events.Event) error {
		seen <- e
		return nil
	})
	defer cancel()
	for range 21 {
		<-seen
	}
	if _, err := s.events("replay", "-from", "1", "-service", "stock", "-to", "nobody"); err == nil ||
		problem.CodeOf(err) != problem.ValidationError || !strings.Contains(err.Error(), "reservation, stock, watcher") {
		t.Errorf("an unknown group: %v", err)
	}
	const made = "2026-01-01T00:00:00+02:00"
	s.wantsEvents("catalog: 0 events would be published once more\nstock: 1 event would be published once more\n",
		"replay", "-from", made, "-type", "stock.transferred", "-service", "stock,catalog", "-dry-run")
	s.wantsEvents("stock: 0 events published once more\n", "replay", "-from", "2100-01-01T00:00:00Z", "-service", "stock")
	s.wantsEvents("catalog: 0 events published once more\nstock: 0 events published once more\nreservation: 0 events published once more\n",
		"replay", "-from", made, "-until", made)
	s.wantsEvents("catalog: 0 events published once more\nstock: 0 events published once more\nreservation: 0 events published once more\n",
		"replay", "-missing")
	s.wantsEvents("stock: 2 events published once more\n", "replay", "-from", "2", "-until", "3", "-service", "stock", "-to", "watcher")
	for range 2 {
		if e := <-seen; e.AggregateType != inventory.AggregateStock {
			t.Errorf("got %+v", e)
		}
	}
	s.wantsEvents("catalog: 2 events published once more\n", "replay", "-from", made, "-service", "catalog",
		"-type", "product.created,product.updated")
	for _, want := range []events.Type{inventory.TypeProductCreated, inventory.TypeProductUpdated} {
		if e := <-seen; e.Type != want {
			t.Errorf("got %s, want %s", e.Type, want)
		}
	}
	if _, printed, err := s.audit(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}

func testEventsReplayMissing(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps()
	sqlitetest.Damage(t, filepath.Join(s.dir, "broker.db"), `DELETE FROM batches WHERE last_offset > 1`)
	lines, printed, err := s.audit()
	if err == nil || lines["5b"] != "FAIL" {
		t.Fatalf("%v\n%s", err, printed)
	}
	dry, err := s.events("replay", "-missing", "-dry-run")
	if err != nil {
		t.Fatal(err)
	}
	s.wantsEvents(strings.ReplaceAll(dry, "would be ", ""), "replay", "-missing")
	if strings.Contains(printed, ": 0 events") {
		t.Errorf("got %s", dry)
	}
	if _, printed, err = s.audit(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}

func testEventsWithAWrongKey(t *testing.T) {
	s := runSystem(t, "none")
	t.Setenv("SERVICE_KEY", "wrong")
	if _, err := s.events("tail"); err == nil || !strings.Contains(err.Error(), "it refuses the service key") {
		t.Errorf("with a wrong key: %v", err)
	}
	if printed, err := s.events("dlq discard", "1"); printed != "" || err == nil || !strings.Contains(err.Error(), "it refuses the service key") {
		t.Errorf("with a wrong key: %v\n%s", err, printed)
	}
}
