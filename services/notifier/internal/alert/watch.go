package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
)

// Tx is the part that Watch needs of the transaction that records an event.
type Tx interface {
	// LastRaised returns when a rule last raised an alert for a series; zero:
	// never.
	LastRaised(ruleID string, s Series) (time.Time, error)
	// CountNear returns how many events of the series are less than the window
	// before or after a time, limit at most.
	CountNear(s Series, at time.Time, window time.Duration, limit int64) (int64, error)
	// TimesNear returns sorted times of events: of at most limit events that happened
	// at the given time or less than the window before it, and of fewer than limit
	// events less than the window after it. index is the place of the last event that
	// is not after the given time.
	TimesNear(s Series, at time.Time, window time.Duration, limit int64) (times []time.Time, index int, err error)
	// Within returns the number of events of the series in the window that ends with
	// last, the time of the first one, and the newest of them, limit at most.
	Within(s Series, last time.Time, window time.Duration, limit int) (count int64, first time.Time, newest []events.Event, err error)
	// Raised stores the time at which a rule raises an alert for a series. It reports
	// false, and stores nothing, when the rule was deleted.
	Raised(r Rule, s Series, at time.Time) (bool, error)
}

// Rules is the part of the database that a Watch needs.
type Rules interface {
	// Rules is that of Repository.
	Rules(ctx context.Context, within []string, page paging.Page) (paging.List[Rule], error)
	// Listen makes changed receive the changes of rules soon after their commits
	// and in their order. This is a hint: calls may be missing, and Rules returns
	// the changes nevertheless. changed does not block. There is one listener.
	Listen(changed func(list []RuleChange))
}

// RuleChange is a rule that was created, changed or deleted.
type RuleChange struct {
	Rule    Rule // of a deleted rule the id only
	Deleted bool
}

// reloadInterval is the time after which the rules are read again, because changes may
// be missing.
const reloadInterval = 10 * time.Second

// Watch raises alerts about the recorded events. It has the active rules in memory,
// because most events concern no rule. It is safe for concurrent use.
type Watch struct {
	newID func() string
	table Rules

	mutex   sync.Mutex // held while rules are replaced
	changes int        // that were announced
	rules   atomic.Pointer[[]Rule]
}

// NewWatch returns a Watch without rules; newID creates a UUIDv7.
func NewWatch(newID func() string) *Watch {
	w := &Watch{newID: newID}
	w.rules.Store(&[]Rule{})
	return w
}

// Start reads the rules, and follows their changes from then on.
func (w *Watch) Start(ctx context.Context, table Rules) error {
	w.table = table
	table.Listen(w.apply)
	return w.reload(ctx)
}

// Run reads the rules from time to time, in case that a change was not announced,
// until ctx ends. Start comes before it.
func (w *Watch) Run(ctx context.Context, c clock.Clock, logger *slog.Logger) error {
	for clock.Sleep(ctx, c, reloadInterval) == nil {
		if err := w.reload(ctx); err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "read the alert rules", slog.Any("err", err))
		}
	}
	return nil
}

// reload replaces the rules by those of the table. Changes that are announced
// while it reads may be newer: then it reads again.
func (w *Watch) reload(ctx context.Context) error {
	for {
		w.mutex.Lock()
		before := w.changes
		w.mutex.Unlock()
		list, err := w.table.Rules(ctx, nil, paging.Page{Limit: MaxRules})
		if err != nil {
			return err
		}
		active := slices.DeleteFunc(slices.Clone(list.Items), func(r Rule) bool { return !r.Active })
		w.mutex.Lock()
		current := w.changes == before
		if current {
			w.rules.Store(&active)
		}
		w.mutex.Unlock()
		if current {
			return nil
		}
	}
}

// apply takes over changes that were announced.
func (w *Watch) apply(list []RuleChange) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.changes++
	for _, c := range list {
		rules := slices.DeleteFunc(slices.Clone(*w.rules.Load()), func(r Rule) bool { return r.ID == c.Rule.ID })
		if c.Rule.Active && !c.Deleted {
			rules = append(rules, c.Rule)
		}
		w.rules.Store(&rules)
	}
}

// Observe is called in the transaction that has recorded e, which concerns the
// stores, for the first time. It returns the alerts that e raises; they must be
// recorded in the same transaction. Events are counted by the time at which they
// happened, so that events which an outage delayed and which arrive together are
// not a burst. Quiet periods are measured by now, so that a burst of the past raises
// one alert.
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
			a, is, err := w.applyRule(tx, r, s, e, now)
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

// applyRule returns the alert that e, as part of the series, raises by a rule that
// counts it, if it does.
func (w *Watch) applyRule(tx Tx, r Rule, s Series, e events.Event, now time.Time) (a events.Event, is bool, err error) {
	lastRaised, err := tx.LastRaised(r.ID, s)
	if err != nil || isQuiet(lastRaised, now, r.quiet()) {
		return events.Event{}, false, err
	}
	last, found, err := findBurst(tx, r, s, e)
	if err != nil || !found {
		return events.Event{}, false, err
	}
	// A deleted rule is in memory until Deleted is called.
	if is, err = tx.Raised(r, s, now); err != nil || !is {
		return events.Event{}, false, err
	}
	a, err = w.newAlert(tx, r, s, e, last, now)
	return a, err == nil, err
}

// findBurst reports whether e belongs to a burst, and the time of the last event of
// the burst: events that happened later may be recorded already.
func findBurst(tx Tx, r Rule, s Series, e events.Event) (last time.Time, found bool, err error) {
	if r.Threshold == 1 {
		return e.CreatedAt, true, nil
	}
	// In most cases there are too few events, and counting them is cheaper.
	count, err := tx.CountNear(s, e.CreatedAt, r.window(), r.Threshold)
	if err != nil || count < r.Threshold {
		return time.Time{}, false, err
	}
	times, index, err := tx.TimesNear(s, e.CreatedAt, r.window(), r.Threshold)
	if err != nil {
		return time.Time{}, false, err
	}
	last, found = lastOfBurst(times, index, int(r.Threshold), r.window())
	return last, found, nil
}

// newAlert returns the alert about a burst in a series that ends at last and has e.
func (w *Watch) newAlert(tx Tx, r Rule, s Series, e events.Event, last, now time.Time) (events.Event, error) {
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

// Of returns the alert in an event of TypeRaised.
func Of(e events.Event) (Alert, error) {
	var a Alert
	if err := json.Unmarshal(e.Payload, &a); err != nil {
		return Alert{}, fmt.Errorf("decode alert %s: %w", e.ID, err)
	}
	return a, nil
}

// productOf returns the product in the payload of an event; empty when there is
// none.
func productOf(e events.Event) string {
	var payload struct {
		ProductID string `json:"product_id"`
	}
	_ = json.Unmarshal(e.Payload, &payload) // a payload that cannot be read has no product
	return payload.ProductID
}
