package ledger

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// eventBody is the payload of an event.
type eventBody = events.Body

// ShipTransfer takes the units of an order from its source and puts them on the way:
// incoming of the target rises, and its row is created when it is missing. Too few
// available units are an InsufficientStock problem with every short line; an order
// that is not requested any more is an InvalidState problem.
func (s *Service) ShipTransfer(ctx context.Context, id string, stores []string, once idempotency.Request) (TransferOrder, bool, error) {
	return s.changeTransfer(ctx, Needs{Transfers: []string{id}}, once, StepShipped, func(c *change) (TransferOrder, error) {
		t, err := c.transferOrder(id, stores)
		if err != nil {
			return TransferOrder{}, err
		}
		if t.Status != TransferRequested {
			return TransferOrder{}, problem.New(problem.InvalidState, "The transfer is %s, so it cannot be shipped.", t.Status)
		}
		return c.ship(t)
	})
}

func (c *change) ship(t TransferOrder) (TransferOrder, error) {
	if err := c.requireAvailable(t); err != nil {
		return TransferOrder{}, err
	}
	for i := range t.Lines {
		l := &t.Lines[i]
		l.Shipped = l.Quantity
		if t.FromStore != "" {
			row, err := c.seenRow(l.ProductID, t.FromStore, nil)
			if err != nil {
				return TransferOrder{}, err
			}
			if err := c.bookTransfer(t, row, booking{kind: MovementTransferredOut, quantity: -l.Shipped}); err != nil {
				return TransferOrder{}, err
			}
		}
		target, err := c.transferRow(l.ProductID, t.ToStore)
		if err != nil {
			return TransferOrder{}, err
		}
		t.NewStore = t.NewStore || target.NewStore
		if target.Incoming+l.Shipped > MaxQuantity {
			return TransferOrder{}, problem.New(problem.Conflict, "More than %d units of product %s would be on the way to store %s.",
				int64(MaxQuantity), l.ProductID, t.ToStore)
		}
		if err := c.bookTransfer(t, target, booking{incoming: l.Shipped}); err != nil {
			return TransferOrder{}, err
		}
	}
	t.Status = TransferShipped
	return c.saveTransfer(t, func(s inventory.TransferState) eventBody { return inventory.TransferShipped{TransferState: s} })
}

// shortLine is a line for which too few units are available.
type shortLine struct {
	Line      int    `json:"line"`
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}

// requireAvailable checks all lines before one of them changes.
func (c *change) requireAvailable(t TransferOrder) error {
	if t.FromStore == "" {
		return nil
	}
	var short []shortLine
	for i, l := range t.Lines {
		row, err := c.seenRow(l.ProductID, t.FromStore, nil)
		if err != nil {
			return err
		}
		if row.Available() < l.Quantity {
			short = append(short, shortLine{i, l.ProductID, t.FromStore, l.Quantity, row.Available()})
		}
	}
	if len(short) == 0 {
		return nil
	}
	p := problem.Of(problem.Insufficient(short[0].Available, short[0].Requested))
	p.Members["lines"] = short
	return p
}

// transferRow returns the row of a product in the target of a transfer, and creates
// it without units when it is missing.
func (c *change) transferRow(productID, storeID string) (Row, error) {
	row, found, err := c.row(productID, storeID)
	if err != nil || found {
		return row, err
	}
	product, known, err := c.tx.Product(productID)
	if err != nil {
		return Row{}, err
	}
	if !known || product.Deleted {
		return Row{}, problem.New(problem.ProductDeleted, "Product %s was deleted: it takes no new stock rows.", productID)
	}
	return c.createOf(product, storeID, 0, Thresholds{})
}

// booking is the change of one row by a transfer, in units.
type booking struct {
	kind     MovementKind // of quantity
	quantity int64
	incoming int64
	damaged  int64
}

// bookTransfer changes a row for a transfer: one version with its event, and a
// movement when the quantity changes.
func (c *change) bookTransfer(t TransferOrder, row Row, b booking) error {
	before := row.Quantity
	row = c.update(row, func(r *Row) {
		r.Quantity += b.quantity
		r.Incoming += b.incoming
		r.Unavailable.Damaged += b.damaged
	})
	reason := inventory.ReasonTransfer
	if t.FromStore == "" {
		reason = inventory.ReasonRestock
	}
	if b.quantity != 0 {
		m := Movement{
			ProductID: row.ProductID, StoreID: row.StoreID, Kind: b.kind, Change: b.quantity, Quantity: row.Quantity,
			Version: row.Version, Reason: reason, Actor: c.meta.Actor, TransferID: t.ID, Reference: t.Reference, CreatedAt: row.UpdatedAt,
			Unavailable: row.Unavailable,
		}
		if b.damaged > 0 {
			m.To, m.Units = StateDamaged, b.damaged
		}
		if err := c.tx.InsertMovement(m); err != nil {
			return err
		}
	}
	err := c.appendEvent(row.Version, inventory.StockUpdated{
		ProductID: row.ProductID, StoreID: row.StoreID, PreviousQuantity: before, NewQuantity: row.Quantity,
		Change: b.quantity, Reason: reason, Damaged: b.damaged, TransferID: t.ID,
	})
	if err != nil {
		return err
	}
	_, err = c.reportLow(row)
	return err
}

// CancelTransfer ends an order of which nothing arrived. Its shipped units go back
// to the source. reason is optional. An order of which units arrived or were lost, or
// that is cancelled, is an InvalidState problem.
func (s *Service) CancelTransfer(
	ctx context.Context, id, reason string, stores []string, once idempotency.Request,
) (TransferOrder, bool, error) {
	reason = problem.UnixLines(reason)
	var checks problem.Checks
	checkReason(&checks, reason)
	if err := checks.Err(); err != nil {
		return TransferOrder{}, false, err
	}
	return s.changeTransfer(ctx, Needs{Transfers: []string{id}}, once, StepCancelled, func(c *change) (TransferOrder, error) {
		t, err := c.transferOrder(id, stores)
		switch {
		case err != nil:
			return TransferOrder{}, err
		case t.Status != TransferRequested && t.Status != TransferShipped:
			return TransferOrder{}, problem.New(problem.InvalidState, "The transfer is %s, so it cannot be cancelled.", t.Status)
		case t.accountedFor():
			return TransferOrder{}, problem.New(problem.InvalidState, "A part of the transfer was received, so it cannot be cancelled.")
		}
		return c.cancelTransfer(t, reason)
	})
}

func (c *change) cancelTransfer(t TransferOrder, reason string) (TransferOrder, error) {
	for i := range t.Lines {
		if err := c.sendBack(t, &t.Lines[i]); err != nil {
			return TransferOrder{}, err
		}
	}
	t.Status = TransferCancelled
	return c.saveTransfer(t, func(s inventory.TransferState) eventBody {
		return inventory.TransferCancelled{TransferState: s, Reason: reason}
	})
}

// sendBack takes the units of a line off the way, and returns them to the store that
// gave them.
func (c *change) sendBack(t TransferOrder, l *TransferLine) error {
	units := l.Shipped
	if units == 0 {
		return nil
	}
	l.Shipped = 0
	target, err := c.seenRow(l.ProductID, t.ToStore, nil)
	if err != nil {
		return err
	}
	if err := c.bookTransfer(t, target, booking{incoming: -units}); err != nil || t.FromStore == "" {
		return err
	}
	source, found, err := c.row(l.ProductID, t.FromStore)
	if err == nil && !found { // it was deleted when it had no units
		source, err = c.returnTarget(Line{ProductID: l.ProductID, StoreID: t.FromStore})
	}
	if err != nil {
		return err
	}
	if source.Quantity+units > MaxQuantity {
		return aboveMaximum(t.FromStore, l.ProductID)
	}
	return c.bookTransfer(t, source, booking{kind: MovementTransferredIn, quantity: units})
}

// aboveMaximum is the problem of a quantity above the maximum of a row.
func aboveMaximum(storeID, productID string) error {
	return problem.New(problem.Conflict, "The quantity of product %s in store %s would be above the maximum of %d.",
		productID, storeID, int64(MaxQuantity))
}
