// Package alert is the core of the alerts. A rule says how many events of a type,
// within which time, are too many in one store, or of one product in one store; a
// burst of so many events raises an alert. The package does no I/O; its ports are
// declared here and implemented by notifierdb.
//
// An alert is an entry of the feed like any other. It is written in the
// transaction that records the event which completed the burst, so neither a
// crash nor a repetition of the broker loses or doubles it; and the live stream
// and the webhooks deliver it like every other entry.
package alert

import (
	"context"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// TypeRaised is the type of an alert as an event. Only notifier creates such
// events, and they never go to the broker.
const TypeRaised events.Type = "alert.raised"

// AggregateRule is the aggregate of an alert: the alerts of one rule keep their
// order.
const AggregateRule events.Aggregate = "alert_rule"

// Types returns the types of events that a rule can count.
func Types() []events.Type {
	return []events.Type{inventory.TypeStockLow, inventory.TypeReservationExpired}
}

// Series are recorded events of one type in one store, in the order in which
// they happened. Rules count each series separately. Events of stock.low are one
// series for each product, because the products run low independently.
type Series struct {
	Type      events.Type
	StoreID   string
	ProductID string // empty: of all products
}

// SeriesOf returns the series that an event of the given stores belongs to; none
// when no rule can count it.
func SeriesOf(e events.Event, stores []string) []Series {
	if !slices.Contains(Types(), e.Type) {
		return nil
	}
	product := ""
	if e.Type == inventory.TypeStockLow {
		product = e.AggregateID
	}
	list := make([]Series, len(stores))
	for i, store := range stores {
		list[i] = Series{Type: e.Type, StoreID: store, ProductID: product}
	}
	return list
}

// Rule says when an alert is raised.
type Rule struct {
	ID string
	Details
	Version   int64
	CreatedAt time.Time // as clock.Truncate returns it, like UpdatedAt
	UpdatedAt time.Time
}

// Details are the fields of a rule that the caller sets.
type Details struct {
	Name      string
	EventType events.Type
	StoreIDs  []string // empty: all
	// Threshold is how many events of a Series, less than Window apart, raise an
	// alert.
	Threshold     int64
	WindowSeconds int64
	// QuietSeconds is the time after an alert without another one of the same rule
	// and Series.
	QuietSeconds int64
	Active       bool
}

func (d Details) window() time.Duration { return time.Duration(d.WindowSeconds) * time.Second }
func (d Details) quiet() time.Duration  { return time.Duration(d.QuietSeconds) * time.Second }

// sees reports whether a rule concerns one of the stores that a caller is
// restricted to; nil means all.
func (d Details) sees(within []string) bool {
	return within == nil || len(d.StoreIDs) == 0 ||
		slices.ContainsFunc(d.StoreIDs, func(id string) bool { return slices.Contains(within, id) })
}

// Limits of a rule, and of their number. The counted events must still be in the
// feed, which keeps an hour at least: that bounds the window.
const (
	MaxRules         = 50
	maxName          = 80
	maxStores        = 100
	maxThreshold     = 1000
	maxWindowSeconds = 60 * 60
	maxQuietSeconds  = int64(MaxQuiet / time.Second)
	MaxQuiet         = 7 * 24 * time.Hour
)

// Alert describes a burst.
type Alert struct {
	ID            string      `json:"id" format:"uuid" doc:"The alert, and the id of its event."`
	RuleID        string      `json:"rule_id" format:"uuid" doc:"The rule that raised it."`
	RuleName      string      `json:"rule_name" doc:"The name of the rule when the alert was raised. threshold and window_seconds also have their values at that time."`
	EventType     events.Type `json:"event_type" enum:"stock.low,reservation.expired" doc:"The type of the events that were counted."`
	StoreID       string      `json:"store_id" doc:"The store in which they happened."`
	ProductID     string      `json:"product_id,omitempty" doc:"The product that runs low; only in an alert of stock.low."`
	Threshold     int64       `json:"threshold" min:"1" doc:"How many events raise an alert."`
	WindowSeconds int64       `json:"window_seconds" min:"1" doc:"The longest time between the first and the last of them, in seconds."`
	// Count is the number of events in the window that ends at LastEventAt.
	Count        int64     `json:"count" min:"1" doc:"The number of events in the window that ends with last_event_at."`
	FirstEventAt string    `json:"first_event_at" format:"date-time" doc:"The time of the first of them."`
	LastEventAt  string    `json:"last_event_at" format:"date-time" doc:"The time of the last of them."`
	RaisedAt     string    `json:"raised_at" format:"date-time" doc:"The time at which the alert was raised."`
	Sample       []Sampled `json:"sample" max:"5" doc:"The last of these events."`
}

// Sampled is one of the events that an alert is about.
type Sampled struct {
	EventID   string `json:"event_id" doc:"The event."`
	ProductID string `json:"product_id" doc:"The product that the event is about."`
}

// maxSample is how many of its events an alert names.
const maxSample = 5

// ErrConflict is a Conflict problem: the guard of a statement found another
// version of its record than the change had read. The change must be undone; it may
// be run again, on the new version. Serializable changes never return it.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same alert rule at the same time; nothing was changed. Send the request again.")

// Repository is the part of the database that the core needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Changes are serializable: each sees the database as if all others ran
	// entirely before it or entirely after it. Nothing that change did is stored
	// unless Write returns nil.
	//
	// change may run more than once, from the start each time. It only computes
	// and uses tx, and its assignments to outer variables are valid only after Write
	// returned nil.
	//
	// The error of change is returned unchanged. Errors of Write itself are a
	// StorageUnavailable problem when the database cannot write at the moment,
	// the error of ctx when that ended before change began, and ErrConflict when
	// another change came first and Write could not run change once more.
	Write(ctx context.Context, change func(tx RuleTx) error) error
	Rule(ctx context.Context, id string) (Rule, bool, error)
	// Rules returns one page, in the order of creation, of the rules that concern
	// one of the stores within, and the number of all such rules. nil means all.
	Rules(ctx context.Context, within []string, page paging.Page) (paging.List[Rule], error)
	// Alerts returns one page, newest first, and the number of all that match.
	Alerts(ctx context.Context, f Filter, page paging.Page) (paging.List[Alert], error)
}

// RuleTx is the transaction of a change of the rules.
type RuleTx interface {
	idempotency.Store
	Rule(id string) (Rule, bool, error)
	CountRules() (int64, error)
	// InsertRule stores a new rule. It returns ErrConflict, and changes nothing,
	// when its id has one.
	InsertRule(r Rule) error
	// UpdateRule stores all of r but its time of creation in place of the version
	// before. It returns ErrConflict, and changes nothing, when the rule is not at
	// the version before.
	UpdateRule(r Rule) error
	DeleteRule(id string) error
}

// Filter narrows a list of alerts.
type Filter struct {
	StoreID string   // empty: all
	Within  []string // the stores that the caller is restricted to; nil: all
}

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	repo  Repository
	clock clock.Clock
	newID func() string
	saved idempotency.Format[Rule]
}

// Options are the ports of a Service; all are required.
type Options struct {
	Repository Repository
	Clock      clock.Clock
	NewID      func() string            // UUIDv7
	Saved      idempotency.Format[Rule] // of the results of requests with a key
}

// New returns a Service.
func New(o Options) *Service {
	return &Service{repo: o.Repository, clock: o.Clock, newID: o.NewID, saved: o.Saved}
}

// checkDetails returns d with each store once, and the problems of d.
func checkDetails(d Details) (Details, error) {
	var checks problem.Checks
	checks.Text("name", d.Name, 1, maxName)
	checks.Require(slices.Contains(Types(), d.EventType), "event_type", "must be stock.low or reservation.expired")
	checks.Require(len(d.StoreIDs) <= maxStores, "store_ids", "must be at most %d", maxStores)
	for _, id := range d.StoreIDs {
		checks.StoreID("store_ids", id)
	}
	checks.Range("threshold", d.Threshold, 1, maxThreshold)
	checks.Range("window_seconds", d.WindowSeconds, 1, maxWindowSeconds)
	checks.Range("quiet_seconds", d.QuietSeconds, 1, maxQuietSeconds)
	d.StoreIDs = append([]string{}, d.StoreIDs...)
	slices.Sort(d.StoreIDs)
	d.StoreIDs = slices.Compact(d.StoreIDs)
	return d, checks.Err()
}

// currentRule returns the rule to change, if it is at the version that the caller
// saw.
func currentRule(tx RuleTx, id string, version *int64) (Rule, error) {
	r, found, err := tx.Rule(id)
	switch {
	case err != nil:
		return Rule{}, err
	case !found:
		return Rule{}, noRule()
	case version != nil && *version != r.Version:
		return Rule{}, problem.New(problem.VersionMismatch, "The rule is at version %d.", r.Version)
	}
	return r, nil
}

func noRule() error { return problem.New(problem.NotFound, "There is no alert rule with this id.") }
