package stockpg

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsCount = `c.seq, c.id, c.store_id, COALESCE(c.reference, ''), c.status, c.lines, c.applied, c.failed, c.actor, c.version,
	c.created_at, c.updated_at`
	loadCounts = `SELECT ` + columnsCount + ` FROM counts c WHERE c.id = ANY($1)`
	newCounts  = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[],
	$10::text[], $11::text[]) WITH ORDINALITY
	AS n (id, store_id, reference, status, lines, applied, failed, actor, version, created_at, updated_at, place)`
	insertCounts = `INSERT INTO counts (id, store_id, reference, status, lines, applied, failed, actor, version, created_at, updated_at)
SELECT n.id, n.store_id, n.reference, n.status, n.lines, n.applied, n.failed, n.actor, n.version, n.created_at, n.updated_at
FROM ` + newCounts + ` ORDER BY n.place`
	updateCounts = `UPDATE counts c SET status = n.status, lines = n.lines, applied = n.applied, failed = n.failed, version = n.version,
	updated_at = n.updated_at FROM ` + newCounts + ` WHERE c.id = n.id AND c.version < n.version`

	columnsCountLine = `l.count_id, l.product_id, l.counted, l.quantity, l.row_version, l.counted_at, l.state, COALESCE(l.failure, ''), COALESCE(l.claimed, 0)`
	loadCountLines   = `SELECT ` + columnsCountLine + ` FROM unnest($1::text[], $2::text[]) AS n (count_id, product_id)
	JOIN count_lines l ON l.count_id = n.count_id AND l.product_id = n.product_id`
	newCountLines = `unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[])
	AS n (count_id, product_id, counted, quantity, row_version, counted_at, state, failure, claimed)`
	insertCountLines = `INSERT INTO count_lines (count_id, product_id, counted, quantity, row_version, counted_at, state, failure, claimed)
SELECT n.count_id, n.product_id, n.counted, n.quantity, n.row_version, n.counted_at, n.state, n.failure, n.claimed FROM ` + newCountLines
	updateCountLines = `UPDATE count_lines l SET counted = n.counted, quantity = n.quantity, row_version = n.row_version,
	counted_at = n.counted_at, state = n.state, failure = n.failure, claimed = n.claimed
FROM ` + newCountLines + ` WHERE l.count_id = n.count_id AND l.product_id = n.product_id`

	sqlCount           = `SELECT ` + columnsCount + ` FROM counts c WHERE c.id = $1`
	sqlAuditCounts     = `SELECT ` + columnsCount + ` FROM counts c`
	sqlAuditCountLines = `SELECT ` + columnsCountLine + ` FROM count_lines l`
	sqlCountLinesIn    = `SELECT ` + columnsCountLine + ` FROM count_lines l WHERE l.count_id = $1 AND l.state = $2 AND l.product_id > $3
	ORDER BY l.product_id LIMIT $4`
	selectLinesOfCount = `SELECT ` + columnsCountLine + `, p.sku, p.name, p.deleted, p.version
	FROM count_lines l JOIN products p ON p.id = l.product_id WHERE l.count_id = $1 AND l.product_id > $2`
	sqlLinesOfCount        = selectLinesOfCount + ` ORDER BY l.product_id LIMIT $3`
	sqlLinesOfCountInState = selectLinesOfCount + ` AND l.state = $4 ORDER BY l.product_id LIMIT $3`

	sqlReservedOfRows = `SELECT product_id, reserved FROM stock WHERE store_id = $1 AND product_id = ANY($2::text[]) AND reserved > 0`
	// The holds that are held, newest first, with their lines in rows of a store.
	sqlHoldsOfRows = `SELECT h.reservation_id, l.product_id, l.quantity - l.committed - l.released, h.expires_at, h.created_at
	FROM holds h CROSS JOIN LATERAL jsonb_to_recordset(h.lines)
		AS l (product_id text, store_id text, quantity bigint, committed bigint, released bigint)
	WHERE h.state = 'held' AND l.store_id = $1 AND l.product_id = ANY($2::text[]) AND l.quantity - l.committed - l.released > 0
	ORDER BY h.created_at DESC, h.reservation_id DESC`
)

// placedCount is a count with its place in the table.
type placedCount struct {
	ledger.Count
	seq int64
}

func scanCount(s postgres.Scanner) (c placedCount, err error) {
	err = s.Scan(&c.seq, &c.ID, &c.StoreID, &c.Reference, (*string)(&c.Status), &c.Totals.Lines, &c.Totals.Applied, &c.Totals.Failed,
		&c.Actor, &c.Version, engine.Time(&c.CreatedAt), engine.Time(&c.UpdatedAt))
	return c, err
}

var counts = &postgres.Set[string, placedCount]{
	Name: "counts",
	Load: loadCounts,
	Keys: idArguments,
	Scan: func(s postgres.Scanner) (string, placedCount, error) {
		c, err := scanCount(s)
		return c.ID, c, err
	},
	Insert: insertCounts,
	Update: updateCounts,
	Columns: func(list []placedCount) []any {
		text := func(of func(placedCount) string) []string { return postgres.Column(list, of) }
		number := func(of func(placedCount) int64) []int64 { return postgres.Column(list, of) }
		return []any{
			text(func(c placedCount) string { return c.ID }),
			text(func(c placedCount) string { return c.StoreID }),
			postgres.Column(list, func(c placedCount) *string { return postgres.Nullable(c.Reference) }),
			text(func(c placedCount) string { return string(c.Status) }),
			number(func(c placedCount) int64 { return c.Totals.Lines }),
			number(func(c placedCount) int64 { return c.Totals.Applied }),
			number(func(c placedCount) int64 { return c.Totals.Failed }),
			text(func(c placedCount) string { return c.Actor }),
			number(func(c placedCount) int64 { return c.Version }),
			text(func(c placedCount) string { return clock.Text(c.CreatedAt) }),
			text(func(c placedCount) string { return clock.Text(c.UpdatedAt) }),
		}
	},
}

// storedLine is a line with its count.
type storedLine struct {
	ledger.CountLine
	countID string
}

// scanCountLine reads the columns of columnsCountLine, and those of after.
func scanCountLine(s postgres.Scanner, after ...any) (l storedLine, err error) {
	err = s.Scan(append([]any{
		&l.countID, &l.ProductID, &l.Counted, &l.Quantity, &l.RowVersion, engine.Time(&l.CountedAt), (*string)(&l.State),
		(*string)(&l.Failure), &l.Claimed,
	}, after...)...)
	return l, err
}

var countLines = &postgres.Set[ledger.CountLineKey, storedLine]{
	Name: "count_lines",
	Load: loadCountLines,
	Keys: func(keys []ledger.CountLineKey) []any {
		return []any{
			postgres.Column(keys, func(k ledger.CountLineKey) string { return k.CountID }),
			postgres.Column(keys, func(k ledger.CountLineKey) string { return k.ProductID }),
		}
	},
	Scan: func(s postgres.Scanner) (ledger.CountLineKey, storedLine, error) {
		l, err := scanCountLine(s)
		return ledger.CountLineKey{CountID: l.countID, ProductID: l.ProductID}, l, err
	},
	Insert: insertCountLines,
	Update: updateCountLines,
	Columns: func(list []storedLine) []any {
		number := func(of func(storedLine) int64) []int64 { return postgres.Column(list, of) }
		return []any{
			postgres.Column(list, func(l storedLine) string { return l.countID }),
			postgres.Column(list, func(l storedLine) string { return l.ProductID }),
			number(func(l storedLine) int64 { return l.Counted }),
			number(func(l storedLine) int64 { return l.Quantity }),
			number(func(l storedLine) int64 { return l.RowVersion }),
			postgres.Column(list, func(l storedLine) string { return clock.Text(l.CountedAt) }),
			postgres.Column(list, func(l storedLine) string { return string(l.State) }),
			postgres.Column(list, func(l storedLine) *string { return postgres.Nullable(string(l.Failure)) }),
			postgres.Column(list, func(l storedLine) *int64 {
				if l.Failure != ledger.FailureClaimed {
					return nil
				}
				return &l.Claimed
			}),
		}
	},
}

// Count implements ledger.CountTx.
func (t *Tx) Count(id string) (ledger.Count, bool, error) {
	c, found, err := counts.Get(t.tx, id)
	if err != nil {
		err = fmt.Errorf("read count: %w", err)
	}
	return c.Count, found, err
}

// InsertCount implements ledger.CountTx.
func (t *Tx) InsertCount(c ledger.Count) error {
	_, found, err := t.Count(c.ID)
	if err == nil && found {
		return ledger.ErrConflict
	}
	if err == nil {
		err = t.putCount(placedCount{Count: c})
	}
	return err
}

// UpdateCount implements ledger.CountTx.
func (t *Tx) UpdateCount(c ledger.Count, version int64) error {
	before, found, err := counts.Get(t.tx, c.ID)
	if err != nil {
		return fmt.Errorf("read count: %w", err)
	}
	if !found || before.Version != version {
		return ledger.ErrConflict
	}
	before.Status, before.Totals, before.Version, before.UpdatedAt = c.Status, c.Totals, c.Version, c.UpdatedAt
	return t.putCount(before)
}

func (t *Tx) putCount(c placedCount) error {
	c.Lines, c.NewStore = nil, false
	if err := counts.Put(t.tx, c.ID, c); err != nil {
		return fmt.Errorf("write count: %w", err)
	}
	return nil
}

// CountLine implements ledger.CountTx.
func (t *Tx) CountLine(countID, productID string) (ledger.CountLine, bool, error) {
	l, found, err := countLines.Get(t.tx, ledger.CountLineKey{CountID: countID, ProductID: productID})
	if err != nil {
		err = fmt.Errorf("read line of count: %w", err)
	}
	return l.CountLine, found, err
}

// SaveCountLine implements ledger.CountTx.
func (t *Tx) SaveCountLine(countID string, l ledger.CountLine) error {
	before, found, err := t.CountLine(countID, l.ProductID)
	if err != nil {
		return err
	}
	if found && before.State != ledger.LineCounted {
		return ledger.ErrConflict
	}
	l.State, l.Failure, l.Claimed = ledger.LineCounted, "", 0
	return t.putCountLine(countID, l)
}

// EndCountLine implements ledger.CountTx.
func (t *Tx) EndCountLine(countID string, from ledger.CountLineState, l ledger.CountLine) error {
	before, found, err := t.CountLine(countID, l.ProductID)
	if err != nil {
		return err
	}
	if !found || before.State != from {
		return ledger.ErrConflict
	}
	before.State, before.Failure, before.Claimed = l.State, l.Failure, l.Claimed
	return t.putCountLine(countID, before)
}

func (t *Tx) putCountLine(countID string, l ledger.CountLine) error {
	l.Product, l.Holds = ledger.Product{}, nil
	if err := countLines.Put(t.tx, ledger.CountLineKey{CountID: countID, ProductID: l.ProductID}, storedLine{l, countID}); err != nil {
		return fmt.Errorf("write line of count: %w", err)
	}
	return nil
}

// CountLines implements ledger.CountTx. No key describes the lines, so it is a
// statement of its own.
func (t *Tx) CountLines(countID string, state ledger.CountLineState, after string, limit int) (lines []ledger.CountLine, err error) {
	err = t.tx.Query(func(s postgres.Scanner) error {
		l, err := scanCountLine(s)
		lines = append(lines, l.CountLine)
		return err
	}, sqlCountLinesIn, countID, string(state), after, limit)
	if err != nil {
		return nil, fmt.Errorf("read lines of count: %w", err)
	}
	return lines, nil
}

// Count implements ledger.CountReader.
func (db *DB) Count(ctx context.Context, id string) (ledger.Count, bool, error) {
	c, err := scanCount(db.Reader().QueryRow(ctx, sqlCount, id))
	c, found, err := postgres.Found(ctx, c, err)
	if err != nil {
		err = fmt.Errorf("read count: %w", err)
	}
	return c.Count, found, err
}

// countPage returns the statement of a page of the counts that match f.
func countPage(f ledger.CountFilter, page paging.Page) statement {
	l := list{from: "counts c", order: []string{"c.seq"}, back: true, stores: f.Stores, storeColumn: "c.store_id"}
	if f.StoreID != nil {
		l.stores = slices.DeleteFunc([]string{*f.StoreID}, func(id string) bool { return f.Stores != nil && !slices.Contains(f.Stores, id) })
	}
	if f.Status != nil {
		l.where.and("c.status = ?", string(*f.Status))
	}
	var q query
	keys := q.keys([]list{l}, place{after: page.After, limit: page.Limit + 1})
	return statement{"SELECT " + columnsCount + " FROM (" + keys + ") k JOIN counts c ON c.seq = k.k1 ORDER BY k.k1 DESC", q.args}
}

// Counts implements ledger.CountReader.
func (db *DB) Counts(ctx context.Context, f ledger.CountFilter, page paging.Page) (found paging.List[ledger.Count], err error) {
	st := countPage(f, page)
	list, err := postgres.Rows(ctx, db.SQL(), scanCount, st.text, st.args...)
	if err != nil {
		return found, fmt.Errorf("read counts: %w", err)
	}
	placed := paging.Of(page, list, 0, func(c placedCount) paging.Key { return paging.Key{c.seq} })
	return paging.Map(placed, func(c placedCount) ledger.Count { return c.Count }), nil
}

// LinesOfCount implements ledger.CountReader.
func (db *DB) LinesOfCount(
	ctx context.Context, id string, state *ledger.CountLineState, page paging.Page,
) (found paging.List[ledger.CountLine], err error) {
	after := ""
	if page.After != nil {
		after, _ = page.After[0].(string)
	}
	st := statement{sqlLinesOfCount, []any{id, after, page.Limit + 1}}
	if state != nil {
		st = statement{sqlLinesOfCountInState, append(st.args, string(*state))}
	}
	lines, err := postgres.Rows(ctx, db.SQL(), func(s postgres.Scanner) (ledger.CountLine, error) {
		var p ledger.Product
		l, err := scanCountLine(s, &p.SKU, &p.Name, &p.Deleted, &p.Version)
		l.Product, l.Product.ID = p, l.ProductID
		return l.CountLine, err
	}, st.text, st.args...)
	if err != nil {
		return found, fmt.Errorf("read lines of count: %w", err)
	}
	return paging.Of(page, lines, 0, func(l ledger.CountLine) paging.Key { return paging.Key{l.ProductID} }), nil
}

// errEnough ends a query.
var errEnough = errors.New("enough")

// HoldsOfRows implements ledger.CountReader. It reads the holds that are held until
// those of the rows add up to the reserved units. An index of the holds by row would
// find them at once, but each new hold would have to write it, and lines seldom fail.
func (db *DB) HoldsOfRows(ctx context.Context, storeID string, productIDs []string, limit int) (map[string][]ledger.HeldUnits, error) {
	held, missing := map[string][]ledger.HeldUnits{}, map[string]int64{}
	err := db.SQL().Snapshot(ctx, func(s *postgres.Snapshot) error {
		err := s.Each(func(record postgres.Scanner) error {
			var product string
			var reserved int64
			err := record.Scan(&product, &reserved)
			missing[product] = reserved
			return err
		}, sqlReservedOfRows, storeID, productIDs)
		if err != nil || len(missing) == 0 {
			return err
		}
		return s.Each(func(record postgres.Scanner) error {
			var h ledger.HeldUnits
			var product string
			if err := record.Scan(&h.ReservationID, &product, &h.Quantity, engine.Time(&h.ExpiresAt), engine.Time(&h.CreatedAt)); err != nil {
				return err
			}
			if len(held[product]) < limit {
				held[product] = append(held[product], h)
			}
			if missing[product] -= h.Quantity; missing[product] == 0 || len(held[product]) == limit {
				delete(missing, product)
			}
			if len(missing) == 0 {
				return errEnough
			}
			return nil
		}, sqlHoldsOfRows, storeID, productIDs)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read holds of rows: %w", err)
	}
	return held, nil
}

// Counts implements ledger.Snapshot.
func (s snapshot) Counts(each func(ledger.Count) error) error {
	err := s.Each(func(record postgres.Scanner) error {
		c, err := scanCount(record)
		if err != nil {
			return err
		}
		return each(c.Count)
	}, sqlAuditCounts)
	if err != nil {
		return fmt.Errorf("audit counts: %w", err)
	}
	return nil
}

// CountLines implements ledger.Snapshot.
func (s snapshot) CountLines(each func(string, ledger.CountLine) error) error {
	err := s.Each(func(record postgres.Scanner) error {
		l, err := scanCountLine(record)
		if err != nil {
			return err
		}
		return each(l.countID, l.CountLine)
	}, sqlAuditCountLines)
	if err != nil {
		return fmt.Errorf("audit lines of counts: %w", err)
	}
	return nil
}
