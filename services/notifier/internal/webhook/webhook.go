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
	ID string `json:"id"`
	Details
	// DisabledReason says why the service disabled the webhook; empty when it did
	// not.
	DisabledReason string `json:"disabled_reason"`
	Secret         Secret `json:"secret"`
	Version        int64  `json:"version"`
	CreatedAt      string `json:"created_at"` // events.TimeFormat
	UpdatedAt      string `json:"updated_at"` // events.TimeFormat
}

// Secret signs the requests to a webhook.
type Secret struct {
	Current       string `json:"current"`
	Previous      string `json:"previous"`       // empty for none
	PreviousUntil string `json:"previous_until"` // events.TimeFormat; empty for none
}

// withoutSecret returns w without its secrets, which are shown once only: a saved
// result is sent again when the request is repeated.
func (w Webhook) withoutSecret() Webhook {
	w.Secret.Current, w.Secret.Previous = "", ""
	return w
}

// At returns the secrets that sign a request sent at the given time, the
// current one first.
func (s Secret) At(now time.Time) []string {
	if s.Previous == "" || events.FormatTime(now) >= s.PreviousUntil {
		return []string{s.Current}
	}
	return []string{s.Current, s.Previous}
}

// Details are the fields of a webhook that the caller sets.
type Details struct {
	URL        string        `json:"url"`
	EventTypes []events.Type `json:"event_types"` // empty: all
	StoreIDs   []string      `json:"store_ids"`   // empty: all, also events of no store
	// IncludeAborted also selects the cancellations of reservations that were
	// aborted, which no caller ever got.
	IncludeAborted bool   `json:"include_aborted"`
	Description    string `json:"description"`
	Active         bool   `json:"active"`
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

// The forms of the results that are saved for a repetition.
var (
	savedWebhooks = idempotency.JSON[Webhook]{}
	savedRecords  = idempotency.JSON[Record]{}
)

// Repository is the part of the database that the core needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Nothing that change did exists unless Write returns nil, and its error
	// is returned unchanged. change may run more than once; it only computes and
	// uses tx, and its assignments to outer variables are valid only after nil.
	Write(ctx context.Context, change func(tx Tx) error) error
	Webhook(ctx context.Context, id string) (Webhook, bool, error)
	// Webhooks returns one page, by id, and the number of all.
	Webhooks(ctx context.Context, page paging.Page) (paging.List[Webhook], error)
	// Deliveries returns one page, newest first, and the number of all that
	// match. An empty state means any.
	Deliveries(ctx context.Context, webhookID string, state State, page paging.Page) (paging.List[Record], error)
}

// Tx is the transaction of a change.
type Tx interface {
	idempotency.Store
	Webhook(id string) (Webhook, bool, error)
	CountWebhooks() (int64, error)
	InsertWebhook(w Webhook) error
	// UpdateWebhook stores all of w but its time of creation, and removes the time
	// since which it fails.
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
	// FailingSince stores the time since which a webhook fails, events.TimeFormat,
	// unless one is stored, and returns the stored time; an empty text clears it.
	FailingSince(webhookID, at string) (string, error)
	Delivery(webhookID string, id int64) (Record, bool, error)
	// Repeat queues the event of a delivery once more and returns the new
	// delivery's id.
	Repeat(id int64, at string) (int64, error)
	// QueueOwn queues an event that is not in the feed and returns the
	// delivery's id.
	QueueOwn(webhookID, eventID string, eventType events.Type, document []byte, at string) (int64, error)
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
}

// purgeLimit is how many deliveries of a deleted webhook one transaction removes.
const purgeLimit = 1000

// New returns a Service.
func New(o Options) *Service {
	return &Service{
		repo: o.Repository, clock: o.Clock, newID: o.NewID, newSecret: o.NewSecret, checkURL: o.CheckURL, checkSecret: o.CheckSecret,
		purgeLimit: purgeLimit,
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
