package alert_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/services/notifier/internal/alert"
)

// table is a table of rules that announces changes when the test wants it.
type table struct {
	rules   []alert.Rule
	reads   chan struct{}
	changed func([]alert.RuleChange)
	reading func() // is called between a read and its return
}

// Rules implements alert.Rules.
func (f *table) Rules(context.Context, []string, paging.Page) (paging.List[alert.Rule], error) {
	list := paging.List[alert.Rule]{Items: f.rules, Total: int64(len(f.rules))}
	if f.reading != nil {
		f.reading()
	}
	if f.reads != nil {
		f.reads <- struct{}{}
	}
	return list, nil
}

// Listen implements alert.Rules.
func (f *table) Listen(changed func([]alert.RuleChange)) { f.changed = changed }

func ruleOf(id string) alert.Rule {
	return alert.Rule{ID: id, Details: alert.Details{
		Name: id, EventType: inventory.TypeStockLow, Threshold: 1, WindowSeconds: 60, QuietSeconds: 60, Active: true,
	}}
}

// always raises every alert.
type always struct{ raised []string }

func (*always) LastRaised(string, alert.Series) (time.Time, error) { return time.Time{}, nil }

func (*always) CountNear(alert.Series, time.Time, time.Duration, int64) (int64, error) { return 1, nil }

func (*always) TimesNear(_ alert.Series, at time.Time, _ time.Duration, _ int64) ([]time.Time, int, error) {
	return []time.Time{at}, 0, nil
}

func (*always) Within(_ alert.Series, last time.Time, _ time.Duration, _ int) (int64, time.Time, []events.Event, error) {
	return 1, last, nil, nil
}

func (a *always) Raised(r alert.Rule, _ alert.Series, _ time.Time) (bool, error) {
	a.raised = append(a.raised, r.ID)
	return true, nil
}

// raises expects that an event raises the alerts of these rules.
func raises(t *testing.T, w *alert.Watch, want ...string) {
	t.Helper()
	e, err := events.New(events.Meta{ID: "e", At: time.Unix(0, 0)}, inventory.StockLow{ProductID: "p", StoreID: "MAD-001"})
	if err != nil {
		t.Fatal(err)
	}
	tx := &always{}
	if _, err := w.Observe(tx, e, []string{"MAD-001"}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if len(tx.raised) != len(want) {
		t.Fatalf("raised by %v, want %v", tx.raised, want)
	}
	for i, id := range want {
		if tx.raised[i] != id {
			t.Errorf("raised by %v, want %v", tx.raised, want)
		}
	}
}

// A change that was not announced is known after a while.
func TestWatch_NoHints(t *testing.T) {
	f := &table{rules: []alert.Rule{ruleOf("a")}}
	w := alert.NewWatch(func() string { return "alert" })
	if err := w.Start(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	raises(t, w, "a")
	f.rules, f.reads = []alert.Rule{ruleOf("b"), {ID: "inactive"}}, make(chan struct{})
	now, timers := clock.NewFake(time.Unix(0, 0)), make(chan time.Duration, 1)
	now.NotifyTimers(timers)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, now, slog.New(slog.DiscardHandler)) }()
	now.Advance(<-timers)
	<-f.reads
	<-timers // it has read
	raises(t, w, "b")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A change that is announced while the rules are read may be newer than they are.
func TestWatch_ChangeDuringRead(t *testing.T) {
	f := &table{rules: []alert.Rule{ruleOf("a")}}
	w := alert.NewWatch(func() string { return "alert" })
	f.reading = func() {
		f.reading = nil
		f.rules = []alert.Rule{ruleOf("c")}
		f.changed([]alert.RuleChange{{Rule: alert.Rule{ID: "a"}, Deleted: true}, {Rule: ruleOf("c")}})
	}
	if err := w.Start(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	raises(t, w, "c")
	f.changed([]alert.RuleChange{{Rule: ruleOf("d")}, {Rule: ruleOf("c")}, {Rule: alert.Rule{ID: "c"}, Deleted: true}})
	raises(t, w, "d")
}
