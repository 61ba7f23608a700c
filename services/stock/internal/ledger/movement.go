package ledger

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
)

// MovementKind is the cause of a change of a quantity.
type MovementKind string

// The kinds of movement.
const (
	MovementCreated        MovementKind = "created"
	MovementAdjusted       MovementKind = "adjusted"
	MovementTransferredIn  MovementKind = "transferred_in"
	MovementTransferredOut MovementKind = "transferred_out"
	MovementSold           MovementKind = "sold"
	MovementReturned       MovementKind = "returned"
	MovementReceived       MovementKind = "received"
	MovementCounted        MovementKind = "counted"
	MovementStateChanged   MovementKind = "state_changed" // of no units in all
	MovementDeleted        MovementKind = "deleted"       // of a row without units
)

// Movement is one change of a row's quantity. The quantity of a row is the sum
// of its movements; none is earlier than the previous one.
type Movement struct {
	ProductID     string
	StoreID       string
	Kind          MovementKind
	Change        int64 // units, negative when they were removed
	Quantity      int64 // after the change
	Version       int64 // of the row, after the change
	Reason        string
	Actor         string // the author of the change; empty in movements of releases before actors
	ReservationID string // of a sale or a return
	Reference     string // of an order or a delivery, as the caller named it
	TransferID    string
	CountID       string
	CreatedAt     time.Time

	// From, To and Units are those of a change of state.
	From, To State
	Units    int64
	// Unavailable has the units in each state after the change.
	Unavailable Unavailable
}

// MovementFilter selects movements of a row.
type MovementFilter struct {
	ProductID string
	StoreID   string
	Actor     string // empty: of any
}

// Movements returns a page of the movements that match f, newest first.
func (s *Service) Movements(ctx context.Context, f MovementFilter, page paging.Page) (paging.List[Movement], error) {
	if _, err := s.Get(ctx, f.ProductID, f.StoreID); err != nil {
		return paging.List[Movement]{}, err
	}
	return s.repo.Movements(ctx, f, page)
}

// QuantityAt returns a row's quantity at a time: 0 before the row existed, the
// present quantity for a future time. at must have a year of four digits.
func (s *Service) QuantityAt(ctx context.Context, productID, storeID string, at time.Time) (int64, error) {
	if _, err := s.Get(ctx, productID, storeID); err != nil {
		return 0, err
	}
	return s.repo.QuantityAt(ctx, productID, storeID, clock.Truncate(at))
}

func (c *change) move(row Row, kind MovementKind, quantity int64, reason, reservationID string) error {
	return c.record(row, Movement{Kind: kind, Change: quantity, Reason: reason, ReservationID: reservationID})
}

// record writes the movement of the row's last version. m has its kind, its change,
// its reason and the ids to which it belongs.
func (c *change) record(row Row, m Movement) error {
	m.ProductID, m.StoreID, m.Quantity, m.Unavailable = row.ProductID, row.StoreID, row.Quantity, row.Unavailable
	m.Version, m.Actor, m.CreatedAt = row.Version, c.meta.Actor, row.UpdatedAt
	return c.tx.InsertMovement(m)
}
