// Package ledger is the core of stock: how much of each product stands in each
// store, who holds some of it, and every rule by which that changes. It does no
// I/O; its ports are declared here and implemented by stockdb and
// catalogclient.
package ledger

import (
	"context"
	"log/slog"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/protocol"
)

// Repository is what the ledger needs of its database.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Nothing that change did exists unless Write returns nil, and its error
	// comes back as it is. change may run more than once; it only computes and
	// uses tx, and what it assigns outside is valid only after nil.
	Write(ctx context.Context, change func(tx Tx) error) error
	Reader
}

// Reader answers queries from what is committed. Lists of stores narrow an
// answer to those stores; nil means all.
type Reader interface {
	Row(ctx context.Context, productID, storeID string) (Row, bool, error)
	RowsOfProduct(ctx context.Context, productID string, stores []string) ([]Row, error)
	RowsOfStore(ctx context.Context, storeID string, page paging.Page) (paging.List[Row], error)
	LowStock(ctx context.Context, filter LowStockFilter, page paging.Page) (paging.List[Row], error)
	// TotalsOfStores returns the totals of each store that has rows, by its id.
	TotalsOfStores(ctx context.Context, stores []string) ([]StoreTotals, error)
	// Movements returns a page of the movements that match f, newest first.
	Movements(ctx context.Context, f MovementFilter, page paging.Page) (paging.List[Movement], error)
	// QuantityAt returns a row's quantity after the last movement that is not
	// later than at (events.TimeFormat), 0 when there was none.
	QuantityAt(ctx context.Context, productID, storeID, at string) (int64, error)
	Product(ctx context.Context, productID string) (Product, bool, error)
	HoldState(ctx context.Context, reservationID string) (protocol.Hold, error)
	Hold(ctx context.Context, reservationID string) (Hold, bool, error)
	// Held returns a page of the holds that are held, newest first, beginning
	// after the given one.
	Held(ctx context.Context, before HeldHold, limit int) ([]HeldHold, error)
	// HoldStates answers one page, by the ids of the reservations.
	HoldStates(ctx context.Context, after string, limit int) ([]audit.Hold, error)
	// FindResult returns what is saved for a request, or false.
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Snapshot calls read with the database at one moment; it is valid only
	// within read.
	Snapshot(ctx context.Context, read func(Snapshot) error) error
}

// Tx is the transaction as a change sees it.
type Tx interface {
	idempotency.Store
	Row(productID, storeID string) (Row, bool, error)
	InsertRow(row Row) error
	UpdateRow(row Row) error
	InsertMovement(m Movement) error
	// Hold returns the hold of a reservation; a tombstone has no lines.
	Hold(reservationID string) (Hold, bool, error)
	// InsertHold stores a hold, or nothing when its reservation has one, and
	// reports which.
	InsertHold(hold Hold) (inserted bool, err error)
	SettleHold(reservationID string, state protocol.Hold, at string) error
	Product(productID string) (Product, bool, error)
	// SaveProduct stores p unless a version as new is there already.
	SaveProduct(p Product) error
	// Append writes an event that is published once the transaction is durable.
	Append(event events.Event) error
}

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	repo     Repository
	products Products
	clock    clock.Clock
	newID    func() string
	logger   *slog.Logger
	counts   Counts
}

// Options are the ports of a Service; all are required, but for Counts.
type Options struct {
	Repository Repository
	Products   Products
	Clock      clock.Clock
	NewID      func() string // UUIDv7 for events
	Logger     *slog.Logger
	Counts     Counts
}

// Counts is told what operators want counted. Nil functions are not called.
type Counts struct {
	Contradiction func()            // a settlement contradicted the hold's state
	Hold          func(HoldOutcome) // a request for a hold was answered
}

// New returns a Service.
func New(o Options) *Service {
	return &Service{
		repo: o.Repository, products: o.Products, clock: o.Clock, newID: o.NewID, logger: o.Logger, counts: o.Counts,
	}
}

// change is one transaction of a use case: its time, its trace, and the rows
// that it works on. Rows are read once and written once, however many holds of
// a batch touch them.
type change struct {
	tx          Tx
	service     *Service
	at          string // events.TimeFormat
	meta        events.Meta
	rows        map[rowKey]*Row
	changedRows []*Row
}

type rowKey struct{ productID, storeID string }

// write runs use within one transaction; the time is taken before.
func (s *Service) write(ctx context.Context, use func(c *change) error) error {
	now := s.clock.Now()
	meta := events.Meta{At: now, Actor: events.Actor(ctx, events.ActorStock), Traceparent: events.Traceparent(ctx)}
	at := events.FormatTime(now)
	return s.repo.Write(ctx, func(tx Tx) error {
		c := &change{tx: tx, service: s, at: at, meta: meta, rows: map[rowKey]*Row{}}
		if err := use(c); err != nil {
			return err
		}
		return c.save()
	})
}

// row returns the row of a product in a store, nil when there is none.
func (c *change) row(productID, storeID string) (*Row, error) {
	key := rowKey{productID, storeID}
	if row, known := c.rows[key]; known {
		return row, nil
	}
	row, found, err := c.tx.Row(productID, storeID)
	if err != nil || !found {
		return nil, err
	}
	c.rows[key] = &row
	return &row, nil
}

// seenRow returns a row that must exist, at the version that the caller saw; nil
// means any version.
func (c *change) seenRow(productID, storeID string, version *int64) (*Row, error) {
	row, err := c.row(productID, storeID)
	switch {
	case err != nil:
		return nil, err
	case row == nil:
		return nil, noRow(productID, storeID)
	case version != nil && *version != row.Version:
		return nil, problem.New(problem.VersionMismatch, "The stock row is at version %d.", row.Version)
	}
	return row, nil
}

// touch gives a row its next version, and writes it when the change ends. The
// time of a row never goes back, though changes are committed in another order
// than their times were taken in: so its movements are in the order of time.
func (c *change) touch(row *Row) {
	if !row.changed {
		row.changed = true
		c.changedRows = append(c.changedRows, row)
	}
	row.Version++
	row.UpdatedAt = max(row.UpdatedAt, c.at)
}

func (c *change) save() error {
	for _, row := range c.changedRows {
		if err := c.tx.UpdateRow(*row); err != nil {
			return err
		}
	}
	return nil
}

// append writes an event of the row version that body tells of; 0 for none.
func (c *change) append(version int64, body events.Body) error {
	meta := c.meta
	meta.ID, meta.Version = c.service.newID(), version
	event, err := events.New(meta, body)
	if err != nil {
		return err
	}
	return c.tx.Append(event)
}

// reportLow writes stock.low when the row is low and has not had its stock.low
// yet. A row that was reported must recover before it is reported again, so that
// a cart that comes and goes at the reorder point makes one event. It is called
// after every change of what is available or of the reorder point, before the
// row is saved.
func (c *change) reportLow(row *Row) error {
	if row.LowReported || !row.low() {
		row.LowReported = row.LowReported && !row.recovered()
		return nil
	}
	row.LowReported = true
	return c.append(row.Version, events.StockLow{
		ProductID: row.ProductID, StoreID: row.StoreID,
		Available: row.Available(), ReorderPoint: row.EffectiveReorderPoint(), ReorderQty: row.Thresholds.ReorderQty,
	})
}

func (c *change) move(row *Row, kind MovementKind, quantity int64, reason, reservationID string) error {
	return c.tx.InsertMovement(Movement{
		ProductID: row.ProductID, StoreID: row.StoreID, Kind: kind, Change: quantity, Quantity: row.Quantity,
		Version: row.Version, Reason: reason, Actor: c.meta.Actor, ReservationID: reservationID, CreatedAt: row.UpdatedAt,
	})
}
