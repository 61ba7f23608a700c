package stockdb

import (
	"context"
	"encoding/json"
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
		sqlite.Nullable(string(m.From)), sqlite.Nullable(string(m.To)), m.Units, unavailableText(m.Unavailable))
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

// unavailableText returns the states that have units as JSON, nil when none has.
func unavailableText(u ledger.Unavailable) any {
	if u == (ledger.Unavailable{}) {
		return nil
	}
	text, err := json.Marshal(savedStates(u))
	if err != nil { // of four numbers
		panic(err)
	}
	return string(text)
}

// savedStates are ledger.Unavailable in a movement.
type savedStates struct {
	Damaged        int64 `json:"damaged,omitempty"`
	QualityControl int64 `json:"quality_control,omitempty"`
	SafetyStock    int64 `json:"safety_stock,omitempty"`
	Other          int64 `json:"other,omitempty"`
}

// statesOf reads the units in each state from a movement.
func statesOf(text *string) (ledger.Unavailable, error) {
	var saved savedStates
	if text == nil {
		return ledger.Unavailable(saved), nil
	}
	err := json.Unmarshal([]byte(*text), &saved)
	return ledger.Unavailable(saved), err
}
