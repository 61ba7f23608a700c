package stockdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsRow = `s.product_id, s.store_id, s.quantity, s.reserved, s.min_stock, s.max_stock, s.reorder_point,
	s.reorder_qty, s.version, s.updated_at, s.low_reported, s.incoming, s.damaged, s.quality_control, s.safety_stock, s.other,
	s.removed, p.sku, p.name, p.status = 'deleted', p.version`
	selectRow = `SELECT ` + columnsRow + `
FROM stock s JOIN products p ON p.id = s.product_id `

	sqlRow           = selectRow + `WHERE s.product_id = ? AND s.store_id = ?` // the removed ones as well
	sqlRowsOfProduct = selectRow + `WHERE s.product_id = ?1 AND s.removed = 0
	AND (?2 IS NULL OR s.store_id IN (SELECT value FROM json_each(?2))) ORDER BY s.store_id`
	sqlInsertRow = `INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_point,
	reorder_qty, version, updated_at, low_reported, incoming, damaged, quality_control, safety_stock, other)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET quantity = excluded.quantity, reserved = excluded.reserved, min_stock = excluded.min_stock,
		max_stock = excluded.max_stock, reorder_point = excluded.reorder_point, reorder_qty = excluded.reorder_qty,
		version = excluded.version, updated_at = excluded.updated_at, low_reported = excluded.low_reported,
		incoming = excluded.incoming, damaged = excluded.damaged, quality_control = excluded.quality_control,
		safety_stock = excluded.safety_stock, other = excluded.other, removed = 0,
		listed = (SELECT status = 'active' FROM products WHERE id = excluded.product_id)
	WHERE removed = 1 AND version = excluded.version - 1`
	sqlUpdateRow = `UPDATE stock SET quantity = ?, reserved = ?, min_stock = ?, max_stock = ?, reorder_point = ?,
	reorder_qty = ?, version = ?, updated_at = ?, low_reported = ?, incoming = ?, damaged = ?, quality_control = ?, safety_stock = ?,
	other = ? WHERE product_id = ? AND store_id = ? AND version = ?`
	sqlRemoveRow = `UPDATE stock SET removed = 1, listed = 0, low_reported = 0, version = ?, updated_at = ?
	WHERE product_id = ? AND store_id = ? AND version = ? AND removed = 0`
)

func scanRow(s sqlite.Scanner) (r ledger.Row, err error) {
	err = s.Scan(&r.ProductID, &r.StoreID, &r.Quantity, &r.Reserved, &r.Thresholds.MinStock, &r.Thresholds.MaxStock,
		&r.Thresholds.ReorderPoint, &r.Thresholds.ReorderQty, &r.Version, engine.Time(&r.UpdatedAt), &r.LowReported, &r.Incoming,
		&r.Unavailable.Damaged, &r.Unavailable.QualityControl, &r.Unavailable.SafetyStock, &r.Unavailable.Other, &r.Removed,
		&r.Product.SKU, &r.Product.Name, &r.Product.Deleted, &r.Product.Version)
	r.Product.ID = r.ProductID
	return r, err
}

// Row implements ledger.Tx.
func (t *Tx) Row(productID, storeID string) (ledger.Row, bool, error) {
	row, ok, err := sqlite.Found(scanRow(t.tx.QueryRow(sqlRow, productID, storeID)))
	if err != nil {
		err = fmt.Errorf("read stock row: %w", err)
	}
	return row, ok, err
}

// InsertRow implements ledger.Tx.
func (t *Tx) InsertRow(r ledger.Row) error {
	inserted, _, err := t.tx.Exec(sqlInsertRow, r.ProductID, r.StoreID, r.Quantity, r.Reserved, r.Thresholds.MinStock,
		r.Thresholds.MaxStock, r.Thresholds.ReorderPoint, r.Thresholds.ReorderQty, r.Version, clock.Text(r.UpdatedAt), r.LowReported,
		r.Incoming, r.Unavailable.Damaged, r.Unavailable.QualityControl, r.Unavailable.SafetyStock, r.Unavailable.Other)
	if err != nil {
		return fmt.Errorf("insert stock row: %w", err)
	}
	if inserted == 0 {
		return ledger.ErrConflict
	}
	return nil
}

// UpdateRow implements ledger.Tx.
func (t *Tx) UpdateRow(r ledger.Row, version int64) error {
	updated, _, err := t.tx.Exec(sqlUpdateRow, r.Quantity, r.Reserved, r.Thresholds.MinStock, r.Thresholds.MaxStock,
		r.Thresholds.ReorderPoint, r.Thresholds.ReorderQty, r.Version, clock.Text(r.UpdatedAt), r.LowReported,
		r.Incoming, r.Unavailable.Damaged, r.Unavailable.QualityControl, r.Unavailable.SafetyStock, r.Unavailable.Other,
		r.ProductID, r.StoreID, version)
	if err != nil {
		return fmt.Errorf("update stock row: %w", err)
	}
	if updated == 0 {
		return ledger.ErrConflict
	}
	return nil
}

// RemoveRow implements ledger.Tx.
func (t *Tx) RemoveRow(r ledger.Row, version int64) error {
	removed, _, err := t.tx.Exec(sqlRemoveRow, r.Version, clock.Text(r.UpdatedAt), r.ProductID, r.StoreID, version)
	if err != nil {
		return fmt.Errorf("remove stock row: %w", err)
	}
	if removed == 0 {
		return ledger.ErrConflict
	}
	return nil
}

// Row implements ledger.Reader.
func (db *DB) Row(ctx context.Context, productID, storeID string) (ledger.Row, bool, error) {
	row, ok, err := sqlite.Found(scanRow(db.Reader().QueryRowContext(ctx, sqlRow, productID, storeID)))
	if err != nil {
		err = fmt.Errorf("read stock row: %w", err)
	}
	return row, ok && !row.Removed, err
}

// RowsOfProduct implements ledger.Reader.
func (db *DB) RowsOfProduct(ctx context.Context, productID string, stores []string) ([]ledger.Row, error) {
	rows, err := sqlite.Rows(ctx, db.SQL(), scanRow, sqlRowsOfProduct, productID, sqlite.Stores(stores))
	if err != nil {
		return nil, fmt.Errorf("read stock of a product: %w", err)
	}
	return rows, nil
}
