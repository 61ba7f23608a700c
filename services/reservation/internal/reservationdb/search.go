package reservationdb

import (
	"context"
	"fmt"
	"math"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

// searchDepth is how many reservations one page of a search reads at most. It
// bounds the time of a page when few of them match.
const searchDepth = 8192

// search is a search as statements. Both read the same index from the same key
// on, newest first.
type search struct {
	within string // the condition that the index decides
	args   []any  // of within
	filter string // the condition that the records decide; empty: none
	values []any  // of filter
}

// searchOf returns the search for the reservations that follow a key.
func searchOf(f reservation.SearchFilter, after paging.Key) search {
	s := search{within: "r INDEXED BY ix_reservations_created_at WHERE TRUE"}
	switch {
	case f.Reference != nil:
		s.within = "r INDEXED BY ix_reservations_reference_created_at WHERE r.reference = ?"
		s.args = []any{*f.Reference}
		if f.CustomerID != nil {
			s.addFilter("r.customer_id = ?", *f.CustomerID)
		}
	case f.CustomerID != nil:
		s.within = "r INDEXED BY ix_reservations_customer_id_created_at WHERE r.customer_id = ?"
		s.args = []any{*f.CustomerID}
	}
	if f.From != nil {
		s.within += " AND r.created_at >= ?"
		s.args = append(s.args, clock.TextFrom(*f.From))
	}
	// The key before which the page begins: that of the page before, or of the first
	// reservation which is too new.
	before := paging.Key{"~", int64(math.MaxInt64)}
	if f.To != nil {
		before = paging.Key{clock.TextFrom(*f.To), int64(0)}
	}
	if after != nil {
		before = after
	}
	s.within += " AND (r.created_at, r.rowid) < (?, ?)"
	s.args = append(s.args, before...)

	if f.Status != nil {
		s.addFilter("r.status = ?", string(*f.Status))
	}
	s.addRow(f)
	if f.Stores != nil {
		stores := sqlite.List(f.Stores)
		s.addFilter(`r.store_id IN (SELECT value FROM json_each(?)) AND (r.line_count = 1 OR NOT EXISTS (
	SELECT 1 FROM reservation_lines l WHERE l.reservation_id = r.id AND l.store_id NOT IN (SELECT value FROM json_each(?))))`, stores, stores)
	}
	return s
}

// addRow adds the condition that one requested line is for the product and in the
// store of the filter.
func (s *search) addRow(f reservation.SearchFilter) {
	var first, other string
	var args []any
	if f.ProductID != nil {
		first, other, args = first+" AND r.product_id = ?", other+" AND l.product_id = ?", append(args, *f.ProductID)
	}
	if f.StoreID != nil {
		first, other, args = first+" AND r.store_id = ?", other+" AND l.store_id = ?", append(args, *f.StoreID)
	}
	if len(args) > 0 {
		s.addFilter(`(TRUE`+first+` OR r.line_count > 1 AND EXISTS (
	SELECT 1 FROM reservation_lines l WHERE l.reservation_id = r.id AND l.requested > 0`+other+`))`, append(args, args...)...)
	}
}

func (s *search) addFilter(condition string, args ...any) {
	s.filter += " AND " + condition
	s.values = append(s.values, args...)
}

const searchOrder = " ORDER BY r.created_at DESC, r.rowid DESC LIMIT ?"

// page returns the statement that reads a page.
func (s search) page() string {
	filter := s.filter
	if filter != "" {
		filter += " AND (r.created_at, r.rowid) >= (?, ?)"
	}
	return selectPlaced + "reservations " + s.within + filter + searchOrder
}

// pageEnd returns the statement that reads the key at which a page ends, however
// few reservations match up to that key.
func (s search) pageEnd() string {
	return "SELECT r.created_at, r.rowid FROM reservations " + s.within + searchOrder + " OFFSET ?"
}

// Search implements reservation.Reader.
func (db *DB) Search(
	ctx context.Context, f reservation.SearchFilter, page paging.Page,
) (list paging.List[reservation.Reservation], err error) {
	s := searchOf(f, page.After)
	err = db.DB.Snapshot(ctx, func(snapshot *sqlite.Snapshot) error {
		end := paging.Key{"", int64(0)}
		args := append(append([]any(nil), s.args...), s.values...)
		if s.filter != "" {
			if end, err = searchEnd(snapshot, s); err != nil {
				return err
			}
			args = append(args, end...)
		}
		found := make([]placed, 0, page.Limit+1)
		err := snapshot.Each(func(row sqlite.Scanner) error {
			p, err := scanPlaced(row)
			found = append(found, p)
			return err
		}, s.page(), append(args, page.Limit+1)...)
		if err != nil {
			return err
		}
		list = paging.Map(paging.Of(page, found, 0, func(p placed) paging.Key {
			return paging.Key{clock.Text(p.CreatedAt), p.place}
		}), func(p placed) reservation.Reservation { return p.Reservation })
		if list.Next == nil && end[0] != "" {
			list.Next = end
		}
		return nil
	})
	if err != nil {
		return list, fmt.Errorf("search reservations: %w", err)
	}
	return list, nil
}

// searchEnd returns the key of the last reservation that a page reads; the empty
// key when it reads all that are left.
func searchEnd(snapshot *sqlite.Snapshot, s search) (paging.Key, error) {
	var at string
	var place int64
	row := snapshot.QueryRow(s.pageEnd(), append(append([]any(nil), s.args...), 1, searchDepth-1)...)
	_, _, err := sqlite.Found(struct{}{}, row.Scan(&at, &place))
	return paging.Key{at, place}, err
}
