package ledger

import (
	"context"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// MaxTransferLines bounds the lines of a transfer order. All of them change in one
// transaction.
const MaxTransferLines = 100

// TransferStatus is the status of a transfer order.
type TransferStatus string

// The statuses of a transfer order.
const (
	TransferRequested TransferStatus = "requested" // no unit has moved
	TransferShipped   TransferStatus = "shipped"   // units are on the way
	TransferReceived  TransferStatus = "received"  // all shipped units are accounted for
	TransferCancelled TransferStatus = "cancelled" // its shipped units went back
)

// TransferStatuses are all statuses.
var TransferStatuses = []TransferStatus{TransferRequested, TransferShipped, TransferReceived, TransferCancelled}

// TransferStep is a change of a transfer order, for the metrics. An order may be
// received in several steps.
type TransferStep string

// The steps of a transfer order.
const (
	StepRequested TransferStep = "requested"
	StepShipped   TransferStep = "shipped"
	StepReceived  TransferStep = "received"
	StepCancelled TransferStep = "cancelled"
)

// TransferSteps are all steps.
var TransferSteps = []TransferStep{StepRequested, StepShipped, StepReceived, StepCancelled}

// TransferOrder moves units to a store, from another store or from a supplier. It
// takes time, unlike a Transfer: the units are on the way between its ship and its
// last receipt.
type TransferOrder struct {
	ID         string // UUIDv7
	FromStore  string // empty: a supplier delivers
	Supplier   string // empty: a store gives
	ToStore    string
	Reference  string    // the caller's own name of it; may be empty
	ExpectedAt time.Time // as clock.Truncate returns it; zero: not said
	Status     TransferStatus
	Lines      []TransferLine // each of another product
	Actor      string         // the author of the request
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	NewStore   bool // its ship was the first use of the target; not stored with it
}

// TransferLine is the units of one product in a transfer order. Shipped is 0 again
// when the order was cancelled; otherwise the totals only grow.
type TransferLine struct {
	ProductID string
	Quantity  int64 // requested
	Shipped   int64
	Received  int64 // arrived, also damaged
	Damaged   int64 // of the received units
	Lost      int64 // will not arrive
}

// OnTheWay returns the units that were shipped and are not accounted for.
func (l TransferLine) OnTheWay() int64 { return l.Shipped - l.Received - l.Lost }

// Stores returns the stores that the order concerns.
func (t TransferOrder) Stores() []string {
	if t.FromStore == "" {
		return []string{t.ToStore}
	}
	return []string{t.FromStore, t.ToStore}
}

// visible reports whether a caller that may see the given stores, nil for all, may
// see the order: it must be allowed to see each store of it.
func (t TransferOrder) visible(stores []string) bool {
	return stores == nil || !slices.ContainsFunc(t.Stores(), func(store string) bool { return !slices.Contains(stores, store) })
}

// accountedFor reports whether any unit arrived or was lost.
func (t TransferOrder) accountedFor() bool {
	return slices.ContainsFunc(t.Lines, func(l TransferLine) bool { return l.OnTheWay() < l.Shipped })
}

// underWay reports whether units are on the way.
func (t TransferOrder) underWay() bool {
	return slices.ContainsFunc(t.Lines, func(l TransferLine) bool { return l.OnTheWay() > 0 })
}

// state is the part that all events of the order have.
func (t TransferOrder) state() inventory.TransferState {
	s := inventory.TransferState{
		TransferID: t.ID, FromStoreID: t.FromStore, Supplier: t.Supplier, ToStoreID: t.ToStore, Status: string(t.Status),
		Reference: t.Reference, Lines: make([]inventory.TransferLine, len(t.Lines)),
	}
	if !t.ExpectedAt.IsZero() {
		s.ExpectedAt = clock.Text(t.ExpectedAt)
	}
	for i, l := range t.Lines {
		s.Lines[i] = inventory.TransferLine(l)
	}
	return s
}

// TransferTx is the part of a transaction that stores transfer orders.
type TransferTx interface {
	TransferOrder(id string) (TransferOrder, bool, error)
	InsertTransferOrder(t TransferOrder) error
	// UpdateTransferOrder stores t in place of the given version of it. It returns
	// ErrConflict, and changes nothing, when the order is at another version. The
	// products and quantities of the lines never change.
	UpdateTransferOrder(t TransferOrder, version int64) error
}

// TransferReader reads transfer orders from committed data.
type TransferReader interface {
	TransferOrder(ctx context.Context, id string) (TransferOrder, bool, error)
	// TransferOrders returns a page of the orders that match f, newest first. The
	// total of the list is not counted.
	TransferOrders(ctx context.Context, f TransferFilter, page paging.Page) (paging.List[TransferOrder], error)
}

// TransferFilter selects transfer orders.
type TransferFilter struct {
	StoreID *string         // its source or target; nil: any
	Status  *TransferStatus // nil: any
	Stores  []string        // all stores of an order are among these; nil: any
}

// Validate returns a ValidationError problem with all errors of f.
func (f TransferFilter) Validate() error {
	var checks problem.Checks
	if f.StoreID != nil {
		checks.StoreID("store_id", *f.StoreID)
	}
	checks.Require(f.Status == nil || slices.Contains(TransferStatuses, *f.Status), "status",
		"must be requested, shipped, received or cancelled")
	return checks.Err()
}

// FindTransfer returns a transfer order. An order of which a store is not among
// stores is a NotFound problem, as one that does not exist.
func (s *Service) FindTransfer(ctx context.Context, id string, stores []string) (TransferOrder, error) {
	t, found, err := s.repo.TransferOrder(ctx, id)
	if err == nil && (!found || !t.visible(stores)) {
		err = noTransfer(id)
	}
	return t, err
}

// Transfers returns a page of the transfer orders that match f, newest first.
func (s *Service) Transfers(ctx context.Context, f TransferFilter, page paging.Page) (paging.List[TransferOrder], error) {
	if err := f.Validate(); err != nil {
		return paging.List[TransferOrder]{}, err
	}
	return s.repo.TransferOrders(ctx, f, page)
}

// changeTransfer runs a change of a transfer order within one transaction, saves its
// result for a repetition, and counts its step.
func (s *Service) changeTransfer(
	ctx context.Context, needs Needs, once idempotency.Request, step TransferStep, use func(c *change) (TransferOrder, error),
) (TransferOrder, bool, error) {
	t, replayed, err := writeOnce(ctx, s, needs, once, s.savedTransferOrders, use)
	if err == nil && !replayed && s.counts.Transfer != nil {
		s.counts.Transfer(step)
	}
	return t, replayed, err
}

func noTransfer(id string) error {
	return problem.New(problem.NotFound, "There is no transfer %s.", id)
}

// transferOrder returns an order that must exist and be visible to the caller.
func (c *change) transferOrder(id string, stores []string) (TransferOrder, error) {
	t, found, err := c.tx.TransferOrder(id)
	if err == nil && (!found || !t.visible(stores)) {
		err = noTransfer(id)
	}
	return t, err
}

// saveTransfer stores the next version of an order with its event, and returns it.
func (c *change) saveTransfer(t TransferOrder, event func(inventory.TransferState) eventBody) (TransferOrder, error) {
	before := t.Version
	t.Version++
	if c.at.After(t.UpdatedAt) {
		t.UpdatedAt = c.at
	}
	if err := c.tx.UpdateTransferOrder(t, before); err != nil {
		return TransferOrder{}, err
	}
	return t, c.appendEvent(t.Version, event(t.state()))
}
