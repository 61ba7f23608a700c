package ledger

// MovementKind says how a quantity changed.
type MovementKind string

// The kinds of movement.
const (
	MovementCreated        MovementKind = "created"
	MovementAdjusted       MovementKind = "adjusted"
	MovementTransferredIn  MovementKind = "transferred_in"
	MovementTransferredOut MovementKind = "transferred_out"
	MovementSold           MovementKind = "sold"
)

// Movement is one change of a row's quantity. The quantity of a row is the sum
// of its movements.
type Movement struct {
	ProductID     string
	StoreID       string
	Kind          MovementKind
	Change        int64 // units, negative when they left
	Quantity      int64 // after the change
	Version       int64 // of the row, after the change
	Reason        string
	ReservationID string // of a sale
	CreatedAt     string // events.TimeFormat
}
