package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
)

// Tx is the transaction that records an event, as Watch sees it.
type Tx interface {
	// LastRaised returns when a rule last raised an alert for a series; zero:
	// never.
	LastRaised(ruleID string, s Series) (time.Time, error)
	// CountNear answers how many events of the series are less than the window
	// before or after a time, limit at most.
	CountNear(s Series, at time.Time, window time.Duration, limit int64) (int64, error)
	// TimesNear answers, sorted, the times of at most limit events that are
	// less than the window before at or at it, then of less than limit after
	// it. index is that of the last one that is not after it.
	TimesNear(s Series, at time.Time, window time.Duration, limit int64) (times []time.Time, index int, err error)
	// Within answers how many events of the series there are in the window
	// that ends with last, when the first was, and the newest of them, limit at
	// most.
	Within(s Series, last time.Time, window time.Duration, limit int) (count int64, first time.Time, newest []events.Event, err error)
	// Raised stores when a rule raises an alert for a series, and reports false,
	// without having stored it, when the rule is there no more.
	Raised(r Rule, s Series, at time.Time) (bool, error)
}

// Watch makes alerts of the events that are recorded. It has the active rules in
// memory: most events concern none. It is safe for concurrent use, but Changed
// and Deleted are called by one goroutine at a time.
type Watch struct {
	newID func() string
	rules atomic.Pointer[[]Rule] // the list is replaced, not changed
}

// NewWatch returns a Watch without rules; newID makes a UUIDv7.
func NewWatch(newID func() string) *Watch {
	w := &Watch{newID: newID}
	w.rules.Store(&[]Rule{})
	return w
}

// Start reads the rules. It comes before all changes.
func (w *Watch) Start(ctx context.Context, repo Repository) error {
	list, err := repo.Rules(ctx, nil, paging.Page{Limit: MaxRules})
	if err != nil {
		return err
	}
	for _, r := range list.Items {
		w.Changed(r)
	}
	return nil
}

// Changed tells of a rule that was made or changed, after that was committed.
func (w *Watch) Changed(r Rule) {
	rules := w.without(r.ID)
	if r.Active {
		rules = append(rules, r)
	}
	w.rules.Store(&rules)
}

// Deleted tells that a rule was deleted, after that was committed.
func (w *Watch) Deleted(id string) {
	rules := w.without(id)
	w.rules.Store(&rules)
}

func (w *Watch) without(id string) []Rule {
	return slices.DeleteFunc(slices.Clone(*w.rules.Load()), func(r Rule) bool { return r.ID == id })
}

// Observe is called in the transaction that has just recorded e, which concerns
// the stores, for the first time. It returns the alerts that e raises, which
// belong into the same transaction. Events are counted by the time at which they
// happened, so that what an outage delayed and delivers all at once is no burst
// because of that; quiet periods pass by now, so that a burst of the past raises
// one alert and no storm.
func (w *Watch) Observe(tx Tx, e events.Event, stores []string, now time.Time) ([]events.Event, error) {
	list := SeriesOf(e, stores)
	if len(list) == 0 {
		return nil, nil
	}
	var raised []events.Event
	for _, r := range *w.rules.Load() {
		for _, s := range list {
			if r.EventType != s.Type || len(r.StoreIDs) > 0 && !slices.Contains(r.StoreIDs, s.StoreID) {
				continue
			}
			a, is, err := w.apply(tx, r, s, e, now)
			if err != nil {
				return nil, err
			}
			if is {
				raised = append(raised, a)
			}
		}
	}
	return raised, nil
}

// apply returns the alert that e raises, as one of the series, by a rule that
// concerns it, if it does.
func (w *Watch) apply(tx Tx, r Rule, s Series, e events.Event, now time.Time) (a events.Event, is bool, err error) {
	lastRaised, err := tx.LastRaised(r.ID, s)
	if err != nil || isQuiet(lastRaised, now, r.quiet()) {
		return events.Event{}, false, err
	}
	last, found, err := completes(tx, r, s, e)
	if err != nil || !found {
		return events.Event{}, false, err
	}
	// A rule that was deleted a moment ago may still be in memory.
	if is, err = tx.Raised(r, s, now); err != nil || !is {
		return events.Event{}, false, err
	}
	a, err = w.alert(tx, r, s, e, last, now)
	return a, err == nil, err
}

// completes reports whether e is one of a burst, and when its last event was:
// others that happened later may be here already.
func completes(tx Tx, r Rule, s Series, e events.Event) (last time.Time, found bool, err error) {
	if r.Threshold == 1 {
		return e.CreatedAt, true, nil
	}
	// In most cases there are not enough, which is cheaper to find out.
	count, err := tx.CountNear(s, e.CreatedAt, r.window(), r.Threshold)
	if err != nil || count < r.Threshold {
		return time.Time{}, false, err
	}
	times, index, err := tx.TimesNear(s, e.CreatedAt, r.window(), r.Threshold)
	if err != nil {
		return time.Time{}, false, err
	}
	last, found = burst(times, index, int(r.Threshold), r.window())
	return last, found, nil
}

// alert makes the alert of a burst in a series that ends with last, of which e is
// one.
func (w *Watch) alert(tx Tx, r Rule, s Series, e events.Event, last, now time.Time) (events.Event, error) {
	count, first, newest, err := tx.Within(s, last, r.window(), maxSample)
	if err != nil {
		return events.Event{}, err
	}
	a := Alert{
		ID: w.newID(), RuleID: r.ID, RuleName: r.Name, EventType: s.Type, StoreID: s.StoreID, ProductID: s.ProductID,
		Threshold: r.Threshold, WindowSeconds: r.WindowSeconds, Count: count, FirstEventAt: events.FormatTime(first), LastEventAt: events.FormatTime(last),
		RaisedAt: events.FormatTime(now), Sample: make([]Sampled, 0, len(newest)),
	}
	for _, e := range newest {
		a.Sample = append(a.Sample, Sampled{EventID: e.ID, ProductID: productOf(e)})
	}
	payload, err := json.Marshal(a)
	if err != nil {
		return events.Event{}, fmt.Errorf("encode alert: %w", err)
	}
	return events.Restore(events.Event{
		ID: a.ID, Type: TypeRaised, AggregateType: AggregateRule, AggregateID: r.ID, StoreID: a.StoreID,
		CreatedAt: now.UTC().Truncate(time.Millisecond), Actor: inventory.ActorNotifier,
		Traceparent: e.Traceparent,
	}, payload)
}

// Of returns the alert that an event of TypeRaised tells of.
func Of(e events.Event) (Alert, error) {
	var a Alert
	if err := json.Unmarshal(e.Payload, &a); err != nil {
		return Alert{}, fmt.Errorf("decode alert %s: %w", e.ID, err)
	}
	return a, nil
}

// productOf returns the product that an event is about; empty when it does not
// say.
func productOf(e events.Event) string {
	var payload struct {
		ProductID string `json:"product_id"`
	}
	_ = json.Unmarshal(e.Payload, &payload) // what cannot be read names none
	return payload.ProductID
}
