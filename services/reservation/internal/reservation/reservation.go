// Package reservation is the core of the reservation service: the life of a
// reservation from its create, through the protocol with stock, to its end by
// confirm, cancel or expiry. It does no I/O; its ports are declared here and
// implemented by reservationdb and stockclient.
package reservation

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// MaxQuantity is the most units of one reservation.
const MaxQuantity = 1_000_000_000

// MaxReference is the greatest length of a reference, in characters.
const MaxReference = 128

// The life of a reservation: the least TTL, the default one, and the longest life
// unless Options.MaxLife is another.
const (
	MinTTL         = time.Second
	DefaultTTL     = 10 * time.Minute
	DefaultMaxLife = 31 * 24 * time.Hour
)

// Reservation is a claim of a customer on units of stock rows, until it is
// confirmed, cancelled or its time is over. Times are as clock.Truncate returns
// them.
type Reservation struct {
	ID         string
	ProductID  string // of the line, like StoreID and Quantity; empty when several lines were requested
	StoreID    string
	CustomerID string
	Reference  string // of the caller, such as an order number; may be empty
	Quantity   int64
	// Lines are all lines with their totals. They are nil for one line that was
	// granted as requested and whose totals follow from the status.
	Lines       []Line
	RequestHash string // of the request; empty when units of one row were requested
	TTLSeconds  int64
	Status      protocol.Status
	EndedBy     protocol.Status // the act that ended it, if it is not the status: units were sold before
	Reason      string          // of a cancellation
	Version     int64
	Actor       string // the creator; empty in reservations of releases before actors
	UpdatedBy   string // the actor of the last change; empty like Actor
	ExpiresAt   time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// same reports whether r and other are of the same request: retries of one request
// differ only in their times, and in the units that were granted.
func (r Reservation) same(other Reservation) bool {
	if r.CustomerID != other.CustomerID || r.TTLSeconds != other.TTLSeconds || r.Reference != other.Reference ||
		r.RequestHash != other.RequestHash {
		return false
	}
	return r.RequestHash != "" ||
		r.ProductID == other.ProductID && r.StoreID == other.StoreID && r.Quantity == other.Quantity
}

// Repository is the database that the service needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Changes are serializable: each sees the database as if all others ran
	// entirely before it or entirely after it. Nothing that change did exists
	// unless Write returns nil.
	//
	// change may run more than once, from the start each time. It only computes
	// and uses tx, and a variable that it assigns outside is valid only after
	// Write returned nil.
	//
	// The error of change is returned as it is. Errors of Write itself are a
	// StorageUnavailable problem when the database cannot write at the moment,
	// the error of ctx when that ended before change began, and ErrConflict when
	// another change came first and Write could not run change once more.
	//
	// needs are a hint that may save time. A change that reads other records, or
	// none, has the same effect.
	Write(ctx context.Context, needs Needs, change func(tx Tx) error) error
	Reader
}

// Needs names the records that a change will read, by their keys.
type Needs struct {
	Reservations []string            // by id
	Once         idempotency.Request // its result; a request without a key has none
	Attempt      bool                // also the attempt of Once
	Returns      bool                // also whether stock has acknowledged the returns of the reservations
}

// ErrConflict is a Conflict problem: the guard of a statement found another
// version or status of its row than the change had read. The change must be
// undone; it may be run again, on the present state of the database. Changes that
// are serializable never meet it: an adapter that breaks this promise fails
// instead of ending a reservation twice.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same reservation at the same time; nothing was changed. Send the request again.")

// Reader serves queries from committed data. Lists of stores restrict a result to
// those stores; nil means all. Lists come with the number of all matches. A database
// that cannot be read at the moment is a StorageUnavailable problem.
type Reader interface {
	Reservation(ctx context.Context, id string) (Reservation, bool, error)
	// FindResult returns the result saved for the request's caller and key, or
	// false.
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Attempt returns the attempt recorded for the request's caller and key; 0
	// when none is.
	Attempt(ctx context.Context, r idempotency.Request) (int, error)
	// Pending returns a page of the pending reservations with a requested line in the
	// store and all lines within those (nil: in any), the next to expire first, and of
	// those with one time the first recorded first.
	Pending(ctx context.Context, storeID string, within []string, page paging.Page) (paging.List[Reservation], error)
	// OfRow returns a page of the reservations with a requested line that matches, in
	// the order in which they were recorded.
	OfRow(ctx context.Context, filter RowFilter, page paging.Page) (paging.List[Reservation], error)
	// Search returns a page of the reservations that match, those created last first,
	// without their number. A page may have fewer items than its limit, also none,
	// while its Next goes on.
	Search(ctx context.Context, filter SearchFilter, page paging.Page) (paging.List[Reservation], error)
	CountByStatus(ctx context.Context, stores []string) (map[protocol.Status]int64, error)
	// Due returns ids of pending reservations whose time is over at the given
	// time, the oldest first.
	Due(ctx context.Context, at time.Time, limit int) ([]string, error)
	// NextDue returns the earliest time at which a pending reservation expires;
	// zero when none is pending.
	NextDue(ctx context.Context) (time.Time, error)
	// Decided returns, of those ids, the reservations of which a unit was sold or given
	// back, with their id, status, reason, lines, version and last update alone, and
	// without a status the ids that have none.
	Decided(ctx context.Context, ids []string) ([]Reservation, error)
	// UnacknowledgedReturns returns ids of reservations with a return that stock has
	// not acknowledged, by id, after the given one.
	UnacknowledgedReturns(ctx context.Context, after string, limit int) ([]string, error)
	// TakesTotals reports whether stock is known to take totals.
	TakesTotals(ctx context.Context) (bool, error)
	// Statuses returns the reservations whose id is after the given one, by id.
	Statuses(ctx context.Context, after string, limit int) ([]audit.Reservation, error)
	// Snapshot calls read with the database at one moment; it is valid only
	// within read.
	Snapshot(ctx context.Context, read func(Snapshot) error) error
}

// Tx is the transaction of a change. Its methods see everything that the change has
// written, and take no context: a change that has begun is not cancelled. An error
// of the database makes the whole change fail, even if change does not return it.
type Tx interface {
	idempotency.Store
	Reservation(id string) (Reservation, bool, error)
	// Insert stores r, or nothing when its id has a row, and reports which.
	Insert(r Reservation) (inserted bool, err error)
	// SetStatus stores the status, reason, version, updated_at and updated_by of r
	// in place of the version before. It returns ErrConflict, and changes nothing,
	// when that is not pending or the reservation is at another version.
	SetStatus(r Reservation) error
	// SetTotals stores the fields of SetStatus, the act that ended the reservation, and the
	// totals of all lines of after; a line that before does not have is new. It returns
	// ErrConflict, and changes nothing, when the reservation is not at the version of
	// before. The status of a reservation that is not pending stays.
	SetTotals(before, after Reservation) error
	// RememberReturn notes that stock has not acknowledged a return of the reservation;
	// ForgetReturn removes the note, unless the reservation is at another version.
	RememberReturn(id string) error
	ForgetReturn(id string, version int64) error
	// SetTakesTotals notes that stock takes totals.
	SetTakesTotals() error
	// SetExpiry stores the expires_at, version, updated_at and updated_by of r in place
	// of the version before, under the conditions of SetStatus.
	SetExpiry(r Reservation) error
	// SetReference stores the reference of a reservation. It returns ErrConflict, and
	// changes nothing, when the reservation has one, or is at another version.
	SetReference(r Reservation) error
	// Attempt returns the attempt recorded for the request's caller and key; 0
	// when none is.
	Attempt(r idempotency.Request) (int, error)
	// SetAttempt records the attempt of the request's caller and key.
	SetAttempt(r idempotency.Request, number int) error
	// Append writes an event that is published once the transaction is durable.
	Append(event events.Event) error
}

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	repo      Repository
	holder    Holder
	clock     clock.Clock
	newID     func() string
	logger    *slog.Logger
	saved     idempotency.Format[Reservation]
	scheduled func(expiresAt time.Time)
	unsettled func()
	inFlight  *inFlight
	maxLife   time.Duration
	counts    Counts
	postponed *postponed

	repairAfter time.Duration
	totals      atomic.Bool // stock is known to take totals, and the database has that
}

// Options are the ports of a Service; all are required, but for Unsettled and
// Counts.
type Options struct {
	Repository Repository
	Holder     Holder
	Clock      clock.Clock
	NewID      func() string // UUIDv7, for reservations and events
	Logger     *slog.Logger
	Saved      idempotency.Format[Reservation] // of the results of requests with a key
	// Scheduled is called with the time at which a pending reservation expires,
	// once it is recorded. It must not block.
	Scheduled func(expiresAt time.Time)
	// Unsettled is called when stock may have a hold that does not match its
	// reservation: a walk finds it. It must not block.
	Unsettled func()
	Counts    Counts
	// TakesTotals is the value that the repository has at the start.
	TakesTotals bool
	MaxLife     time.Duration // of a reservation, with all its extends; 0: DefaultMaxLife
	// RepairAfter is how long another instance on the same database may take from the
	// beginning of a create to its record. Holds without a reservation are repaired when
	// they are older. 0 means that no other instance uses the database.
	RepairAfter time.Duration
	// RepairScheduled is called with the time of a repair that was postponed, for
	// RepairDue. It must not block. It is required with RepairAfter.
	RepairScheduled func(at time.Time)
}

// New returns a Service.
func New(o Options) *Service {
	if o.Unsettled == nil {
		o.Unsettled = func() {}
	}
	s := &Service{
		repo: o.Repository, holder: o.Holder, clock: o.Clock, newID: o.NewID, logger: o.Logger, saved: o.Saved,
		scheduled: o.Scheduled, unsettled: o.Unsettled, inFlight: newInFlight(), counts: o.Counts, maxLife: cmp.Or(o.MaxLife, DefaultMaxLife),
		repairAfter: o.RepairAfter, postponed: &postponed{scheduled: o.RepairScheduled},
	}
	s.totals.Store(o.TakesTotals)
	return s
}

// takesTotals reports whether stock is known to take totals.
func (s *Service) takesTotals() bool { return s.totals.Load() || s.holder.TakesTotals() }

// change is one transaction of a use case, with its time and trace.
type change struct {
	tx    Tx
	newID func() string
	saved idempotency.Format[Reservation]
	at    time.Time // as clock.Truncate returns it
	meta  events.Meta
}

// write runs use within one transaction and returns its result. needs name the
// records that use will read. use returns values instead of assigning variables,
// because it may run more than once. The time is taken before.
func write[T any](ctx context.Context, s *Service, needs Needs, use func(c *change) (T, error)) (T, error) {
	at := clock.Truncate(s.clock.Now())
	meta := events.Meta{At: at, Actor: events.Actor(ctx, inventory.ActorReservation), Traceparent: events.Traceparent(ctx)}
	var result T
	err := s.repo.Write(ctx, needs, func(tx Tx) error {
		var err error
		result, err = use(&change{tx: tx, newID: s.newID, saved: s.saved, at: at, meta: meta})
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// appendEvent writes an event of a reservation's version.
func (c *change) appendEvent(version int64, body events.Body) error {
	meta := c.meta
	meta.ID, meta.Version = c.newID(), version
	event, err := events.New(meta, body)
	if err != nil {
		return err
	}
	return c.tx.Append(event)
}

// get returns a reservation, or a NotFound problem.
func (c *change) get(id string) (Reservation, error) {
	r, found, err := c.tx.Reservation(id)
	if err == nil && !found {
		err = NotFound(id)
	}
	return r, err
}

// NotFound returns the problem of an id that no reservation has.
func NotFound(id string) error {
	return problem.New(problem.NotFound, "There is no reservation %s.", id)
}
