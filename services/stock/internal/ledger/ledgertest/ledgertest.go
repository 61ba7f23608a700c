// Package ledgertest checks the invariants of the ledger in a database: the
// conditions that the tables must satisfy after every change.
package ledgertest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"inventory.example/pkg/outbox"
)

// Auditor checks one database. It reads the events that were written since its
// last Check, so that it can check after every change of a long test. Create it
// with New; it is not safe for concurrent use.
type Auditor struct {
	db     *sql.DB
	events Events
	fold   fold
}

// Events returns some of the events whose seq is greater than after, in their
// order; none at the end of the table.
type Events func(ctx context.Context, after int64) ([]outbox.Row, error)

// New returns an Auditor of the database that db and events read.
func New(db *sql.DB, events Events) *Auditor {
	return &Auditor{db: db, events: events, fold: newFold()}
}

// Check returns all violations, nil if there are none:
//   - 0 ≤ reserved and 0 ≤ available = quantity − reserved − all unavailable units;
//   - reserved is the sum of the row's holds in state held;
//   - quantity is the sum of the row's movements, and each movement has the
//     quantity after it;
//   - the totals of the lists are those of the rows;
//   - incoming is the sum of the transfers on the way, and the movements of a
//     transfer are its shipped and arrived units;
//   - the movements of a count are the differences of its applied lines;
//   - the events alone give the rows, the settled holds, the transfers and the counts, each change of a
//     row being the next version and exactly one event.
func (a *Auditor) Check(ctx context.Context) (wrong []string) {
	for _, c := range slices.Concat(checks, transferChecks, countChecks) {
		list, err := a.violations(ctx, c.query)
		if err != nil {
			return append(wrong, fmt.Sprintf("%s: %v", c.name, err))
		}
		for _, key := range list {
			wrong = append(wrong, c.name+": "+key)
		}
	}
	if err := a.read(ctx); err != nil {
		return append(wrong, err.Error())
	}
	more, err := a.compare(ctx)
	if err != nil {
		return append(wrong, err.Error())
	}
	return append(wrong, more...)
}

// checks are queries for the keys of the rows that violate a rule.
var checks = []struct{ name, query string }{
	{"0 ≤ reserved, 0 ≤ available", `SELECT product_id || ' ' || store_id FROM stock WHERE NOT (0 <= reserved
		AND 0 <= quantity - reserved - damaged - quality_control - safety_stock - other AND available = quantity - reserved
			- damaged - quality_control - safety_stock - other)`},
	{"reserved = sum of held lines", `SELECT s.product_id || ' ' || s.store_id FROM stock s WHERE s.reserved <> COALESCE((
		SELECT SUM(h.quantity - COALESCE(h.committed, 0) - COALESCE(h.released, 0)) FROM holds h
		WHERE h.product_id = s.product_id AND h.store_id = s.store_id AND h.state = 'held'), 0)`},
	{"quantity = sum of movements", `SELECT s.product_id || ' ' || s.store_id FROM stock s WHERE s.quantity <> COALESCE((
		SELECT SUM(m.change) FROM movements m WHERE m.product_id = s.product_id AND m.store_id = s.store_id), 0)`},
	{"a movement has the quantity after it", `SELECT seq FROM (SELECT seq, quantity,
		SUM(change) OVER (PARTITION BY product_id, store_id ORDER BY seq) AS total FROM movements) WHERE quantity <> total`},
	{"unavailable = the changes of state", `SELECT s.product_id || ' ' || s.store_id FROM stock s WHERE EXISTS (
		SELECT 1 FROM (SELECT 'damaged' AS state, s.damaged AS units UNION ALL SELECT 'quality_control', s.quality_control
			UNION ALL SELECT 'safety_stock', s.safety_stock UNION ALL SELECT 'other', s.other) u
		WHERE u.units <> COALESCE((SELECT SUM(IIF(m.to_state = u.state, m.units, 0) - IIF(m.from_state = u.state, m.units, 0))
			FROM movements m WHERE m.product_id = s.product_id AND m.store_id = s.store_id), 0))`},
	{"the lines of a hold share its state", `SELECT reservation_id FROM holds GROUP BY reservation_id
		HAVING COUNT(DISTINCT state) > 1 OR COUNT(*) <> MAX(line) + 1`},
	{"the lines of a hold all have totals, or none has", `SELECT reservation_id FROM holds GROUP BY reservation_id
		HAVING COUNT(committed) NOT IN (0, COUNT(*)) OR COUNT(released) <> COUNT(committed)
		OR COUNT(returned) <> COUNT(committed) OR COUNT(restocked) <> COUNT(committed)`},
	{"the state of a hold follows from its totals", `SELECT reservation_id FROM holds WHERE committed IS NOT NULL GROUP BY reservation_id
		HAVING MIN(state) <> CASE WHEN SUM(quantity - committed - released) > 0 THEN 'held'
		WHEN SUM(committed) > 0 THEN 'committed' ELSE 'released' END`},
	{"no more is restocked than was returned", `SELECT reservation_id || ' ' || product_id FROM (
		SELECT reservation_id, product_id, COALESCE(returned, 0) - COALESCE(restocked, 0) AS units FROM holds WHERE product_id IS NOT NULL
		UNION ALL SELECT reservation_id, product_id, -restocked FROM restocks)
		GROUP BY reservation_id, product_id HAVING SUM(units) < 0`},
	{"listed = the product is not deleted", `SELECT s.product_id || ' ' || s.store_id FROM stock s JOIN products p ON p.id = s.product_id
		WHERE s.listed <> (p.status = 'active' AND NOT s.removed)`},
	{"the totals of movements", `SELECT product_id || ' ' || store_id || ' ' || actor FROM (
		SELECT product_id, store_id, actor, movements FROM movement_totals
		UNION ALL SELECT product_id, store_id, COALESCE(actor, ''), -1 FROM movements)
		GROUP BY product_id, store_id, actor HAVING SUM(movements) <> 0`},
	{"the totals of a store", `SELECT store_id || ' ' || SUM(rows) || ' ' || SUM(low) FROM (
		SELECT store_id, rows, low FROM store_totals
		UNION ALL SELECT store_id, removed - 1, -(` + low + `) FROM stock UNION ALL SELECT '', removed - 1, -(` + low + `) FROM stock)
		GROUP BY store_id HAVING SUM(rows) <> 0 OR SUM(low) <> 0`},
	{"the units of a store", `SELECT store_id || ' ' || SUM(quantity) || ' ' || SUM(reserved) || ' ' || SUM(out) || ' ' || SUM(unavailable) FROM (
		SELECT store_id, quantity, reserved, out, unavailable FROM store_units
		UNION ALL SELECT store_id, -quantity, -reserved, -(listed = 1 AND available = 0), available + reserved - quantity FROM stock)
		GROUP BY store_id HAVING SUM(quantity) <> 0 OR SUM(reserved) <> 0 OR SUM(out) <> 0 OR SUM(unavailable) <> 0`},
	{"the totals of available units", `SELECT store_id || ' ' || level || ' ' || bucket || ' ' || SUM(rows) FROM (
		SELECT store_id, level, bucket, rows FROM available_totals
		UNION ALL SELECT store_id, value, available >> (6 * value), -1 FROM stock, json_each('[0, 1, 2, 3, 4]') WHERE listed = 1
		UNION ALL SELECT '', value, available >> (6 * value), -1 FROM stock, json_each('[0, 1, 2, 3, 4]') WHERE listed = 1)
		GROUP BY store_id, level, bucket HAVING SUM(rows) <> 0`},
}

// low is the condition of a row that the list of low stock has.
const low = `listed = 1 AND available <= COALESCE(reorder_point, 10)`

func (a *Auditor) violations(ctx context.Context, query string) (list []string, err error) {
	rows, err := a.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		list = append(list, key)
	}
	return list, rows.Err()
}

// compare compares the tables with the events.
func (a *Auditor) compare(ctx context.Context) (wrong []string, err error) {
	wrong, err = a.compareRows(ctx)
	if err != nil {
		return nil, err
	}
	holds, err := a.compareHolds(ctx)
	if err != nil {
		return nil, err
	}
	transfers, err := a.compareTransfers(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := a.compareCounts(ctx)
	return slices.Concat(wrong, holds, transfers, counts), err
}

func (a *Auditor) compareRows(ctx context.Context) (wrong []string, err error) {
	rows, err := a.db.QueryContext(ctx, `SELECT product_id, store_id, quantity, reserved, version, updated_at,
	damaged, quality_control, safety_stock, other, removed FROM stock`)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	seen := 0
	for rows.Next() {
		var k rowKey
		var have row
		if err := rows.Scan(&k.product, &k.store, &have.quantity, &have.reserved, &have.version, &have.at, &have.unavailable.Damaged,
			&have.unavailable.QualityControl, &have.unavailable.SafetyStock, &have.unavailable.Other, &have.removed); err != nil {
			return nil, err
		}
		seen++
		if told := a.fold.rows[k]; told == nil || *told != have {
			wrong = append(wrong, fmt.Sprintf("row %v is %+v, by its events %+v", k, have, told))
		}
	}
	if seen != len(a.fold.rows) {
		wrong = append(wrong, fmt.Sprintf("%d rows, by the events %d", seen, len(a.fold.rows)))
	}
	return wrong, rows.Err()
}

// compareHolds leaves tombstones out: they have no event.
func (a *Auditor) compareHolds(ctx context.Context) (wrong []string, err error) {
	rows, err := a.db.QueryContext(ctx, `SELECT reservation_id, product_id, store_id, quantity,
	COALESCE(committed, IIF(state = 'committed', quantity, 0)), COALESCE(released, IIF(state = 'released', quantity, 0)),
	COALESCE(restocked, 0) FROM holds WHERE product_id IS NOT NULL
	UNION ALL SELECT reservation_id, product_id, store_id, 0, 0, 0, restocked FROM restocks`)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	lines, returned := 0, 0
	for rows.Next() {
		var l lineKey
		var have line
		var restocked int64
		if err := rows.Scan(&l.reservation, &l.product, &l.store, &have.quantity, &have.committed, &have.released, &restocked); err != nil {
			return nil, err
		}
		if restocked > 0 {
			returned++
		}
		if told := a.fold.returned[l]; told != restocked {
			wrong = append(wrong, fmt.Sprintf("hold %v has %d units restocked, by its events %d", l, restocked, told))
		}
		if have.quantity == 0 {
			continue
		}
		lines++
		if told := a.fold.lines[l]; told == nil || *told != have {
			wrong = append(wrong, fmt.Sprintf("hold %v is %+v, by its events %+v", l, have, told))
		}
	}
	if lines != len(a.fold.lines) || returned != len(a.fold.returned) {
		wrong = append(wrong, fmt.Sprintf("%d lines of holds and %d rows with returned units, by the events %d and %d",
			lines, returned, len(a.fold.lines), len(a.fold.returned)))
	}
	return wrong, rows.Err()
}

func firstError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
