package reservationpg

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

const sqlCountByStatus = `SELECT status, SUM(reservations)::bigint FROM settled_totals WHERE product_id = '' AND store_id = '' GROUP BY status
UNION ALL SELECT 'pending', COUNT(*) FROM reservations WHERE status = 'pending'`

var sqlCountByStatusIn = `SELECT status, SUM(reservations)::bigint FROM settled_totals
WHERE product_id = '' AND store_id = '' AND stores <@ $1::text[] GROUP BY status
UNION ALL SELECT 'pending', COUNT(*) FROM reservations r
WHERE r.status = 'pending' AND r.store_id = ANY($1::text[]) AND ` + recordVisible("$1")

// settledCount is one reservation of a product in a store that came to an end.
type settledCount struct {
	productID, storeID string // both empty: of all
	stores             string // JSON
	status             string
}

// settledTotals are added up in the database, so a change reads none of them.
var settledTotals = &postgres.Log[settledCount]{
	Name: "settled_totals",
	Insert: `INSERT INTO settled_totals AS t (product_id, store_id, stores, status, reservations)
SELECT n.product_id, n.store_id, ARRAY(SELECT json_array_elements_text(n.stores::json)), n.status, COUNT(*)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (product_id, store_id, stores, status)
GROUP BY n.product_id, n.store_id, n.stores, n.status
ON CONFLICT (product_id, store_id, stores, status) DO UPDATE SET reservations = t.reservations + excluded.reservations`,
	Columns: func(list []settledCount) []any {
		return []any{
			postgres.Column(list, func(c settledCount) string { return c.productID }),
			postgres.Column(list, func(c settledCount) string { return c.storeID }),
			postgres.Column(list, func(c settledCount) string { return c.stores }),
			postgres.Column(list, func(c settledCount) string { return c.status }),
		}
	},
}

// countSettled counts a reservation that has just got its status, unless it is
// pending: for each of its rows, and once for its stores. None is counted twice: a
// settled reservation keeps its status.
func (t *Tx) countSettled(r reservation.Reservation) error {
	if isPending(r) {
		return nil
	}
	stores := r.Stores()
	slices.Sort(stores)
	all, err := json.Marshal(stores)
	if err != nil {
		return fmt.Errorf("count reservation: %w", err)
	}
	counts := []settledCount{{stores: string(all), status: string(r.Status)}}
	for _, l := range r.AskedLines() {
		counts = append(counts, settledCount{l.ProductID, l.StoreID, string(all), string(r.Status)})
	}
	for _, c := range counts {
		if err := settledTotals.Append(t.tx, c); err != nil {
			return fmt.Errorf("count reservation: %w", err)
		}
	}
	return nil
}

// CountByStatus implements reservation.Reader.
func (db *DB) CountByStatus(ctx context.Context, stores []string) (map[protocol.Status]int64, error) {
	query, args := sqlCountByStatus, []any(nil)
	if stores != nil {
		query, args = sqlCountByStatusIn, []any{stores}
	}
	counts := map[protocol.Status]int64{}
	err := db.Each(ctx, func(s postgres.Scanner) error {
		var status string
		var n int64
		err := s.Scan(&status, &n)
		counts[protocol.Status(status)] += n
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("count reservations: %w", err)
	}
	return counts, nil
}
