package stockdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlInsertMovement = `INSERT INTO movements
	(product_id, store_id, kind, change, quantity, version, reason, actor, reservation_id, created_at,
	reference, transfer_id, count_id, from_state, to_state, units, unavailable)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0), ?)`

	sqlQuantityAt = `SELECT quantity FROM movements WHERE product_id = ? AND store_id = ? AND created_at <= ?
	ORDER BY created_at DESC, seq DESC LIMIT 1`
)

// InsertMovement implements ledger.Tx.
func (t *Tx) InsertMovement(m ledger.Movement) error {
	_, _, err := t.tx.Exec(sqlInsertMovement, m.ProductID, m.StoreID, string(m.Kind), m.Change, m.Quantity, m.Version,
		m.Reason, sqlite.Nullable(m.Actor), sqlite.Nullable(m.ReservationID), clock.Text(m.CreatedAt),
		sqlite.Nullable(m.Reference), sqlite.Nullable(m.TransferID), sqlite.Nullable(m.CountID),
		sqlite.Nullable(string(m.From)), sqlite.Nullable(string(m.To)), m.Units, sqlite.Nullable(m.Unavailable.Text()))
	if err != nil {
		return fmt.Errorf("insert movement: %w", err)
	}
	return nil
}

// QuantityAt implements ledger.Reader.
func (db *DB) QuantityAt(ctx context.Context, productID, storeID string, at time.Time) (int64, error) {
	var quantity int64
	err := db.Reader().QueryRowContext(ctx, sqlQuantityAt, productID, storeID, clock.Text(at)).Scan(&quantity)
	if quantity, _, err = sqlite.Found(quantity, err); err != nil {
		return 0, fmt.Errorf("read quantity at a time: %w", err)
	}
	return quantity, nil
}
