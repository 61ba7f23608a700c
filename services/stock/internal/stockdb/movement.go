package stockdb

import (
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const sqlInsertMovement = `INSERT INTO movements
	(product_id, store_id, kind, change, quantity, version, reason, reservation_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

// InsertMovement implements ledger.Tx.
func (t *Tx) InsertMovement(m ledger.Movement) error {
	_, _, err := t.tx.Exec(sqlInsertMovement, m.ProductID, m.StoreID, string(m.Kind), m.Change, m.Quantity, m.Version,
		m.Reason, sqlite.Nullable(m.ReservationID), m.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert movement: %w", err)
	}
	return nil
}
