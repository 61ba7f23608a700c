// Package webhook is the core of the webhooks: which endpoint gets which events, and
// when each delivery is tried. It does no I/O; its ports are declared here and
// implemented by notifierdb and hookclient.
package webhook

import (
	"context"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/feed"
)

// Webhook is an endpoint that gets events.
type Webhook struct {
	ID string
	Details
	// DisabledReason says why the service disabled the webhook; empty when it did
	// not.
	DisabledReason string
	Secret         Secret
	Version        int64
	CreatedAt      time.Time // as clock.Truncate returns it, like all times of a Webhook
	UpdatedAt      time.Time
}

// Secret signs the requests to a webhook.
type Secret struct {
	Current       string
	Previous      string    // empty for none
	PreviousUntil time.Time // zero for none
}

// At returns the secrets that sign a request sent at the given time, the
// current one first.
func (s Secret) At(now time.Time) []string {
	if s.Previous == "" || !clock.Truncate(now).Before(s.PreviousUntil) {
		return []string{s.Current}
	}
	return []string{s.Current, s.Previous}
}

// Details are the fields of a webhook that the caller sets.
type Details struct {
	URL        string
	EventTypes []events.Type // empty: all
	StoreIDs   []string      // empty: all, also events of no store
	// IncludeAborted also selects the cancellations of reservations that were
	// aborted, which no caller ever got.
	IncludeAborted bool
	Description    string
	Active         bool
}

// Limits of a webhook, and of their number.
const (
	MaxWebhooks    = 10_000
	maxURL         = 2048
	maxDescription = 200
	maxStores      = 100
)

// SecretOverlap is how long the previous secret signs too.
const SecretOverlap = 24 * time.Hour

// ErrConflict is a Conflict problem: the guard of a statement found another
// version of its record than the change had read. The change must be undone; it may
// be run again, on the new version. Serializable changes never return it.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same webhook at the same time; nothing was changed. Send the request again.")

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
	Write(ctx context.Context, change func(tx Tx) error) error
	Webhook(ctx context.Context, id string) (Webhook, bool, error)
	// Webhooks returns one page, by id, and the number of all.
	Webhooks(ctx context.Context, page paging.Page) (paging.List[Webhook], error)
	// Deliveries returns one page, newest first, and the number of all that match.
	// An empty state means any.
	Deliveries(ctx context.Context, webhookID string, state State, page paging.Page) (paging.List[Record], error)
	// Rests returns the rests of all replays that are not complete.
	Rests(ctx context.Context) ([]Rest, error)
}

// Tx is the transaction of a change. Its methods see everything that the change has
// written, and take no context: a change that has begun is not cancelled. An error
// of the database makes the whole change fail, even if change does not return it.
type Tx interface {
	idempotency.Store
	Webhook(id string) (Webhook, bool, error)
	CountWebhooks() (int64, error)
	// InsertWebhook stores a new webhook. It returns ErrConflict, and changes
	// nothing, when its id has one.
	InsertWebhook(w Webhook) error
	// UpdateWebhook stores all of w but its time of creation in place of the version
	// before, and removes the time since which it fails. It returns ErrConflict, and changes
	// nothing, when the webhook is not at the version before.
	UpdateWebhook(w Webhook) error
	// DeleteWebhook removes a webhook, not its deliveries.
	DeleteWebhook(id string) error
	// PurgeDeliveries removes at most limit deliveries of a webhook in any state, and
	// returns how many.
	PurgeDeliveries(webhookID string, limit int) (int64, error)
	// Finish stores the outcome of an attempt. After the last attempt of a delivery
	// the next delivery with its ordering key becomes due at the time of the attempt,
	// and Finish reports whether there is one. A delivery that was deleted is ignored.
	Finish(a Attempt) (unblocked bool, err error)
	// FailingSince stores the time since which a webhook fails, unless one is
	// stored, and returns the stored time; a zero time clears it.
	FailingSince(webhookID string, at time.Time) (time.Time, error)
	Delivery(webhookID string, id int64) (Record, bool, error)
	// Repeat queues the event of a delivery once more and returns the new
	// delivery's id.
	Repeat(id int64, at time.Time) (int64, error)
	// QueueOwn queues an event that is not in the feed and returns the
	// delivery's id.
	QueueOwn(webhookID, eventID string, eventType events.Type, document []byte, at time.Time) (int64, error)
	// Rest returns the rest of a webhook's replay.
	Rest(webhookID string) (Rest, bool, error)
	// SaveRest stores a rest, or the place of the one that is stored.
	SaveRest(r Rest) error
	// DeleteRest ends the replay of a webhook.
	DeleteRest(webhookID string) error
	// RecordedAfter returns at most limit entries of the feed after a place and
	// recorded before until, in the order of their places.
	RecordedAfter(after Place, until time.Time, limit int) ([]Recorded, error)
	// QueueFor adds a delivery of a recorded entry to one webhook, if that is active
	// and wants it, after its pending deliveries with the same ordering key.
	QueueFor(webhookID string, entry feed.Entry, at time.Time) (queued bool, err error)
	// CountPending returns how many deliveries of a webhook are pending.
	CountPending(webhookID string) (int64, error)
}

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	repo        Repository
	clock       clock.Clock
	newID       func() string
	newSecret   func() string
	checkURL    func(url string) error
	checkSecret func(secret string) error
	purgeLimit  int

	savedWebhooks idempotency.Format[Webhook]
	savedRecords  idempotency.Format[Record]
	savedReplays  idempotency.Format[Replay]
}

// Options are the ports of a Service; all are required.
type Options struct {
	Repository Repository
	Clock      clock.Clock
	NewID      func() string          // UUIDv7
	NewSecret  func() string          // in the form of the Standard Webhooks specification
	CheckURL   func(url string) error // says why a URL can never be called; nil when it can
	// CheckSecret says why a text is not a secret of that form; nil when it is one.
	// Its error never contains the text.
	CheckSecret func(secret string) error
	// The forms of the results of requests with a key. That of a webhook leaves its
	// secrets out.
	SavedWebhooks idempotency.Format[Webhook]
	SavedRecords  idempotency.Format[Record]
	SavedReplays  idempotency.Format[Replay]
}

// purgeLimit is how many deliveries of a deleted webhook one transaction removes.
const purgeLimit = 1000

// New returns a Service.
func New(o Options) *Service {
	return &Service{
		repo: o.Repository, clock: o.Clock, newID: o.NewID, newSecret: o.NewSecret, checkURL: o.CheckURL, checkSecret: o.CheckSecret,
		purgeLimit: purgeLimit, savedWebhooks: o.SavedWebhooks, savedRecords: o.SavedRecords, savedReplays: o.SavedReplays,
	}
}

// chooseSecret checks and returns the caller's own secret, or returns a new one when
// the caller has none.
func (s *Service) chooseSecret(own *string, checks *problem.Checks) string {
	if own == nil {
		return s.newSecret()
	}
	if err := s.checkSecret(*own); err != nil {
		checks.Require(false, "secret", "%s", err)
	}
	return *own
}

// checkDetails records the problems of d, and returns d with each type and store
// once.
func (s *Service) checkDetails(d Details, checks *problem.Checks) Details {
	checks.Word("url", d.URL, 1, maxURL)
	if d.URL != "" {
		if err := s.checkURL(d.URL); err != nil {
			checks.Require(false, "url", "%s", err)
		}
	}
	for _, t := range d.EventTypes {
		checks.Require(slices.Contains(feed.Types(), t), "event_types", "must be known event types")
	}
	checks.Require(len(d.StoreIDs) <= maxStores, "store_ids", "must be at most %d", maxStores)
	for _, id := range d.StoreIDs {
		checks.StoreID("store_ids", id)
	}
	d.Description = problem.UnixLines(d.Description)
	checks.Lines("description", d.Description, 0, maxDescription)
	d.EventTypes, d.StoreIDs = unique(d.EventTypes), unique(d.StoreIDs)
	return d
}

// unique returns a sorted copy, never nil, that has each value once.
func unique[T ~string](list []T) []T {
	sorted := append([]T{}, list...)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// currentWebhook returns the webhook to change, if it is at the version that the
// caller saw.
func currentWebhook(tx Tx, id string, version *int64) (Webhook, error) {
	w, found, err := tx.Webhook(id)
	switch {
	case err != nil:
		return Webhook{}, err
	case !found:
		return Webhook{}, noWebhook()
	case version != nil && *version != w.Version:
		return Webhook{}, problem.New(problem.VersionMismatch, "The webhook is at version %d.", w.Version)
	}
	return w, nil
}

func noWebhook() error { return problem.New(problem.NotFound, "There is no webhook with this id.") }
