package ledger

import (
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/problem"
)

// MaxQuantity is the maximum number of units of a row; the database refuses more.
// Sums over a million rows stay far inside int64.
const MaxQuantity = 1_000_000_000

// DefaultReorderPoint is the reorder point, in units, of a row that never got
// one. An explicit 0 is 0.
const DefaultReorderPoint = 10

// Row is the stock of a product in a store. Quantities are units.
type Row struct {
	ProductID  string
	StoreID    string
	Quantity   int64
	Reserved   int64
	Incoming   int64 // units on the way to the row, not in Quantity
	Thresholds Thresholds
	Version    int64
	UpdatedAt  time.Time // as clock.Truncate returns it
	Product    Product
	// Unavailable has the units of Quantity that cannot be reserved.
	Unavailable Unavailable

	// LowReported is true if the row has had its stock.low and has not recovered
	// since, see change.reportLow.
	LowReported bool

	// Removed is true of a row that was removed: it exists only for its past, and
	// takes the versions after it when it is created again.
	Removed bool

	// NewStore is true if this row, as a change returned it, is the first of a store
	// that exists only because of it. It is not stored with the row.
	NewStore bool
}

// Thresholds are a row's planning figures, in units.
type Thresholds struct {
	MinStock     int64
	MaxStock     int64  // 0: no maximum
	ReorderPoint *int64 // nil: never set
	ReorderQty   int64
}

// ThresholdChange sets the figures that are not nil.
type ThresholdChange struct {
	MinStock, MaxStock, ReorderPoint, ReorderQty *int64
}

// Available returns the number of units that can be reserved.
func (r Row) Available() int64 { return r.Quantity - r.Claimed() }

// Claimed returns the number of units that are held or unavailable: the quantity
// cannot be less.
func (r Row) Claimed() int64 { return r.Reserved + r.Unavailable.Sum() }

// CanReserve reports whether a hold of so many units would be granted now.
func (r Row) CanReserve(quantity int64) bool { return !r.Product.Deleted && r.Available() >= quantity }

// EffectiveReorderPoint returns the reorder point, or the default for a row
// that never got one.
func (r Row) EffectiveReorderPoint() int64 {
	if r.Thresholds.ReorderPoint == nil {
		return DefaultReorderPoint
	}
	return *r.Thresholds.ReorderPoint
}

func (r Row) low() bool { return r.Available() <= r.EffectiveReorderPoint() }

// recovered reports whether the available units exceed the reorder point by enough
// for the next stock.low: by 10 % of it, rounded up, and by one unit at least.
func (r Row) recovered() bool {
	const tenth = 10
	point := r.EffectiveReorderPoint()
	return r.Available() >= point+max(1, (point+tenth-1)/tenth)
}

// check requires the figures to be valid, each by itself.
func (t ThresholdChange) check(checks *problem.Checks) {
	for _, f := range []struct {
		name  string
		value *int64
	}{
		{"min_stock", t.MinStock},
		{"max_stock", t.MaxStock},
		{"reorder_point", t.ReorderPoint},
		{"reorder_qty", t.ReorderQty},
	} {
		if f.value != nil {
			checks.Range(f.name, *f.value, 0, MaxQuantity)
		}
	}
}

// with returns the thresholds after change.
func (t Thresholds) with(change ThresholdChange) (Thresholds, error) {
	set := func(to *int64, from *int64) {
		if from != nil {
			*to = *from
		}
	}
	set(&t.MinStock, change.MinStock)
	set(&t.MaxStock, change.MaxStock)
	set(&t.ReorderQty, change.ReorderQty)
	if change.ReorderPoint != nil {
		t.ReorderPoint = change.ReorderPoint
	}
	if t.MaxStock > 0 && t.MinStock > t.MaxStock {
		return t, problem.Invalid("min_stock", "must not be above max_stock (%d)", t.MaxStock)
	}
	return t, nil
}

// has reports whether change would leave t as it is.
func (t Thresholds) has(change ThresholdChange) bool {
	same := func(have int64, want *int64) bool { return want == nil || *want == have }
	point := change.ReorderPoint == nil || t.ReorderPoint != nil && *t.ReorderPoint == *change.ReorderPoint
	return point && same(t.MinStock, change.MinStock) && same(t.MaxStock, change.MaxStock) && same(t.ReorderQty, change.ReorderQty)
}

// checkReason requires an optional reason of a caller to be a text, and not one of
// the system's own.
func checkReason(checks *problem.Checks, reason string) {
	const maxReason = 200
	checks.Lines("reason", problem.UnixLines(reason), 0, maxReason)
	checks.Require(!inventory.IsReservedReason(reason), "reason", "must not be %q, which only the system itself gives", reason)
}

// maxID bounds the id of a product.
const maxID = 64

// checkKey requires ids that could name a row. The database knows whether the row
// exists.
func checkKey(checks *problem.Checks, productID, storeField, storeID string) {
	checks.Word("product_id", productID, 1, maxID)
	checks.StoreID(storeField, storeID)
}

// noRow is the problem of a row that does not exist.
func noRow(productID, storeID string) error {
	return &missingRowError{problem.New(problem.NotFound, "There is no stock of product %s in store %s.", productID, storeID), storeID}
}

// missingRowError is the problem of a row that does not exist, see Service.explain.
type missingRowError struct {
	problem *problem.Error
	storeID string
}

// Error returns the text of the problem.
func (m *missingRowError) Error() string { return m.problem.Error() }

// Unwrap returns the problem.
func (m *missingRowError) Unwrap() error { return m.problem }
