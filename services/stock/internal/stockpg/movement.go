package stockpg

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	insertMovements = `INSERT INTO movements (product_id, store_id, kind, change, quantity, version, reason, actor, reservation_id, created_at,
	reference, transfer_id, count_id, from_state, to_state, units, unavailable)
SELECT product_id, store_id, kind, change, quantity, version, reason, actor, reservation_id, created_at,
	reference, transfer_id, count_id, from_state, to_state, units, unavailable
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[],
	$11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bigint[], $17::text[]) WITH ORDINALITY
	AS n (product_id, store_id, kind, change, quantity, version, reason, actor, reservation_id, created_at,
	reference, transfer_id, count_id, from_state, to_state, units, unavailable, place) ORDER BY place`

	sqlQuantityAt = `SELECT quantity FROM movements WHERE product_id = $1 AND store_id = $2 AND created_at <= $3
	ORDER BY created_at DESC, seq DESC LIMIT 1`
)

// movements get their seq in the order of the changes: the groups of all instances
// are serial.
var movements = &postgres.Log[ledger.Movement]{
	Name:   "movements",
	Insert: insertMovements,
	Columns: func(list []ledger.Movement) []any {
		text := func(of func(ledger.Movement) string) []string { return postgres.Column(list, of) }
		number := func(of func(ledger.Movement) int64) []int64 { return postgres.Column(list, of) }
		optional := func(of func(ledger.Movement) string) []*string {
			return postgres.Column(list, func(m ledger.Movement) *string { return postgres.Nullable(of(m)) })
		}
		return []any{
			text(func(m ledger.Movement) string { return m.ProductID }),
			text(func(m ledger.Movement) string { return m.StoreID }),
			text(func(m ledger.Movement) string { return string(m.Kind) }),
			number(func(m ledger.Movement) int64 { return m.Change }),
			number(func(m ledger.Movement) int64 { return m.Quantity }),
			number(func(m ledger.Movement) int64 { return m.Version }),
			text(func(m ledger.Movement) string { return m.Reason }),
			optional(func(m ledger.Movement) string { return m.Actor }),
			optional(func(m ledger.Movement) string { return m.ReservationID }),
			text(func(m ledger.Movement) string { return clock.Text(m.CreatedAt) }),
			optional(func(m ledger.Movement) string { return m.Reference }),
			optional(func(m ledger.Movement) string { return m.TransferID }),
			optional(func(m ledger.Movement) string { return m.CountID }),
			optional(func(m ledger.Movement) string { return string(m.From) }),
			optional(func(m ledger.Movement) string { return string(m.To) }),
			number(func(m ledger.Movement) int64 { return m.Units }),
			optional(func(m ledger.Movement) string { return m.Unavailable.Text() }),
		}
	},
}

// InsertMovement implements ledger.Tx.
func (t *Tx) InsertMovement(m ledger.Movement) error {
	if err := movements.Append(t.tx, m); err != nil {
		return fmt.Errorf("insert movement: %w", err)
	}
	return nil
}

// QuantityAt implements ledger.Reader.
func (db *DB) QuantityAt(ctx context.Context, productID, storeID string, at time.Time) (quantity int64, err error) {
	err = db.Reader().QueryRow(ctx, sqlQuantityAt, productID, storeID, clock.Text(at)).Scan(&quantity)
	if quantity, _, err = postgres.Found(ctx, quantity, err); err != nil {
		return 0, fmt.Errorf("read quantity at a time: %w", err)
	}
	return quantity, nil
}
