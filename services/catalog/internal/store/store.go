// Package store is the core of catalog's stores: the shops that have stock, and
// every rule by which they change. It does no I/O; its ports are declared here and
// implemented by catalogdb.
package store

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// Store is a shop. Its id is the one that stock and reservations name.
type Store struct {
	ID string
	Details
	Version   int64
	CreatedAt time.Time // as clock.Truncate returns it, like UpdatedAt
	UpdatedAt time.Time
	Deleted   bool
}

// Details are the caller's part of a store.
type Details struct {
	Name     string
	Timezone string // a name of the IANA database; empty: unknown
	Address  string // empty: unknown
	Active   bool   // whether the store is in operation; for people and programs outside
}

// The maximum characters of each text.
const (
	MaxName     = 200
	MaxTimezone = 64
	MaxAddress  = 500
)

// MaxUses bounds the stores of one call of Use.
const MaxUses = 256

// Repository is the database that the core needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Changes are serializable. Nothing that change did exists unless Write returns
	// nil. change may run more than once, from the start each time: a variable that
	// it assigns outside is valid only after Write returned nil.
	//
	// The error of change is returned as it is. Errors of Write itself are a
	// StorageUnavailable problem when the database cannot write at the moment,
	// the error of ctx when that ended before change began, and ErrConflict when
	// another change came first and Write could not run change once more.
	//
	// ids name the stores that change will read, for an engine that reads them all at
	// once. They are a hint: change may read any store.
	Write(ctx context.Context, ids []string, change func(tx Tx) error) error
	Reader
}

// ErrConflict is a Conflict problem: a statement found another version of the
// store than the change had read. The change must be undone.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same store at the same time; nothing was changed. Send the request again.")

// Reader serves queries from committed data. A database that cannot be read at the
// moment is a StorageUnavailable problem.
type Reader interface {
	// Store returns a store, also a deleted one.
	Store(ctx context.Context, id string) (Store, bool, error)
	// List returns a page of the stores that are not deleted, by id, without their
	// number. ids restricts it to these stores; nil: all.
	List(ctx context.Context, ids []string, page paging.Page) (paging.List[Store], error)
}

// Tx is the transaction of a change. Its methods see everything that the change has
// written, and take no context: a change that has begun is not cancelled.
type Tx interface {
	// Store returns a store, also a deleted one.
	Store(id string) (Store, bool, error)
	// InsertStore stores a new store. It returns ErrConflict, and changes nothing,
	// when there is a record with its id.
	InsertStore(s Store) error
	// UpdateStore stores s in place of the version before. It returns ErrConflict,
	// and changes nothing, when the store is at another version.
	UpdateStore(s Store) error
	// Append writes an event that is published once the transaction is durable.
	Append(event events.Event) error
}

// Stock is the service that keeps a copy of the stores.
type Stock interface {
	// StoreChanged notifies stock of a version of a store, so that the next request
	// to stock finds it. It is tried once, for a short time; if it fails, stock
	// learns of the version from the event.
	StoreChanged(ctx context.Context, s Store)
}

// Service has the use cases. It is safe for concurrent use.
type Service struct {
	repo  Repository
	stock Stock
	clock clock.Clock
	newID func() string
}

// Options are the ports of a Service; all are required.
type Options struct {
	Repository Repository
	Stock      Stock
	Clock      clock.Clock
	NewID      func() string // UUIDv7 for events
}

// New returns a Service.
func New(o Options) *Service {
	return &Service{repo: o.Repository, stock: o.Stock, clock: o.Clock, newID: o.NewID}
}

// change is one transaction of a use case, with the time that was taken before it
// began.
type change struct {
	tx      Tx
	service *Service
	at      time.Time // as clock.Truncate returns it
	meta    events.Meta
}

func (s *Service) write(ctx context.Context, ids []string, use func(c *change) error) error {
	at := clock.Truncate(s.clock.Now())
	meta := events.Meta{At: at, Actor: events.Actor(ctx, inventory.ActorCatalog), Traceparent: events.Traceparent(ctx)}
	return s.repo.Write(ctx, ids, func(tx Tx) error {
		return use(&change{tx: tx, service: s, at: at, meta: meta})
	})
}

// save stores the next version of a store, or its first one, with its event.
func (c *change) save(s Store, found bool) (Store, error) {
	s.Version, s.UpdatedAt = s.Version+1, c.at
	write, body := c.tx.UpdateStore, events.Body(s.event())
	if !found {
		write = c.tx.InsertStore
	}
	if s.Deleted {
		body = inventory.StoreDeleted{ID: s.ID, Version: s.Version}
	}
	if err := write(s); err != nil {
		return Store{}, err
	}
	meta := c.meta
	meta.ID, meta.Version = c.service.newID(), s.Version
	event, err := events.New(meta, body)
	if err != nil {
		return Store{}, err
	}
	return s, c.tx.Append(event)
}

// event returns the store as events show it.
func (s Store) event() inventory.StoreUpdated {
	return inventory.StoreUpdated{
		ID: s.ID, Name: s.Name, Timezone: s.Timezone, Address: s.Address, Active: s.Active, Version: s.Version,
	}
}

// noStore is the problem of a store that does not exist, or no longer exists.
func noStore(id string) error {
	return problem.New(problem.NotFound, "There is no store %s.", id)
}
