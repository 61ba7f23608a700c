package stockdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsCount = `c.seq, c.id, c.store_id, COALESCE(c.reference, ''), c.status, c.lines, c.applied, c.failed, c.actor, c.version,
	c.created_at, c.updated_at`
	sqlCount       = `SELECT ` + columnsCount + ` FROM counts c WHERE c.id = ?`
	sqlAuditCounts = `SELECT ` + columnsCount + ` FROM counts c`
	sqlInsertCount = `INSERT INTO counts (id, store_id, reference, status, lines, applied, failed, actor, version, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlUpdateCount = `UPDATE counts SET status = ?, lines = ?, applied = ?, failed = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?`

	columnsCountLine = `l.product_id, l.counted, l.quantity, l.row_version, l.counted_at, l.state, COALESCE(l.failure, ''), COALESCE(l.claimed, 0)`
	sqlCountLine     = `SELECT ` + columnsCountLine + ` FROM count_lines l WHERE l.count_id = ? AND l.product_id = ?`
	sqlSaveCountLine = `INSERT INTO count_lines (count_id, product_id, counted, quantity, row_version, counted_at, state)
	VALUES (?, ?, ?, ?, ?, ?, 'counted') ON CONFLICT DO UPDATE SET counted = excluded.counted, quantity = excluded.quantity,
		row_version = excluded.row_version, counted_at = excluded.counted_at WHERE state = 'counted'`
	sqlCountLines = `SELECT ` + columnsCountLine + ` FROM count_lines l WHERE l.count_id = ? AND l.state = ? AND l.product_id > ?
	ORDER BY l.product_id LIMIT ?`
	sqlEndCountLine = `UPDATE count_lines SET state = ?, failure = ?, claimed = ? WHERE count_id = ? AND product_id = ? AND state = ?`

	sqlLinesOfCount = `SELECT ` + columnsCountLine + `, p.sku, p.name, p.status = 'deleted', p.version
	FROM count_lines l JOIN products p ON p.id = l.product_id WHERE l.count_id = ? AND l.product_id > ?
	ORDER BY l.product_id LIMIT ?`
	sqlLinesOfCountInState = `SELECT ` + columnsCountLine + `, p.sku, p.name, p.status = 'deleted', p.version
	FROM count_lines l JOIN products p ON p.id = l.product_id WHERE l.count_id = ? AND l.state = ? AND l.product_id > ?
	ORDER BY l.product_id LIMIT ?`
	sqlAuditCountLines = `SELECT l.count_id, ` + columnsCountLine + ` FROM count_lines l`

	sqlReservedOfRows = `SELECT product_id, reserved FROM stock WHERE store_id = ? AND product_id IN (SELECT value FROM json_each(?)) AND reserved > 0`
	// The holds that are held, newest first, with their lines in rows of a store.
	sqlHoldsOfRows = `SELECT l.reservation_id, l.product_id, l.quantity - COALESCE(l.committed, 0) - COALESCE(l.released, 0), l.expires_at, l.created_at
	FROM holds h CROSS JOIN holds l ON l.reservation_id = h.reservation_id
	WHERE h.state = 'held' AND h.line = 0 AND l.store_id = ?1 AND l.product_id IN (SELECT value FROM json_each(?2))
		AND l.quantity - COALESCE(l.committed, 0) - COALESCE(l.released, 0) > 0
	ORDER BY h.created_at DESC, h.reservation_id DESC`
)

// placedCount is a count with its position in the table.
type placedCount struct {
	ledger.Count
	seq int64
}

func scanCount(s sqlite.Scanner) (c placedCount, err error) {
	err = s.Scan(&c.seq, &c.ID, &c.StoreID, &c.Reference, (*string)(&c.Status), &c.Totals.Lines, &c.Totals.Applied, &c.Totals.Failed,
		&c.Actor, &c.Version, engine.Time(&c.CreatedAt), engine.Time(&c.UpdatedAt))
	return c, err
}

// scanCountLine reads the columns of columnsCountLine, after those of before and before
// those of after.
func scanCountLine(s sqlite.Scanner, before, after []any) (l ledger.CountLine, err error) {
	columns := append(slices.Clone(before), &l.ProductID, &l.Counted, &l.Quantity, &l.RowVersion, engine.Time(&l.CountedAt), (*string)(&l.State),
		(*string)(&l.Failure), &l.Claimed)
	err = s.Scan(append(columns, after...)...)
	return l, err
}

// Count implements ledger.CountTx.
func (t *Tx) Count(id string) (ledger.Count, bool, error) {
	count, found, err := sqlite.Found(scanCount(t.tx.QueryRow(sqlCount, id)))
	if err != nil {
		err = fmt.Errorf("read count: %w", err)
	}
	return count.Count, found, err
}

// InsertCount implements ledger.CountTx.
func (t *Tx) InsertCount(c ledger.Count) error {
	_, _, err := t.tx.Exec(sqlInsertCount, c.ID, c.StoreID, sqlite.Nullable(c.Reference), string(c.Status), c.Totals.Lines, c.Totals.Applied,
		c.Totals.Failed, c.Actor, c.Version, clock.Text(c.CreatedAt), clock.Text(c.UpdatedAt))
	if err != nil {
		return fmt.Errorf("insert count: %w", err)
	}
	return nil
}

// UpdateCount implements ledger.CountTx.
func (t *Tx) UpdateCount(c ledger.Count, version int64) error {
	updated, _, err := t.tx.Exec(sqlUpdateCount, string(c.Status), c.Totals.Lines, c.Totals.Applied, c.Totals.Failed, c.Version,
		clock.Text(c.UpdatedAt), c.ID, version)
	return guarded("update count", updated, err)
}

// CountLine implements ledger.CountTx.
func (t *Tx) CountLine(countID, productID string) (ledger.CountLine, bool, error) {
	line, found, err := sqlite.Found(scanCountLine(t.tx.QueryRow(sqlCountLine, countID, productID), nil, nil))
	if err != nil {
		err = fmt.Errorf("read line of count: %w", err)
	}
	return line, found, err
}

// SaveCountLine implements ledger.CountTx.
func (t *Tx) SaveCountLine(countID string, l ledger.CountLine) error {
	saved, _, err := t.tx.Exec(sqlSaveCountLine, countID, l.ProductID, l.Counted, l.Quantity, l.RowVersion, clock.Text(l.CountedAt))
	return guarded("save line of count", saved, err)
}

// CountLines implements ledger.CountTx.
func (t *Tx) CountLines(countID string, state ledger.CountLineState, after string, limit int) (lines []ledger.CountLine, err error) {
	err = t.tx.Query(func(s sqlite.Scanner) error {
		l, err := scanCountLine(s, nil, nil)
		lines = append(lines, l)
		return err
	}, sqlCountLines, countID, string(state), after, limit)
	if err != nil {
		return nil, fmt.Errorf("read lines of count: %w", err)
	}
	return lines, nil
}

// EndCountLine implements ledger.CountTx.
func (t *Tx) EndCountLine(countID string, from ledger.CountLineState, l ledger.CountLine) error {
	var claimed any
	if l.Failure == ledger.FailureClaimed {
		claimed = l.Claimed
	}
	ended, _, err := t.tx.Exec(sqlEndCountLine, string(l.State), sqlite.Nullable(string(l.Failure)), claimed, countID, l.ProductID, string(from))
	return guarded("end line of count", ended, err)
}

// guarded returns ErrConflict for a statement whose guard found another version or
// state.
func guarded(what string, changed int64, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if changed == 0 {
		return ledger.ErrConflict
	}
	return nil
}

// Count implements ledger.CountReader.
func (db *DB) Count(ctx context.Context, id string) (ledger.Count, bool, error) {
	count, found, err := sqlite.Found(scanCount(db.Reader().QueryRowContext(ctx, sqlCount, id)))
	if err != nil {
		err = fmt.Errorf("read count: %w", err)
	}
	return count.Count, found, err
}

// countPage returns the statement of a page of the counts before a seq, and its
// arguments. The store of f is among its stores. Each of its parts has one index in order, and no count is in two of them.
func countPage(f ledger.CountFilter, before int64, limit int) (string, []any) {
	stores := f.Stores
	if f.StoreID != nil {
		stores = []string{*f.StoreID}
	}
	var filter string
	var filterArgs []any
	if f.Status != nil {
		filter, filterArgs = ` AND status = ?`, []any{string(*f.Status)}
	}
	var parts []string
	var args []any
	part := func(where string, values ...any) {
		parts = append(parts, `SELECT seq FROM counts WHERE `+where+filter+` AND seq < ?`)
		args = append(append(append(args, values...), filterArgs...), before)
	}
	switch {
	case stores == nil:
		part(`TRUE`)
	case len(stores) > maxMerged:
		part(`store_id IN (SELECT value FROM json_each(?))`, sqlite.List(stores))
	default:
		for _, store := range stores {
			part(`store_id = ?`, store)
		}
	}
	return `SELECT ` + columnsCount + ` FROM (` + strings.Join(parts, ` UNION ALL `) + ` ORDER BY seq DESC LIMIT ?) k
	CROSS JOIN counts c ON c.seq = k.seq ORDER BY k.seq DESC`, append(args, limit)
}

// Counts implements ledger.CountReader.
func (db *DB) Counts(ctx context.Context, f ledger.CountFilter, page paging.Page) (list paging.List[ledger.Count], err error) {
	if f.Stores != nil && (len(f.Stores) == 0 || f.StoreID != nil && !slices.Contains(f.Stores, *f.StoreID)) {
		return list, nil
	}
	before := int64(1<<63 - 1)
	if page.After != nil {
		before, _ = page.After[0].(int64)
	}
	query, args := countPage(f, before, page.Limit+1)
	counts, err := sqlite.Rows(ctx, db.SQL(), scanCount, query, args...)
	if err != nil {
		return list, fmt.Errorf("read counts: %w", err)
	}
	placed := paging.Of(page, counts, 0, func(c placedCount) paging.Key { return paging.Key{c.seq} })
	return paging.Map(placed, func(c placedCount) ledger.Count { return c.Count }), nil
}

// LinesOfCount implements ledger.CountReader.
func (db *DB) LinesOfCount(
	ctx context.Context, id string, state *ledger.CountLineState, page paging.Page,
) (list paging.List[ledger.CountLine], err error) {
	after := ""
	if page.After != nil {
		after, _ = page.After[0].(string)
	}
	query, args := sqlLinesOfCount, []any{id, after, page.Limit + 1}
	if state != nil {
		query, args = sqlLinesOfCountInState, []any{id, string(*state), after, page.Limit + 1}
	}
	lines, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (ledger.CountLine, error) {
		var p ledger.Product
		l, err := scanCountLine(s, nil, []any{&p.SKU, &p.Name, &p.Deleted, &p.Version})
		l.Product, l.Product.ID = p, l.ProductID
		return l, err
	}, query, args...)
	if err != nil {
		return list, fmt.Errorf("read lines of count: %w", err)
	}
	return paging.Of(page, lines, 0, func(l ledger.CountLine) paging.Key { return paging.Key{l.ProductID} }), nil
}

// errEnough ends a query.
var errEnough = errors.New("enough")

// HoldsOfRows implements ledger.CountReader. It reads the holds that are held until
// those of the rows add up to the reserved units. An index of the holds by row would
// find them at once, but each new hold would have to write it, and lines seldom fail.
func (db *DB) HoldsOfRows(ctx context.Context, storeID string, productIDs []string, limit int) (map[string][]ledger.HeldUnits, error) {
	holds, missing := map[string][]ledger.HeldUnits{}, map[string]int64{}
	products := sqlite.List(productIDs)
	err := db.DB.Snapshot(ctx, func(s *sqlite.Snapshot) error {
		err := s.Each(func(row sqlite.Scanner) error {
			var product string
			var reserved int64
			err := row.Scan(&product, &reserved)
			missing[product] = reserved
			return err
		}, sqlReservedOfRows, storeID, products)
		if err != nil || len(missing) == 0 {
			return err
		}
		return s.Each(func(row sqlite.Scanner) error {
			var h ledger.HeldUnits
			var product string
			if err := row.Scan(&h.ReservationID, &product, &h.Quantity, engine.Time(&h.ExpiresAt), engine.Time(&h.CreatedAt)); err != nil {
				return err
			}
			if len(holds[product]) < limit {
				holds[product] = append(holds[product], h)
			}
			if missing[product] -= h.Quantity; missing[product] == 0 || len(holds[product]) == limit {
				delete(missing, product)
			}
			if len(missing) == 0 {
				return errEnough
			}
			return nil
		}, sqlHoldsOfRows, storeID, products)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read holds of rows: %w", err)
	}
	return holds, nil
}

// Counts implements ledger.Snapshot.
func (s snapshot) Counts(each func(ledger.Count) error) error {
	err := s.Each(func(row sqlite.Scanner) error {
		count, err := scanCount(row)
		if err != nil {
			return err
		}
		return each(count.Count)
	}, sqlAuditCounts)
	if err != nil {
		return fmt.Errorf("audit counts: %w", err)
	}
	return nil
}

// CountLines implements ledger.Snapshot.
func (s snapshot) CountLines(each func(string, ledger.CountLine) error) error {
	err := s.Each(func(row sqlite.Scanner) error {
		var id string
		line, err := scanCountLine(row, []any{&id}, nil)
		if err != nil {
			return err
		}
		return each(id, line)
	}, sqlAuditCountLines)
	if err != nil {
		return fmt.Errorf("audit lines of counts: %w", err)
	}
	return nil
}
