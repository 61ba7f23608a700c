package stockdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlInsertMovement = `INSERT INTO movements
	(product_id, store_id, kind, change, quantity, version, reason, actor, reservation_id, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	selectMovements = `SELECT product_id, store_id, kind, change, quantity, version, reason, COALESCE(actor, ''),
	COALESCE(reservation_id, ''), created_at FROM movements `
	whereMovementsOfRow = `WHERE product_id = ? AND store_id = ?`
	whereActor          = ` AND actor = ?`
	// In the order of time, which is that of seq within a row.
	orderMovements = ` ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?`

	sqlMovements        = selectMovements + whereMovementsOfRow + orderMovements
	sqlCountMovements   = `SELECT COUNT(*) FROM movements ` + whereMovementsOfRow
	sqlMovementsBy      = selectMovements + whereMovementsOfRow + whereActor + orderMovements
	sqlCountMovementsBy = sqlCountMovements + whereActor

	sqlQuantityAt = `SELECT quantity FROM movements WHERE product_id = ? AND store_id = ? AND created_at <= ?
	ORDER BY created_at DESC, seq DESC LIMIT 1`
)

func scanMovement(s sqlite.Scanner) (m ledger.Movement, err error) {
	err = s.Scan(&m.ProductID, &m.StoreID, &m.Kind, &m.Change, &m.Quantity, &m.Version, &m.Reason, &m.Actor, &m.ReservationID, &m.CreatedAt)
	return m, err
}

// InsertMovement implements ledger.Tx.
func (t *Tx) InsertMovement(m ledger.Movement) error {
	_, _, err := t.tx.Exec(sqlInsertMovement, m.ProductID, m.StoreID, string(m.Kind), m.Change, m.Quantity, m.Version,
		m.Reason, sqlite.Nullable(m.Actor), sqlite.Nullable(m.ReservationID), m.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert movement: %w", err)
	}
	return nil
}

// Movements implements ledger.Reader.
func (db *DB) Movements(ctx context.Context, f ledger.MovementFilter, page ledger.Page) (list []ledger.Movement, total int64, err error) {
	query, count, args := sqlMovements, sqlCountMovements, []any{f.ProductID, f.StoreID}
	if f.Actor != "" {
		query, count, args = sqlMovementsBy, sqlCountMovementsBy, append(args, f.Actor)
	}
	if err = db.Reader().QueryRowContext(ctx, count, args...).Scan(&total); err == nil {
		list, err = sqlite.Rows(ctx, db.DB, scanMovement, query, append(args, page.Limit, page.Offset)...)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read movements: %w", sqlite.Classify(err))
	}
	return list, total, nil
}

// QuantityAt implements ledger.Reader.
func (db *DB) QuantityAt(ctx context.Context, productID, storeID, at string) (int64, error) {
	var quantity int64
	err := db.Reader().QueryRowContext(ctx, sqlQuantityAt, productID, storeID, at).Scan(&quantity)
	if quantity, _, err = sqlite.Found(quantity, err); err != nil {
		return 0, fmt.Errorf("read quantity of then: %w", err)
	}
	return quantity, nil
}
