package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inventory.example/pkg/brokerapi"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// events runs "inventory events" with a command and returns what it prints.
func (s *auditedSystem) events(run func(context.Context, []string, io.Writer) error, args ...string) (string, error) {
	s.t.Helper()
	var out bytes.Buffer
	err := run(s.t.Context(), append([]string{"-url", s.options.url}, args...), &out)
	return out.String(), err
}

func (s *auditedSystem) wantsEvents(want string, run func(context.Context, []string, io.Writer) error, args ...string) {
	s.t.Helper()
	if printed, err := s.events(run, args...); err != nil || printed != want {
		s.t.Errorf("%q: %v\ngot\n%swant\n%s", args, err, printed, want)
	}
}

// consume handles as group what comes, until the test cancels it or an event
// failed, which becomes a dead letter at once.
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

func TestEvents_tail(t *testing.T) {
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
			return err == nil && e.Type == events.TypeStockUpdated && e.AggregateID == s.product
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			reader, writer := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				ended <- tailCommand(ctx, append([]string{"-url", s.options.url}, test.args...), writer)
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
			for line == "" { // it tells of what comes after it began
				s.call("POST", "/api/v1/stock/"+s.product+"/MAD-001/adjust", members{"adjustment": 1}, nil)
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

func TestEvents_pending(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps()
	eventually(t, func() error { // the groups have handled what was published
		printed, err := s.events(pendingCommand)
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

func TestEvents_without_broker(t *testing.T) {
	s := runSystem(t, "none")
	s.trade()
	sqlitetest.Damage(t, filepath.Join(s.dir, "stock.db"), `UPDATE outbox SET created_at = '2026-01-01T00:00:00.000Z' WHERE seq = 1`)
	printed, err := s.events(pendingCommand)
	if err != nil || !regexp.MustCompile(`catalog      2        \d\S*s `).MatchString(printed) || !strings.Contains(printed, "  none\n") ||
		!strings.Contains(printed, "no message broker is configured\n") {
		t.Errorf("%v\n%s", err, printed)
	}
	for name, run := range map[string]func() (string, error){
		"tail":        func() (string, error) { return s.events(tailCommand) },
		"dlq list":    func() (string, error) { return s.events(listLettersCommand) },
		"dlq show":    func() (string, error) { return s.events(showLetterCommand, "1") },
		"dlq replay":  func() (string, error) { return s.events(replayLettersCommand, "-all") },
		"dlq discard": func() (string, error) { return s.events(discardLettersCommand, "-all") },
		"replay":      func() (string, error) { return s.events(replayCommand, "-missing") },
	} {
		if _, err := run(); err == nil || !strings.Contains(err.Error(), "no message broker is configured") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEvents_replay(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps()
	seen := make(chan events.Event, 100)
	cancel := s.consume("watcher", func(_ context.Context, e events.Event) error {
		seen <- e
		return nil
	})
	defer cancel()
	for range 18 {
		<-seen
	}
	if _, err := s.events(replayCommand, "-from", "1", "-service", "stock", "-to", "nobody"); err == nil ||
		problem.CodeOf(err) != problem.ValidationError || !strings.Contains(err.Error(), "reservation, stock, watcher") {
		t.Errorf("an unknown group: %v", err)
	}
	const made = "2026-01-01T00:00:00+02:00"
	s.wantsEvents("catalog: 0 events would be published once more\nstock: 1 event would be published once more\n",
		replayCommand, "-from", made, "-type", "stock.transferred", "-service", "stock,catalog", "-dry-run")
	s.wantsEvents("stock: 0 events published once more\n", replayCommand, "-from", "2100-01-01T00:00:00Z", "-service", "stock")
	s.wantsEvents("catalog: 0 events published once more\nstock: 0 events published once more\nreservation: 0 events published once more\n",
		replayCommand, "-from", made, "-until", made)
	s.wantsEvents("catalog: 0 events published once more\nstock: 0 events published once more\nreservation: 0 events published once more\n",
		replayCommand, "-missing")
	s.wantsEvents("stock: 2 events published once more\n", replayCommand, "-from", "2", "-until", "3", "-service", "stock", "-to", "watcher")
	for range 2 {
		if e := <-seen; e.AggregateType != events.AggregateStock {
			t.Errorf("got %+v", e)
		}
	}
	s.wantsEvents("catalog: 2 events published once more\n", replayCommand, "-from", made, "-service", "catalog")
	for _, want := range []events.Type{events.TypeProductCreated, events.TypeProductUpdated} {
		if e := <-seen; e.Type != want {
			t.Errorf("got %s, want %s", e.Type, want)
		}
	}
	if _, printed, err := s.audit(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}

func TestEvents_replay_missing(t *testing.T) {
	s := runSystem(t, "embedded")
	s.trade()
	s.awaitStamps()
	sqlitetest.Damage(t, filepath.Join(s.dir, "broker.db"), `DELETE FROM batches WHERE last_offset > 1`)
	lines, printed, err := s.audit()
	if err == nil || lines["5b"] != "FAIL" {
		t.Fatalf("%v\n%s", err, printed)
	}
	dry, err := s.events(replayCommand, "-missing", "-dry-run")
	if err != nil {
		t.Fatal(err)
	}
	s.wantsEvents(strings.ReplaceAll(dry, "would be ", ""), replayCommand, "-missing")
	if strings.Contains(printed, ": 0 events") {
		t.Errorf("got %s", dry)
	}
	if _, printed, err = s.audit(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}

func TestEventsCommand_helps(t *testing.T) {
	for _, args := range []string{"help", "-h", "--help", "dlq -h", "dlq --help", "dlq help"} {
		if err := eventsCommand(t.Context(), strings.Fields(args)); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
	for _, args := range []string{"tail -h", "dlq discard -h"} {
		if err := eventsCommand(t.Context(), strings.Fields(args)); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestEventsCommand_refuses(t *testing.T) {
	t.Setenv("DATA_DIR", t.TempDir())
	server := httptest.NewServer(nil)
	server.Close() // nobody answers there
	for _, test := range []struct{ args, want string }{
		{"", "usage: inventory events COMMAND"},
		{"dlq", `unknown command "events dlq"`},
		{"dlq drop", `unknown command "events dlq drop"`},
		{"tail now", "events tail takes no arguments, only flags"},
		{"tail -type stock.sold", `"stock.sold" is unknown; there are product.created, `},
		{"tail -url ftp://x", `events tail: "ftp://x" is no http or https URL`},
		{"tail -url " + server.URL, "events tail: catalog cannot be reached at " + server.URL + brokerapi.TailPath},
		{"pending -stock-url http://x", "events pending: name all of -catalog-url, -stock-url and -reservation-url, or none"},
		{"pending -url " + server.URL, "events pending: not everything could be asked"},
		{"dlq list -json x", "events dlq list takes no arguments"},
		{"dlq show", "events dlq show: name one dead letter"},
		{"dlq show 1 2", "events dlq show: name one dead letter"},
		{"dlq replay", "events dlq replay: name dead letters by their ids, or all with -all"},
		{"dlq replay 1 -all", "events dlq replay: name dead letters by their ids, or all with -all"},
		{"dlq discard", "events dlq discard: name dead letters by their ids, or all with -all"},
		{"dlq discard -all=false", "events dlq discard: name dead letters by their ids, or all with -all"},
		{"dlq discard 1 -all", "events dlq discard: name dead letters by their ids, or all with -all"},
		{"dlq discard -every", "flag provided but not defined: -every"},
		{"dlq discard 1 -url " + server.URL, "events dlq discard: catalog cannot be reached at "},
		{"replay", "events replay: say with -from which events, or -missing"},
		{"replay -from yesterday", "is neither a time as 2026-01-31T12:00:00Z nor a seq of 1 or more"},
		{"replay -from 0", "nor a seq of 1 or more"},
		{"replay -from -1", "nor a seq of 1 or more"},
		{"replay -from 99999999999999999999", "nor a seq of 1 or more"},
		{"replay -from 5", "each service counts seqs by itself"},
		{"replay -from 5 -service stock,catalog", "each service counts seqs by itself"},
		{"replay -from 5 -until 4 -service stock", "-until is before -from"},
		{"replay -from 2026-01-31T12:00:00Z -until 2026-01-31T12:00:00+01:00", "-until is before -from"},
		{"replay -missing -to stock", "leave out -to"},
		{"replay -missing -service billing", `"billing" is unknown; there are catalog, stock, reservation`},
		{"replay -missing -url " + server.URL, "events replay: catalog cannot be reached at "},
	} {
		t.Run(test.args, func(t *testing.T) {
			t.Setenv("SERVICE_KEY", "k")
			err := eventsCommand(t.Context(), strings.Fields(test.args))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	t.Setenv("SERVICE_KEY", "")
	if err := eventsCommand(t.Context(), []string{"tail"}); !errors.Is(err, errNoKey) {
		t.Errorf("without a key: %v", err)
	}
	s := runSystem(t, "none")
	t.Setenv("SERVICE_KEY", "wrong")
	if _, err := s.events(tailCommand); err == nil || !strings.Contains(err.Error(), "it refuses the service key") {
		t.Errorf("with a wrong key: %v", err)
	}
	if printed, err := s.events(discardLettersCommand, "1"); printed != "" || err == nil || !strings.Contains(err.Error(), "it refuses the service key") {
		t.Errorf("with a wrong key: %v\n%s", err, printed)
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain ñ 你":         "plain ñ 你",
		"a\tb\r\n\x00":      `a\u0009b\u000d\u000a\u0000`,
		"\u009b31m\u2028":   `\u009b31m\u2028`,
		"\U000e0001":        `\udb40\udc01`,
		string([]byte{255}): "\ufffd",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	const odd = "\"\u009b\U000e0001\u202e\""
	var a, b string
	if json.Unmarshal([]byte(odd), &a) != nil || json.Unmarshal([]byte(printable(odd)), &b) != nil || a != b {
		t.Errorf("%q is another JSON text than %q", printable(odd), odd)
	}
	if got := fmt.Sprint(dashed(""), dashed("x")); got != "-x" {
		t.Error(got)
	}
}
