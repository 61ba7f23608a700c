package ledger

import (
	"cmp"
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// TransferParams asks to move units of a product from one store to another.
type TransferParams struct {
	ProductID string
	FromStore string
	ToStore   string
	Quantity  int64 // units, at least 1
	Reason    string
}

// Validate returns a ValidationError problem with everything that is wrong with
// p.
func (p TransferParams) Validate() error {
	var checks problem.Checks
	checkKey(&checks, p.ProductID, "from_store_id", p.FromStore)
	checks.StoreID("to_store_id", p.ToStore)
	checks.Require(p.FromStore != p.ToStore, "to_store_id", "must not be from_store_id")
	checks.Range("quantity", p.Quantity, 1, MaxQuantity)
	checkReason(&checks, p.Reason)
	return checks.Err()
}

// Transfer is a completed transfer: both rows after it.
type Transfer struct {
	From     Row
	To       Row
	Quantity int64
	Reason   string
}

// Transfer moves units between the rows of two stores in one transaction, and
// creates the target row when it is missing. Held units do not move: more than is
// available is an InsufficientStock problem.
func (s *Service) Transfer(ctx context.Context, p TransferParams, once idempotency.Request) (Transfer, bool, error) {
	p.Reason = problem.UnixLines(p.Reason)
	if err := p.Validate(); err != nil {
		return Transfer{}, false, err
	}
	storeErr := s.knowStore(ctx, p.ToStore)
	needs := Needs{Rows: []RowKey{{p.ProductID, p.FromStore}, {p.ProductID, p.ToStore}}, Stores: []string{p.ToStore}}
	return writeOnce(ctx, s, needs, once, s.savedTransfers, func(c *change) (Transfer, error) { return c.transfer(p, storeErr) })
}

// transfer takes the problem of the target store, which matters only if the target
// row is missing.
func (c *change) transfer(p TransferParams, storeErr error) (Transfer, error) {
	from, err := c.seenRow(p.ProductID, p.FromStore, nil)
	if err != nil {
		return Transfer{}, err
	}
	if from.Available() < p.Quantity {
		return Transfer{}, problem.Insufficient(from.Available(), p.Quantity)
	}
	to, isNew, err := c.transferTarget(from, p, storeErr)
	if err != nil {
		return Transfer{}, err
	}
	reason := cmp.Or(p.Reason, inventory.ReasonTransfer)
	from = c.update(from, func(r *Row) { r.Quantity -= p.Quantity })
	err = c.appendEvent(0, inventory.StockTransferred{
		ProductID: p.ProductID, FromStore: p.FromStore, ToStore: p.ToStore, Quantity: p.Quantity,
		FromVersion: from.Version, ToVersion: to.Version, Reason: reason,
	})
	if err != nil {
		return Transfer{}, err
	}
	if from, err = c.reportLow(from); err != nil {
		return Transfer{}, err
	}
	if to, err = c.reportLow(to); err != nil {
		return Transfer{}, err
	}
	if isNew {
		if err := c.tx.InsertRow(to); err != nil {
			return Transfer{}, err
		}
	}
	if err := c.move(from, MovementTransferredOut, -p.Quantity, reason, ""); err != nil {
		return Transfer{}, err
	}
	if err := c.move(to, MovementTransferredIn, p.Quantity, reason, ""); err != nil {
		return Transfer{}, err
	}
	return Transfer{From: from, To: to, Quantity: p.Quantity, Reason: reason}, nil
}

// transferTarget returns the target row with the units added, and whether it is
// a new row, which is not inserted yet.
func (c *change) transferTarget(from Row, p TransferParams, storeErr error) (to Row, isNew bool, err error) {
	to, found, err := c.row(p.ProductID, p.ToStore)
	if err != nil {
		return Row{}, false, err
	}
	if !found {
		if from.Product.Deleted {
			return Row{}, false, problem.New(problem.NotFound, "Product %s was deleted: it takes no new stock rows.", p.ProductID)
		}
		if err := cmp.Or(storeErr, c.requireStore(p.ToStore)); err != nil {
			return Row{}, false, err
		}
		to, err = c.newRow(from.Product, p.ToStore, p.Quantity, Thresholds{})
		return to, true, err
	}
	if to.Quantity+p.Quantity > MaxQuantity {
		return Row{}, false, problem.New(problem.Conflict, "The quantity in store %s would be above the maximum of %d.", p.ToStore, int64(MaxQuantity))
	}
	return c.update(to, func(r *Row) { r.Quantity += p.Quantity }), false, nil
}
