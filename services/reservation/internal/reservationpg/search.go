package reservationpg

import (
	"context"
	"fmt"
	"math"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

// searchDepth is how many reservations one page of a search reads at most. It
// bounds the time of a page when few of them match.
const searchDepth = 8192

// condition is a part of a WHERE clause with its arguments.
type condition struct {
	text string
	args []any
}

// search is a search for the reservations that follow a key, newest first.
type search struct {
	within []condition // an index decides these, and has the order
	filter []condition // these are looked up in each record
}

func searchOf(f reservation.SearchFilter, after paging.Key) (s search) {
	addTo := func(list *[]condition, text string, args ...any) { *list = append(*list, condition{text, args}) }
	switch {
	case f.Reference != nil:
		addTo(&s.within, "r.reference = ?", *f.Reference)
		if f.CustomerID != nil {
			addTo(&s.filter, "r.customer_id = ?", *f.CustomerID)
		}
	case f.CustomerID != nil:
		addTo(&s.within, "r.customer_id = ?", *f.CustomerID)
	}
	if f.From != nil {
		addTo(&s.within, "r.created_at >= ?", clock.TextFrom(*f.From))
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
	addTo(&s.within, "(r.created_at, r.place) < (?, ?)", before...)

	if f.Status != nil {
		addTo(&s.filter, "r.status = ?", string(*f.Status))
	}
	s.addRow(f)
	if f.Stores != nil {
		addTo(&s.filter, "r.store_id = ANY(?::text[]) AND "+recordVisible("?"), f.Stores, f.Stores)
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
		s.filter = append(s.filter, condition{`(TRUE` + first + ` OR r.line_count > 1 AND (
	SELECT bool_or(l.requested > 0` + other + `) FROM reservation_lines l WHERE l.reservation_id = r.id))`, append(args, args...)})
	}
}

const newestFirst = " ORDER BY r.created_at DESC, r.place DESC"

// addWithin adds the conditions that an index decides.
func (s search) addWithin(to *statement) {
	for i, c := range s.within {
		to.add([]string{" WHERE ", " AND "}[min(i, 1)]+c.text, c.args...)
	}
}

// page returns the query of a page, with one reservation more.
func (s search) page(limit int) *statement {
	var q statement
	q.add("SELECT " + columns + ", r.place FROM ")
	if len(s.filter) == 0 {
		q.add("reservations r")
		s.addWithin(&q)
	} else {
		q.add("(SELECT * FROM reservations r") //nolint:unqueryvet // the query around it names the columns
		s.addWithin(&q)
		q.add(newestFirst+" LIMIT ?) r WHERE ", searchDepth)
		for i, c := range s.filter {
			q.add([]string{"", " AND "}[min(i, 1)]+c.text, c.args...)
		}
	}
	q.add(newestFirst+" LIMIT ?", limit+1)
	return &q
}

// pageEnd returns the query of the key at which a page ends, however few
// reservations match up to that key.
func (s search) pageEnd() *statement {
	var q statement
	q.add("SELECT r.created_at, r.place FROM reservations r")
	s.addWithin(&q)
	q.add(newestFirst+" LIMIT 1 OFFSET ?", searchDepth-1)
	return &q
}

// Search implements reservation.Reader.
func (db *DB) Search(
	ctx context.Context, f reservation.SearchFilter, page paging.Page,
) (list paging.List[reservation.Reservation], err error) {
	s := searchOf(f, page.After)
	err = db.DB.Snapshot(ctx, func(snapshot *postgres.Snapshot) error {
		found, err := readPlaced(snapshot, s.page(page.Limit), page.Limit)
		if err != nil {
			return err
		}
		list = paging.Map(paging.Of(page, found, 0, func(p placed) paging.Key {
			return paging.Key{clock.Text(p.CreatedAt), p.place}
		}), func(p placed) reservation.Reservation { return p.Reservation })
		if list.Next == nil && len(s.filter) > 0 {
			list.Next, err = searchEnd(snapshot, s)
		}
		return err
	})
	if err != nil {
		return list, fmt.Errorf("search reservations: %w", err)
	}
	return list, nil
}

// searchEnd returns the key of the last reservation that a page reads; nil when it
// reads all that are left.
func searchEnd(snapshot *postgres.Snapshot, s search) (end paging.Key, err error) {
	q := s.pageEnd()
	err = snapshot.Each(func(record postgres.Scanner) error {
		var at string
		var place int64
		err := record.Scan(&at, &place)
		end = paging.Key{at, place}
		return err
	}, q.text.String(), q.args...)
	return end, err
}
