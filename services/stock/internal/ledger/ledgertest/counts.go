package ledgertest

import (
	"context"
	"fmt"
	"maps"
)

// countChecks are the rules of counts, as in checks.
var countChecks = []struct{ name, query string }{
	{"an applied line = the movements of its count", `SELECT c.id || ' ' || l.product_id FROM counts c JOIN count_lines l ON l.count_id = c.id
		WHERE IIF(l.state = 'applied', l.counted - l.quantity, 0) <> COALESCE((SELECT SUM(change) FROM movements m
		WHERE m.count_id = c.id AND m.product_id = l.product_id AND m.store_id = c.store_id), 0)`},
	{"the totals of a count", `SELECT id FROM counts c WHERE (lines, applied, failed) <> (SELECT COUNT(*),
		COUNT(*) FILTER (WHERE state = 'applied'), COUNT(*) FILTER (WHERE state = 'failed') FROM count_lines l WHERE l.count_id = c.id)`},
	{"the status of a count", `SELECT id FROM counts WHERE status IN ('open', 'discarded') AND applied + failed > 0
		OR status = 'applied' AND applied + failed < lines`},
}

// countedKey is a row that a count moved.
type countedKey struct {
	count string
	rowKey
}

// compareCounts compares the applied lines with the events.
func (a *Auditor) compareCounts(ctx context.Context) (wrong []string, err error) {
	rows, err := a.db.QueryContext(ctx, `SELECT c.id, l.product_id, c.store_id, l.counted - l.quantity
	FROM counts c JOIN count_lines l ON l.count_id = c.id WHERE l.state = 'applied' AND l.counted <> l.quantity`)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	have := map[countedKey]int64{}
	for rows.Next() {
		var k countedKey
		var units int64
		if err := rows.Scan(&k.count, &k.product, &k.store, &units); err != nil {
			return nil, err
		}
		have[k] = units
	}
	if !maps.Equal(have, a.fold.counted) {
		wrong = append(wrong, fmt.Sprintf("counts booked %+v, by the events %+v", have, a.fold.counted))
	}
	return wrong, rows.Err()
}
