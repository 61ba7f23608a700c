package stockpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsStock = `s.product_id, s.store_id, s.quantity, s.reserved, s.min_stock, s.max_stock, s.reorder_point,
	s.reorder_qty, s.version, s.updated_at, s.low_reported, s.incoming, s.damaged, s.quality_control, s.safety_stock, s.other,
	s.removed`
	columnsRow = columnsStock + `, p.sku, p.name, p.deleted, p.version`
	selectRow  = `SELECT ` + columnsRow + ` FROM stock s JOIN products p ON p.id = s.product_id `

	loadRows = `SELECT ` + columnsRow + ` FROM unnest($1::text[], $2::text[]) AS n (product_id, store_id)
	JOIN stock s ON s.product_id = n.product_id AND s.store_id = n.store_id JOIN products p ON p.id = s.product_id`
	loadRowsOfSKU = `SELECT ` + columnsRow + ` FROM unnest($1::text[], $2::text[]) AS n (sku, store_id) JOIN products p ON p.sku = n.sku
	JOIN stock s ON s.product_id = p.id AND s.store_id = n.store_id`
	loadRowsOfHold = `SELECT ` + columnsRow + ` FROM holds h CROSS JOIN LATERAL jsonb_to_recordset(h.lines) AS l (product_id text, store_id text)
	CROSS JOIN LATERAL (SELECT ` + columnsStock + ` FROM stock s WHERE s.product_id = l.product_id AND s.store_id = l.store_id LIMIT 1) s
	JOIN products p ON p.id = s.product_id WHERE h.reservation_id = ANY($1)`
	loadRowsOfTransfer = `SELECT ` + columnsRow + ` FROM transfers t CROSS JOIN LATERAL jsonb_to_recordset(t.lines) AS l (product_id text)
	JOIN stock s ON s.product_id = l.product_id AND s.store_id IN (t.from_store_id, t.to_store_id) JOIN products p ON p.id = s.product_id
	WHERE t.id = ANY($1)`

	newRows = `unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
	$10::text[], $11::boolean[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::boolean[])
	AS n (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_point, reorder_qty, version, updated_at, low_reported,
	incoming, damaged, quality_control, safety_stock, other, removed)`
	isListed   = `NOT n.removed AND NOT (SELECT p.deleted FROM products p WHERE p.id = n.product_id)`
	insertRows = `INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_point, reorder_qty, version,
	updated_at, low_reported, incoming, damaged, quality_control, safety_stock, other, removed, listed)
SELECT n.product_id, n.store_id, n.quantity, n.reserved, n.min_stock, n.max_stock, n.reorder_point, n.reorder_qty, n.version,
	n.updated_at, n.low_reported, n.incoming, n.damaged, n.quality_control, n.safety_stock, n.other, n.removed, ` + isListed + ` FROM ` + newRows
	updateRows = `UPDATE stock s SET quantity = n.quantity, reserved = n.reserved, min_stock = n.min_stock, max_stock = n.max_stock,
	reorder_point = n.reorder_point, reorder_qty = n.reorder_qty, version = n.version, updated_at = n.updated_at,
	low_reported = n.low_reported, incoming = n.incoming, damaged = n.damaged, quality_control = n.quality_control,
	safety_stock = n.safety_stock, other = n.other, removed = n.removed, listed = ` + isListed + `
FROM ` + newRows + ` WHERE s.product_id = n.product_id AND s.store_id = n.store_id AND s.version < n.version`

	sqlRow           = selectRow + `WHERE s.product_id = $1 AND s.store_id = $2 AND NOT s.removed`
	sqlRowsOfProduct = selectRow + `WHERE s.product_id = $1 AND NOT s.removed AND ($2::text[] IS NULL OR s.store_id = ANY($2)) ORDER BY s.store_id`
)

// rows has one update for each changed row, however many changes of a group
// touched it. The product of a row is the one of the time when it was read.
var rows = &postgres.Set[ledger.RowKey, ledger.Row]{
	Name: "stock",
	Load: loadRows,
	Keys: func(keys []ledger.RowKey) []any {
		return []any{
			postgres.Column(keys, func(k ledger.RowKey) string { return k.ProductID }),
			postgres.Column(keys, func(k ledger.RowKey) string { return k.StoreID }),
		}
	},
	Scan:   scanKeyedRow,
	Insert: insertRows,
	Update: updateRows,
	Columns: func(list []ledger.Row) []any {
		number := func(of func(ledger.Row) int64) []int64 { return postgres.Column(list, of) }
		return []any{
			postgres.Column(list, func(r ledger.Row) string { return r.ProductID }),
			postgres.Column(list, func(r ledger.Row) string { return r.StoreID }),
			number(func(r ledger.Row) int64 { return r.Quantity }),
			number(func(r ledger.Row) int64 { return r.Reserved }),
			number(func(r ledger.Row) int64 { return r.Thresholds.MinStock }),
			number(func(r ledger.Row) int64 { return r.Thresholds.MaxStock }),
			postgres.Column(list, func(r ledger.Row) *int64 { return r.Thresholds.ReorderPoint }),
			number(func(r ledger.Row) int64 { return r.Thresholds.ReorderQty }),
			number(func(r ledger.Row) int64 { return r.Version }),
			postgres.Column(list, func(r ledger.Row) string { return clock.Text(r.UpdatedAt) }),
			postgres.Column(list, func(r ledger.Row) bool { return r.LowReported }),
			number(func(r ledger.Row) int64 { return r.Incoming }),
			number(func(r ledger.Row) int64 { return r.Unavailable.Damaged }),
			number(func(r ledger.Row) int64 { return r.Unavailable.QualityControl }),
			number(func(r ledger.Row) int64 { return r.Unavailable.SafetyStock }),
			number(func(r ledger.Row) int64 { return r.Unavailable.Other }),
			postgres.Column(list, func(r ledger.Row) bool { return r.Removed }),
		}
	},
}

// The rows of things that name them.
var (
	rowsOfSKU = &postgres.Lookup[ledger.RowOfSKU, ledger.RowKey, ledger.Row]{
		Set: rows, Load: loadRowsOfSKU,
		Keys: func(keys []ledger.RowOfSKU) []any {
			return []any{
				postgres.Column(keys, func(k ledger.RowOfSKU) string { return k.SKU }),
				postgres.Column(keys, func(k ledger.RowOfSKU) string { return k.StoreID }),
			}
		},
	}
	rowsOfHold     = &postgres.Lookup[string, ledger.RowKey, ledger.Row]{Set: rows, Load: loadRowsOfHold, Keys: idArguments}
	rowsOfTransfer = &postgres.Lookup[string, ledger.RowKey, ledger.Row]{Set: rows, Load: loadRowsOfTransfer, Keys: idArguments}
)

func idArguments(ids []string) []any { return []any{ids} }

func scanRow(s postgres.Scanner) (r ledger.Row, err error) {
	err = s.Scan(&r.ProductID, &r.StoreID, &r.Quantity, &r.Reserved, &r.Thresholds.MinStock, &r.Thresholds.MaxStock,
		&r.Thresholds.ReorderPoint, &r.Thresholds.ReorderQty, &r.Version, engine.Time(&r.UpdatedAt), &r.LowReported, &r.Incoming,
		&r.Unavailable.Damaged, &r.Unavailable.QualityControl, &r.Unavailable.SafetyStock, &r.Unavailable.Other, &r.Removed,
		&r.Product.SKU, &r.Product.Name, &r.Product.Deleted, &r.Product.Version)
	r.Product.ID = r.ProductID
	return r, err
}

func scanKeyedRow(s postgres.Scanner) (ledger.RowKey, ledger.Row, error) {
	r, err := scanRow(s)
	return ledger.RowKey{ProductID: r.ProductID, StoreID: r.StoreID}, r, err
}

// Row implements ledger.Tx.
func (t *Tx) Row(productID, storeID string) (ledger.Row, bool, error) {
	r, found, err := rows.Get(t.tx, ledger.RowKey{ProductID: productID, StoreID: storeID})
	if err != nil {
		return ledger.Row{}, false, fmt.Errorf("read stock row: %w", err)
	}
	if p, known := products.Known(t.tx, productID); found && known { // a change since may have saved it
		r.Product = p
	}
	return r, found, nil
}

// stored returns the row of a key, without its product.
func (t *Tx) stored(r ledger.Row) (ledger.RowKey, ledger.Row, bool, error) {
	key := ledger.RowKey{ProductID: r.ProductID, StoreID: r.StoreID}
	stored, found, err := rows.Get(t.tx, key)
	return key, stored, found, err
}

// InsertRow implements ledger.Tx.
func (t *Tx) InsertRow(r ledger.Row) error {
	key, past, found, err := t.stored(r)
	if err != nil {
		return fmt.Errorf("insert stock row: %w", err)
	}
	if found && (!past.Removed || past.Version != r.Version-1) {
		return ledger.ErrConflict
	}
	r.NewStore = false
	return t.putRow(key, r)
}

// UpdateRow implements ledger.Tx.
func (t *Tx) UpdateRow(r ledger.Row, version int64) error {
	key, before, found, err := t.stored(r)
	if err != nil {
		return fmt.Errorf("update stock row: %w", err)
	}
	if !found || before.Version != version {
		return ledger.ErrConflict
	}
	r.NewStore = false
	return t.putRow(key, r)
}

// RemoveRow implements ledger.Tx.
func (t *Tx) RemoveRow(r ledger.Row, version int64) error {
	key, removed, found, err := t.stored(r)
	if err != nil {
		return fmt.Errorf("remove stock row: %w", err)
	}
	if !found || removed.Removed || removed.Version != version {
		return ledger.ErrConflict
	}
	removed.Removed, removed.LowReported, removed.Version, removed.UpdatedAt = true, false, r.Version, r.UpdatedAt
	return t.putRow(key, removed)
}

func (t *Tx) putRow(key ledger.RowKey, r ledger.Row) error {
	if err := rows.Put(t.tx, key, r); err != nil {
		return fmt.Errorf("write stock row: %w", err)
	}
	return nil
}

// Row implements ledger.Reader.
func (db *DB) Row(ctx context.Context, productID, storeID string) (ledger.Row, bool, error) {
	row, err := scanRow(db.Reader().QueryRow(ctx, sqlRow, productID, storeID))
	row, found, err := postgres.Found(ctx, row, err)
	if err != nil {
		return ledger.Row{}, false, fmt.Errorf("read stock row: %w", err)
	}
	return row, found, nil
}

// RowsOfProduct implements ledger.Reader.
func (db *DB) RowsOfProduct(ctx context.Context, productID string, stores []string) ([]ledger.Row, error) {
	list, err := postgres.Rows(ctx, db.SQL(), scanRow, sqlRowsOfProduct, productID, stores)
	if err != nil {
		return nil, fmt.Errorf("read stock of a product: %w", err)
	}
	return list, nil
}
