// Package ledger is the core of stock: the quantity of each product in each
// store, the holds, and every rule by which they change. It does no
// I/O; its ports are declared here and implemented by stockdb and
// catalogclient.
package ledger

import (
	"context"
	"log/slog"
	"slices"
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

// Repository is the database that the ledger needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Changes are serializable: each sees the database as if all others ran
	// entirely before it or entirely after it. Nothing that change did exists
	// unless Write returns nil.
	//
	// needs names the records that change will read. A record that it does not name
	// may cost an exchange with the database, never correctness.
	//
	// change may run more than once, from the start each time. It only computes
	// and uses tx, and a variable that it assigns outside is valid only after
	// Write returned nil.
	//
	// The error of change is returned as it is. Errors of Write itself are a
	// StorageUnavailable problem when the database cannot write at the moment,
	// the error of ctx when that ended before change began, and ErrConflict when
	// another change came first and Write could not run change once more.
	Write(ctx context.Context, needs Needs, change func(tx Tx) error) error
	Reader
	TransferReader
	CountReader
}

// ErrConflict is a Conflict problem: the guard of a statement found another
// version or state of its row than the change had read. The change must be
// undone; it may be run again, on the present state of the database. Changes that
// are serializable never meet it: an adapter that breaks this promise fails
// instead of losing an update.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same stock at the same time; nothing was changed. Send the request again.")

// Reader serves queries from committed data. Lists of stores restrict a
// result to those stores; nil means all. A database that cannot be read at the
// moment is a StorageUnavailable problem.
type Reader interface {
	// Row, as all lists, has no rows that were removed.
	Row(ctx context.Context, productID, storeID string) (Row, bool, error)
	// RowsOfProduct returns the rows of a product, by store.
	RowsOfProduct(ctx context.Context, productID string, stores []string) ([]Row, error)
	// RowsOfStore returns a page of the rows of a store, by product.
	RowsOfStore(ctx context.Context, storeID string, page paging.Page) (paging.List[Row], error)
	// LowStock returns a page of the rows that match, fewest available first, then
	// by product and store. Rows of deleted products are not listed.
	LowStock(ctx context.Context, filter LowStockFilter, page paging.Page) (paging.List[Row], error)
	// Search returns a page of the rows that match f, in its order, and their totals
	// if they are asked for, without a store. The page may end before its limit.
	Search(ctx context.Context, f RowFilter, page paging.Page, totals bool) (paging.List[Row], *StoreTotals, error)
	// TotalsOfStores returns the totals of each store that has rows, by its id.
	TotalsOfStores(ctx context.Context, stores []string) ([]StoreTotals, error)
	// AllRows returns a page of all rows, by product and store, and AllMovements one of
	// all movements, in the order of their insertion, both without their number.
	AllRows(ctx context.Context, page paging.Page) (paging.List[Row], error)
	AllMovements(ctx context.Context, page paging.Page) (paging.List[Movement], error)
	// Movements returns a page of the movements that match f, newest first.
	Movements(ctx context.Context, f MovementFilter, page paging.Page) (paging.List[Movement], error)
	// SearchMovements returns a page of the movements of all rows that match f, newest
	// first. The page may end before its limit.
	SearchMovements(ctx context.Context, f MovementSearch, page paging.Page) (paging.List[Movement], error)
	// RowAt returns a row after the last movement that is not later than at; without
	// a version before its first one. It is false when there was no such row ever.
	RowAt(ctx context.Context, productID, storeID string, at time.Time) (PastRow, bool, error)
	// RowsOfProductAt returns the rows that a product had at a time, by store.
	RowsOfProductAt(ctx context.Context, productID string, stores []string, at time.Time) ([]PastRow, error)
	// RowsOfStoreAt returns a page of the rows that a store had at a time, by
	// product. The page may end before its limit.
	RowsOfStoreAt(ctx context.Context, storeID string, at time.Time, page paging.Page) (paging.List[PastRow], error)
	// QuantityAt returns a row's quantity after the last movement that is not
	// later than at, 0 when there was none.
	QuantityAt(ctx context.Context, productID, storeID string, at time.Time) (int64, error)
	Product(ctx context.Context, productID string) (Product, bool, error)
	// Store returns the copy of a store, also of a deleted one.
	Store(ctx context.Context, id string) (Store, bool, error)
	// StoreIDs returns the ids of all stores of the copy that are not deleted.
	StoreIDs(ctx context.Context) ([]string, error)
	// UsedStores returns stores that are used and that catalog has not
	// returned since, by id.
	UsedStores(ctx context.Context, limit int) ([]UsedStore, error)
	Hold(ctx context.Context, reservationID string) (Hold, bool, error)
	// Held returns a page of the holds that are held, newest first, beginning
	// after the given one.
	Held(ctx context.Context, before HeldHold, limit int) ([]HeldHold, error)
	// HoldStates returns the holds whose reservation's id is after the given one, by
	// that id.
	HoldStates(ctx context.Context, after string, limit int) ([]audit.Hold, error)
	// FindResult returns the result saved for the request's caller and key, or
	// false.
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Snapshot calls read with one consistent snapshot, which is valid only
	// within read.
	Snapshot(ctx context.Context, read func(Snapshot) error) error
}

// Tx is the transaction of a change. Its methods see everything that the change has
// written, and take no context: a change that has begun is not cancelled. An error
// of the database makes the whole change fail, even if change does not return it.
type Tx interface {
	idempotency.Store
	TransferTx
	CountTx
	// Row also returns rows that were removed.
	Row(productID, storeID string) (Row, bool, error)
	// InsertRow stores a new row, of version 1, or in place of a removed row as the
	// version after it. It returns ErrConflict, and changes nothing, when the
	// product has another row in that store.
	InsertRow(row Row) error
	// UpdateRow stores row in place of the given version of it. It returns
	// ErrConflict, and changes nothing, when the row is at another version.
	UpdateRow(row Row, version int64) error
	// RemoveRow marks the given version of a row as removed; row has the version after
	// it. It returns ErrConflict, and changes nothing, when the row is at another
	// version.
	RemoveRow(row Row, version int64) error
	InsertMovement(m Movement) error
	// Hold returns the hold of a reservation; a tombstone has no lines.
	Hold(reservationID string) (Hold, bool, error)
	// InsertHold stores a hold, or nothing when its reservation has one, and
	// reports which.
	InsertHold(hold Hold) (inserted bool, err error)
	// SettleHold gives a hold that is held, and was not settled in part, the state
	// in which it ends whole. It returns ErrConflict, and changes nothing, when the
	// hold is not held or a part of it is settled.
	SettleHold(reservationID string, state protocol.Hold, at time.Time) error
	// SetTotals gives a hold, as Hold returned it, the totals of lines and the state
	// that follows from them. Lines are those of the hold in their order, then the
	// new ones, of quantity 0. It returns ErrConflict when the hold has other
	// totals by now.
	SetTotals(hold Hold, lines []Line, state protocol.Hold, at time.Time) error
	Product(productID string) (Product, bool, error)
	// ProductBySKU returns the product that has a SKU, or, if none has it now, one
	// that had it when it was deleted.
	ProductBySKU(sku string) (Product, bool, error)
	// SaveProduct stores p unless an equal or newer version is stored. A name that is
	// empty keeps the stored name.
	SaveProduct(p Product) error
	// Store returns the copy of a store, also of a deleted one.
	Store(id string) (Store, bool, error)
	// SaveStore stores a version of catalog, unless an equal or newer version is
	// stored.
	SaveStore(s Store) error
	// UseStore records that a store exists because it is used, which catalog does not
	// know yet. It keeps the stored version.
	UseStore(id, actor string) error
	// AnnouncedStore stores the version that catalog returned for a used store, unless
	// the copy has changed since UsedStores returned it.
	AnnouncedStore(used UsedStore, s Store) error
	// Append writes an event that is published once the transaction is durable.
	Append(event events.Event) error
}

// Service has the use cases. It is safe for concurrent use.
type Service struct {
	repo     Repository
	products Products
	stores   Stores
	clock    clock.Clock
	newID    func() string
	logger   *slog.Logger
	counts   Counts
	// registered is true if only stores of catalog take rows.
	registered bool

	savedRows      idempotency.Format[Row]
	savedTransfers idempotency.Format[Transfer]

	savedTransferOrders idempotency.Format[TransferOrder]
	savedCounts         idempotency.Format[Count]
}

// Options are the ports of a Service; all are required, except Counts and RegisteredStores.
type Options struct {
	Repository Repository
	Products   Products
	Stores     Stores
	Clock      clock.Clock
	NewID      func() string // UUIDv7 for events
	Logger     *slog.Logger
	Counts     Counts
	// RegisteredStores refuses rows in stores that catalog does not have; without it,
	// such a store exists from its first use on.
	RegisteredStores bool
	// The forms of the results of requests with a key.
	SavedRows      idempotency.Format[Row]
	SavedTransfers idempotency.Format[Transfer]

	SavedTransferOrders idempotency.Format[TransferOrder]
	SavedCounts         idempotency.Format[Count]
}

// Counts has a function for each metric. Nil functions are not called.
type Counts struct {
	Contradiction func()                  // a settlement contradicted the hold's state
	Hold          func(HoldOutcome)       // a request for a hold has this outcome
	Settlement    func(SettlementOutcome) // a settlement has this outcome
	Transfer      func(TransferStep)      // a transfer order took this step
	CountLine     func(CountLineState)    // a line of a count was booked, or failed
}

// New returns a Service.
func New(o Options) *Service {
	return &Service{
		repo: o.Repository, products: o.Products, stores: o.Stores, registered: o.RegisteredStores, clock: o.Clock, newID: o.NewID, logger: o.Logger, counts: o.Counts,
		savedRows: o.SavedRows, savedTransfers: o.SavedTransfers, savedTransferOrders: o.SavedTransferOrders, savedCounts: o.SavedCounts,
	}
}

// change is one transaction of a use case: its time, its trace, and its
// rows. Rows are read once and written once, however many holds of
// a batch touch them.
type change struct {
	tx      Tx
	service *Service
	at      time.Time // as clock.Truncate returns it
	meta    events.Meta
	rows    map[RowKey]*cachedRow
	removed map[RowKey]Row // of the rows that were asked for, those that are removed
	changed []*cachedRow   // in the order of their first update

	usedStores bool // a store was used for the first time
}

// cachedRow is a row with the updates of the change so far.
type cachedRow struct {
	Row
	stored  int64 // its version in the database
	changed bool  // it is in change.changed
}

// write runs use within one transaction and returns its result. use returns
// values instead of assigning variables, because it may run more than once. The
// time is taken before.
func write[T any](ctx context.Context, s *Service, needs Needs, use func(c *change) (T, error)) (T, error) {
	var result T
	err := s.write(ctx, needs, func(c *change) error {
		var err error
		result, err = use(c)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// writeOnce is write for a request that may be repeated: the result is saved for
// the request's key, and a repetition returns the saved one and does not run use.
func writeOnce[T any](
	ctx context.Context, s *Service, needs Needs, once idempotency.Request, format idempotency.Format[T], use func(c *change) (T, error),
) (result T, replayed bool, err error) {
	type saved struct {
		result   T
		replayed bool
	}
	if once.Asked() {
		needs.Requests = []idempotency.Request{once}
	}
	r, err := write(ctx, s, needs, func(c *change) (r saved, err error) {
		if r.result, r.replayed, err = idempotency.Replay(c.tx, once, format); err != nil || r.replayed {
			return r, err
		}
		if r.result, err = use(c); err != nil {
			return r, err
		}
		return r, idempotency.Save(c.tx, once, format, r.result)
	})
	return r.result, r.replayed, err
}

// write runs use within one transaction and saves the rows that it updated.
func (s *Service) write(ctx context.Context, needs Needs, use func(c *change) error) error {
	at := clock.Truncate(s.clock.Now())
	meta := events.Meta{At: at, Actor: events.Actor(ctx, inventory.ActorStock), Traceparent: events.Traceparent(ctx)}
	usedStores := false
	err := s.repo.Write(ctx, needs, func(tx Tx) error {
		c := &change{tx: tx, service: s, at: at, meta: meta, rows: map[RowKey]*cachedRow{}}
		if err := use(c); err != nil {
			return err
		}
		usedStores = c.usedStores
		return c.save()
	})
	if err != nil {
		return s.explain(ctx, err)
	}
	if usedStores {
		s.announceNow(ctx)
	}
	return nil
}

// row returns the row of a product in a store with the updates of the change so far,
// and whether there is one. Use update to change it.
func (c *change) row(productID, storeID string) (Row, bool, error) {
	key := RowKey{productID, storeID}
	if cached, known := c.rows[key]; known {
		return cached.Row, true, nil
	}
	row, found, err := c.tx.Row(productID, storeID)
	if err != nil || !found {
		return Row{}, false, err
	}
	if row.Removed {
		if c.removed == nil {
			c.removed = map[RowKey]Row{}
		}
		c.removed[key] = row
		return Row{}, false, nil
	}
	c.rows[key] = &cachedRow{Row: row, stored: row.Version}
	return row, true, nil
}

// seenRow returns a row that must exist, at the version that the caller saw; nil
// means any version.
func (c *change) seenRow(productID, storeID string, version *int64) (Row, error) {
	row, found, err := c.row(productID, storeID)
	switch {
	case err != nil:
		return Row{}, err
	case !found:
		return Row{}, noRow(productID, storeID)
	case version != nil && *version != row.Version:
		return Row{}, problem.New(problem.VersionMismatch, "The stock row is at version %d.", row.Version)
	}
	return row, nil
}

// update changes a row that row or newRow returned, and returns it with its next
// version. It is saved when the change ends. The time of a row never goes back,
// although changes are not committed in the order of their times:
// so its movements are sorted by time.
func (c *change) update(row Row, set func(*Row)) Row {
	cached := c.rows[RowKey{row.ProductID, row.StoreID}]
	if !cached.changed {
		cached.changed = true
		c.changed = append(c.changed, cached)
	}
	set(&cached.Row)
	cached.Version++
	if c.at.After(cached.UpdatedAt) {
		cached.UpdatedAt = c.at
	}
	return cached.Row
}

// save writes each row that was updated, once, over the version that was read. All
// changes write rows in one order, as protocol.LockOrder has it, so two that want
// the same rows do not wait for each other.
func (c *change) save() error {
	slices.SortFunc(c.changed, func(a, b *cachedRow) int {
		return RowKey{a.ProductID, a.StoreID}.compare(RowKey{b.ProductID, b.StoreID})
	})
	for _, cached := range c.changed {
		if err := c.tx.UpdateRow(cached.Row, cached.stored); err != nil {
			return err
		}
	}
	return nil
}

// appendEvent writes an event of the given row version, 0 for none.
func (c *change) appendEvent(version int64, body events.Body) error {
	meta := c.meta
	meta.ID, meta.Version = c.service.newID(), version
	event, err := events.New(meta, body)
	if err != nil {
		return err
	}
	return c.tx.Append(event)
}
