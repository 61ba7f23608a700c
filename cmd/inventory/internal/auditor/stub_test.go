package auditor

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/brokerapi"
	"inventory.example/services/catalog"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// stub is a system with the responses of a test. Its pages have two entries at most.
type stub struct {
	reservations func(comparison int) []audit.Reservation
	holds        func(comparison int) []audit.Hold
	comparisons  int
	events       []audit.Event // of stock, all of them stamped
	broker       string        // ids in the broker, with the end; "" for no broker
	earlier      bool          // the services run the release before
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, audit.Path), brokerapi.Path)
	after := r.URL.Query().Get("after")
	var answer any
	switch path {
	case catalog.Name, stock.Name, reservation.Name:
		answer = s.report(path)
	case "reservation/reservations":
		if after == "" {
			s.comparisons++
		}
		answer = audit.Reservations{Reservations: pageOf(s.reservations(s.comparisons), func(e audit.Reservation) bool { return e.ID > after })}
	case "stock/holds":
		answer = audit.Holds{Holds: pageOf(s.holds(s.comparisons), func(e audit.Hold) bool { return e.ID > after })}
	case "stock/events":
		answer = audit.Events{Events: pageOf(s.events, func(e audit.Event) bool { return fmt.Sprint(e.Seq) > after })}
	case "events":
		if s.broker == "" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"code": "INVALID_STATE", "detail": "none"}`))
			return
		}
		_, _ = w.Write([]byte(s.broker))
		return
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func pageOf[T any](all []T, wanted func(T) bool) []T {
	var page []T
	for _, e := range all {
		if wanted(e) && len(page) < 2 {
			page = append(page, e)
		}
	}
	return page
}

func (s *stub) report(service string) audit.Report {
	report := audit.Report{Service: service}
	if service != stock.Name {
		return report
	}
	for _, rule := range []audit.Rule{
		audit.ReservedWithin, audit.ReservedIsHeld, audit.TotalsWithin, audit.QuantityIsMoved, audit.Rebuilt, audit.OneEvent, audit.InOrder,
		{Invariant: 9, Name: "of a later release", Unit: "rows"},
	} {
		report.Checks = append(report.Checks, audit.NewCheck(rule))
	}
	if s.earlier {
		report.Checks = slices.DeleteFunc(report.Checks, func(c *audit.Check) bool { return c.Rule == audit.TotalsWithin })
		report.Checks[0].Rule.Name = "the same in other words"
	}
	report.Outbox = audit.Outbox{Events: int64(len(s.events)), SyncedSeq: int64(len(s.events))}
	return report
}

// hastyClock is a clock on which every wait is over at once.
type hastyClock struct{ *clock.Fake }

func (c hastyClock) NewTimer(d time.Duration) clock.Timer {
	c.Advance(d)
	return c.Fake.NewTimer(0)
}

func auditStub(t *testing.T, s *stub) (printed string, err error) {
	t.Helper()
	if s.reservations == nil {
		s.reservations = func(int) []audit.Reservation { return nil }
	}
	if s.holds == nil {
		s.holds = func(int) []audit.Hold { return nil }
	}
	server := httptest.NewServer(s)
	defer server.Close()
	t.Setenv("SERVICE_KEY", "key")
	o := options{settle: 10 * settlePause}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	locate := o.AddFlags(flags)
	if err := flags.Parse([]string{"-url", server.URL}); err != nil {
		t.Fatal(err)
	}
	if err := locate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = runAudit(t.Context(), o, hastyClock{clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))}, &out)
	return out.String(), err
}

func TestAudit(t *testing.T) {
	t.Run("waits for calls in progress", testAuditWaitsForCallsInProgress)
	t.Run("reports a lasting contradiction", testAuditReportsALastingContradiction)
	t.Run("published", testAuditPublished)
	t.Run("errors", testAuditErrors)
	t.Run("reports every violation of a rule", testAuditReportsEveryViolationOfARule)
	t.Run("of the release before", testAuditOfTheReleaseBefore)
	t.Run("prints rules of a later release", testAuditPrintsRulesOfALaterRelease)
}

func testAuditWaitsForCallsInProgress(t *testing.T) {
	// In each comparison another reservation is being created, and a confirmed one gets
	// its hold settled late.
	s := &stub{
		reservations: func(n int) []audit.Reservation {
			list := []audit.Reservation{{ID: "a", Status: "pending"}, {ID: "b", Status: "expired"}, {ID: "c", Status: "cancelled"}, {ID: "d", Status: "confirmed"}}
			if n == 2 { // the hold of f went on, though not far enough
				list = append(list, audit.Reservation{ID: "f", Status: "confirmed"})
			}
			return append(list, audit.Reservation{ID: fmt.Sprintf("x%d", n), Status: "pending"})
		},
		holds: func(n int) []audit.Hold {
			list := []audit.Hold{{ID: "a", State: "held"}, {ID: "b", State: "released"}, {ID: "c", State: "released"}, {ID: "d", State: "held"}}
			if n >= 3 {
				list[3].State = "committed"
			}
			if n <= 2 {
				list = append(list, audit.Hold{ID: "f", State: "held"})
			}
			return list
		},
	}
	printed, err := auditStub(t, s)
	if err != nil || !strings.Contains(printed, "  6 reservations\n") {
		t.Errorf("%v\n%s", err, printed)
	}
	if s.comparisons != 3 {
		t.Errorf("%d comparisons were made, want 3", s.comparisons)
	}
}

func testAuditReportsALastingContradiction(t *testing.T) {
	s := &stub{
		reservations: func(int) []audit.Reservation {
			return []audit.Reservation{
				{ID: "a", Status: "confirmed"},
				{ID: "b", Status: "pending"},
				{ID: "d", Status: "expired"},
				{ID: "e", Status: "cancelled"},
				{ID: "f", Status: "nonsense"},
			}
		},
		holds: func(int) []audit.Hold {
			return []audit.Hold{
				{ID: "a", State: "held"},
				{ID: "c", State: "released"},
				{ID: "d", State: "committed"},
				{ID: "e", State: "released"},
				{ID: "f", State: "nonsense"},
				{ID: "g", State: "held"},
			}
		},
	}
	printed, err := auditStub(t, s)
	if err == nil {
		t.Error("the audit passes")
	}
	const want = `FAIL  3   reservations and holds match one to one                   6 violations in 7 reservations
          reservation a: it is confirmed, its hold is held
          reservation b: it is pending, there is no hold
          reservation c: its hold is released, there is no reservation
          reservation d: it is expired, its hold is committed
          reservation f: it is nonsense, its hold is nonsense
          reservation g: its hold is held, there is no reservation
`
	if !strings.Contains(printed, want) {
		t.Errorf("got\n%swant\n%s", printed, want)
	}
	if s.comparisons != 11 {
		t.Errorf("%d comparisons were made within the time to settle, want 11", s.comparisons)
	}
}

func testAuditPublished(t *testing.T) {
	var list []audit.Event
	for i := range 5 {
		list = append(list, audit.Event{
			Seq: int64(i + 1), ID: fmt.Sprintf("event-%d", i+1), Synced: true, CreatedAt: fmt.Sprintf("2026-08-01T12:00:0%d.000Z", i),
		})
	}
	for name, test := range map[string]struct {
		broker string
		want   string
	}{
		"everything":   {"event-5\nevent-4\nevent-3\nevent-2\nevent-1\nend \n", "ok    5b  "},
		"one is lost":  {"event-5\nevent-4\nevent-3\nevent-1\nend \n", "stock: event event-2 with seq 2 is not in the broker\n"},
		"a trimmed":    {"event-5\nevent-4\nevent-3\nend 2026-08-01T12:00:01.000Z\n", "3 events (2 more are older than the broker's log)\n"},
		"one too many": {"event-5\nevent-4\nend 2026-08-01T12:00:01.000Z\n", "1 violation in 3 events (2 more are older than the broker's log)\n"},
		"no broker":    {"", "--    5b  "},
	} {
		t.Run(name, func(t *testing.T) {
			printed, err := auditStub(t, &stub{events: list, broker: test.broker})
			if !strings.Contains(printed, test.want) {
				t.Errorf("%v\n%s", err, printed)
			}
			if fails := strings.Contains(printed, "FAIL"); fails != (err != nil) {
				t.Errorf("the audit ends with %v\n%s", err, printed)
			}
		})
	}
	if _, err := auditStub(t, &stub{events: list, broker: "event-1\nevent-2\n"}); err == nil || !strings.Contains(err.Error(), "broke off") {
		t.Errorf("an answer without end: %v", err)
	}
}

func testAuditErrors(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"no such path":  {http.NotFound, "it does not know this path"},
		"a redirect":    {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, "unexpected response with status 302"},
		"no JSON":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, "cannot be read"},
		"another audit": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }, "no service checks"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			defer server.Close()
			t.Setenv("SERVICE_KEY", "key")
			err := Run(t.Context(), []string{"-url", server.URL}, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func testAuditOfTheReleaseBefore(t *testing.T) {
	printed, err := auditStub(t, &stub{earlier: true})
	if err != nil || !strings.Contains(printed, "--    3b") || strings.Contains(printed, "in other words") {
		t.Errorf("%v\n%s", err, printed)
	}
}

func testAuditPrintsRulesOfALaterRelease(t *testing.T) {
	printed, err := auditStub(t, &stub{})
	if err != nil || strings.Count(printed, "of a later release") != 1 {
		t.Errorf("%v\n%s", err, printed)
	}
}

func testAuditReportsEveryViolationOfARule(t *testing.T) {
	check := audit.NewCheck(audit.OneEvent)
	for i := range 25 {
		check.Violate("violation %d", i)
	}
	var out bytes.Buffer
	r := &auditRun{lines: &lines{out: &out}, reports: []audit.Report{{Service: "catalog", Checks: []*audit.Check{check}}, {Service: "stock", Checks: []*audit.Check{check}}}}
	if err := r.found(audit.OneEvent)(context.Background()); err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(out.String()))
	if len(lines) != 22 || !strings.Contains(lines[0], "50 violations in 0 changes") || lines[1] != "          catalog: violation 0\n" ||
		lines[21] != "          … and 30 more\n" {
		t.Errorf("got\n%s", out.String())
	}
}
