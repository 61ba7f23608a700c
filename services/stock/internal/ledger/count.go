package ledger

import (
	"context"
	"slices"
	"time"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// MaxCountLines bounds the lines of a count.
const MaxCountLines = 100_000

// CountStatus is the status of a count.
type CountStatus string

// The statuses of a count.
const (
	CountOpen      CountStatus = "open"      // it takes lines
	CountApplying  CountStatus = "applying"  // it takes no more lines; some may be booked
	CountApplied   CountStatus = "applied"   // every line is booked or has failed
	CountDiscarded CountStatus = "discarded" // none of its lines will be booked
)

// CountStatuses are all statuses.
var CountStatuses = []CountStatus{CountOpen, CountApplying, CountApplied, CountDiscarded}

// Count is a count of the units in a store.
type Count struct {
	ID        string // UUIDv7
	StoreID   string
	Reference string // the caller's own name of it; may be empty
	Status    CountStatus
	Totals    CountTotals
	Actor     string // the author of the count
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	// Lines are those that the request stored, or, of an apply, the first ones that
	// failed. They and NewStore are not stored with the count.
	Lines    []CountLine
	NewStore bool // its apply was the first use of the store
}

// CountTotals are the numbers of lines of a count.
type CountTotals struct {
	Lines   int64
	Applied int64
	Failed  int64
}

// CountLineState is the state of a line of a count.
type CountLineState string

// The states of a line.
const (
	LineCounted CountLineState = "counted" // not booked
	LineApplied CountLineState = "applied"
	LineFailed  CountLineState = "failed"
)

// CountLineStates are all states.
var CountLineStates = []CountLineState{LineCounted, LineApplied, LineFailed}

// CountLine is the counted units of a product, and its row when it was counted.
type CountLine struct {
	ProductID  string
	Counted    int64
	Quantity   int64 // of the row when it was counted; 0 without a row
	RowVersion int64 // of the row when it was counted; 0 without a row
	CountedAt  time.Time
	State      CountLineState
	Failure    CountFailure // when failed
	Claimed    int64        // the units that were held or unavailable, when failed for them

	Product Product // in results; not stored with the line
	// Holds are held units of the row of a failed line, newest first, in results.
	Holds []HeldUnits
}

// Difference returns the units that an apply adds, so that units which are sold
// between counting and booking stay sold.
func (l CountLine) Difference() int64 { return l.Counted - l.Quantity }

// CountFailure is the reason why a line was not booked.
type CountFailure string

// The failures of a line.
const (
	// FailureClaimed: its change would take units that are held or unavailable.
	FailureClaimed CountFailure = "claimed"
	// FailureMaximum: the quantity would be above the maximum of a row.
	FailureMaximum CountFailure = "maximum"
	// FailureDeleted: the product has no row in the store, and was deleted.
	FailureDeleted CountFailure = "product_deleted"
	// FailureStore: the product has no row in the store, which no longer exists.
	FailureStore CountFailure = "unknown_store"
)

// Problem returns the problem of a line that failed.
func (l CountLine) Problem(storeID string) *problem.Error {
	switch l.Failure {
	case FailureMaximum:
		return problem.Of(aboveMaximum(storeID, l.ProductID))
	case FailureDeleted:
		return problem.Of(productDeleted(l.ProductID))
	case FailureStore:
		return problem.New(problem.UnknownStore, "There is no store %s.", storeID)
	default:
		return problem.New(problem.Conflict, "Booking %d units would leave fewer than the %d that are reserved or unavailable.",
			l.Difference(), l.Claimed)
	}
}

// HeldUnits are the units of a row that a reservation holds.
type HeldUnits struct {
	ReservationID string
	Quantity      int64
	ExpiresAt     time.Time // zero: never
	CreatedAt     time.Time
}

// CountTx is the part of a transaction that stores counts.
type CountTx interface {
	Count(id string) (Count, bool, error)
	InsertCount(c Count) error
	// UpdateCount stores the status and the totals of a count in place of the given
	// version. It returns ErrConflict, and changes nothing, when the count is at
	// another version.
	UpdateCount(c Count, version int64) error
	// CountLine returns the line of a product, without the product.
	CountLine(countID, productID string) (CountLine, bool, error)
	// SaveCountLine stores a line in state counted, in place of an earlier one of its
	// product in that state. The product is stored.
	SaveCountLine(countID string, line CountLine) error
	// CountLines returns the lines in a state whose product's id is greater than after,
	// limit at most, by that id, without their products.
	CountLines(countID string, state CountLineState, after string, limit int) ([]CountLine, error)
	// EndCountLine gives a line in the given state its state applied or failed. It
	// returns ErrConflict, and changes nothing, when the line is in another state.
	EndCountLine(countID string, from CountLineState, line CountLine) error
}

// CountReader reads counts from committed data.
type CountReader interface {
	// Count returns a count without lines.
	Count(ctx context.Context, id string) (Count, bool, error)
	// Counts returns a page of the counts that match f, newest first, without lines.
	// The total of the list is not counted.
	Counts(ctx context.Context, f CountFilter, page paging.Page) (paging.List[Count], error)
	// LinesOfCount returns a page of the lines of a count, by product, with their
	// products; state nil means any. The total of the list is not counted.
	LinesOfCount(ctx context.Context, id string, state *CountLineState, page paging.Page) (paging.List[CountLine], error)
	// HoldsOfRows returns, for each of the products, the units of its row in the store
	// that are held, newest first, limit at most. It may look through all holds that
	// are held.
	HoldsOfRows(ctx context.Context, storeID string, productIDs []string, limit int) (map[string][]HeldUnits, error)
}

// CountFilter selects counts.
type CountFilter struct {
	StoreID *string      // nil: any
	Status  *CountStatus // nil: any
	Stores  []string     // the store is among these; nil: any
}

// Validate returns a ValidationError problem with all errors of f.
func (f CountFilter) Validate() error {
	var checks problem.Checks
	if f.StoreID != nil {
		checks.StoreID("store_id", *f.StoreID)
	}
	checks.Require(f.Status == nil || slices.Contains(CountStatuses, *f.Status), "status",
		"must be open, applying, applied or discarded")
	return checks.Err()
}

// OpenCountParams asks for a count.
type OpenCountParams struct {
	StoreID   string
	Reference string
}

// Validate returns a ValidationError problem with all errors of p.
func (p OpenCountParams) Validate() error {
	var checks problem.Checks
	checks.StoreID("store_id", p.StoreID)
	checks.Text("reference", p.Reference, 0, maxReference)
	return checks.Err()
}

// OpenCount opens a count of a store.
func (s *Service) OpenCount(ctx context.Context, p OpenCountParams, once idempotency.Request) (Count, bool, error) {
	if err := p.Validate(); err != nil {
		return Count{}, false, err
	}
	id := s.newID()
	storeErr := s.knowStore(ctx, p.StoreID)
	return writeOnce(ctx, s, Needs{Stores: []string{p.StoreID}, Counts: []string{id}}, once, s.savedCounts, func(c *change) (Count, error) {
		if storeErr != nil {
			return Count{}, storeErr
		}
		if err := c.requireStore(p.StoreID); err != nil {
			return Count{}, err
		}
		count := Count{
			ID: id, StoreID: p.StoreID, Reference: p.Reference, Status: CountOpen, Actor: c.meta.Actor,
			Version: 1, CreatedAt: c.at, UpdatedAt: c.at,
		}
		return count, c.tx.InsertCount(count)
	})
}

// FindCount returns a count without lines. One whose store is not among stores, nil for
// all, is a NotFound problem, as one that does not exist.
func (s *Service) FindCount(ctx context.Context, id string, stores []string) (Count, error) {
	count, found, err := s.repo.Count(ctx, id)
	if err == nil && (!found || !count.visible(stores)) {
		err = noCount(id)
	}
	return count, err
}

// Counts returns a page of the counts that match f, newest first.
func (s *Service) Counts(ctx context.Context, f CountFilter, page paging.Page) (paging.List[Count], error) {
	if err := f.Validate(); err != nil {
		return paging.List[Count]{}, err
	}
	return s.repo.Counts(ctx, f, page)
}

// CountLines returns a page of the lines of a count, by product; state nil means any.
// Lines that failed have the units that are held now.
func (s *Service) CountLines(ctx context.Context, count Count, state *CountLineState, page paging.Page) (paging.List[CountLine], error) {
	if state != nil && !slices.Contains(CountLineStates, *state) {
		return paging.List[CountLine]{}, problem.Invalid("state", "must be counted, applied or failed")
	}
	list, err := s.repo.LinesOfCount(ctx, count.ID, state, page)
	if err != nil {
		return list, err
	}
	return list, s.addHolds(ctx, count, list.Items)
}

// maxHoldsOfLine bounds the reservations that a failed line names.
const maxHoldsOfLine = 100

// addHolds adds the held units to the lines that failed for them.
func (s *Service) addHolds(ctx context.Context, count Count, lines []CountLine) error {
	var failed []string
	for _, l := range lines {
		if l.Failure == FailureClaimed && l.Claimed > 0 {
			failed = append(failed, l.ProductID)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	holds, err := s.repo.HoldsOfRows(ctx, count.StoreID, failed, maxHoldsOfLine)
	for i := range lines {
		lines[i].Holds = holds[lines[i].ProductID]
	}
	return err
}

// DiscardCount ends a count of which nothing was booked.
func (s *Service) DiscardCount(ctx context.Context, id string, stores []string, once idempotency.Request) (Count, bool, error) {
	return writeOnce(ctx, s, Needs{Counts: []string{id}}, once, s.savedCounts, func(c *change) (Count, error) {
		count, err := c.count(id, stores)
		switch {
		case err != nil:
			return Count{}, err
		case count.Status != CountOpen:
			return Count{}, problem.New(problem.InvalidState, "The count is %s, so it cannot be discarded.", count.Status)
		}
		count.Status = CountDiscarded
		return c.saveCount(count)
	})
}

// visible reports whether a caller that may see the given stores, nil for all, may see
// the count.
func (c Count) visible(stores []string) bool {
	return stores == nil || slices.Contains(stores, c.StoreID)
}

// count returns a count that must exist and be visible to the caller.
func (c *change) count(id string, stores []string) (Count, error) {
	count, found, err := c.tx.Count(id)
	if err == nil && (!found || !count.visible(stores)) {
		err = noCount(id)
	}
	return count, err
}

// saveCount stores the next version of a count, and returns it.
func (c *change) saveCount(count Count) (Count, error) {
	before := count.Version
	count.Version++
	if c.at.After(count.UpdatedAt) {
		count.UpdatedAt = c.at
	}
	return count, c.tx.UpdateCount(count, before)
}

func noCount(id string) error { return problem.New(problem.NotFound, "There is no count %s.", id) }

// productDeleted is the problem of a product that was deleted.
func productDeleted(id string) error {
	return problem.New(problem.ProductDeleted, "Product %s was deleted: it takes no new stock rows and is not counted.", id)
}
