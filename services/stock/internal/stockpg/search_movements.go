package stockpg

import (
	"context"
	"fmt"
	"math"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const sqlStoresOfProduct = `SELECT store_id FROM stock WHERE product_id = $1`

// movementSearch reads movements by the time in an index, newest first; as a search
// of rows, a page ends after so many entries.
type movementSearch struct {
	list   list
	filter condition // which the movements decide; its text is empty for none
	depth  int
}

// searchMovements returns the search for f; stores are those in which the product has
// had rows, if f has a product, and otherwise those of f.
func searchMovements(f ledger.MovementSearch, stores []string) movementSearch {
	s := movementSearch{depth: rowDepth, list: list{
		from: "movements m", order: []string{"m.created_at", "m.seq"}, back: true, storeColumn: "m.store_id",
	}}
	rest, l := f, &s.list
	switch {
	case f.ProductID != "":
		rest.ProductID, rest.Stores = "", nil
		l.stores = append([]string{}, stores...)
		l.where.and("m.product_id = ?", f.ProductID)
		if f.Actor != "" {
			rest.Actor = ""
			l.where.and("m.actor = ?", f.Actor)
		}
	case f.Reference != "":
		rest.Reference = ""
		l.where.and("m.reference = ?", f.Reference)
	case f.Kind != "" && f.Kind != ledger.MovementSold:
		rest.Kind = ""
		l.where.and("m.kind = ? AND m.kind <> 'sold'", string(f.Kind))
	case f.Actor != "":
		rest.Actor = ""
		l.where.and("m.actor = ?", f.Actor)
	case f.Stores != nil:
		rest.Stores = nil
		l.stores = stores
	}
	s.addFilter(rest)
	if f.From != nil {
		l.where.and("m.created_at >= ?", clock.TextFrom(*f.From))
	}
	return s
}

// addFilter adds the conditions of f that no index decides.
func (s *movementSearch) addFilter(f ledger.MovementSearch) {
	if f.Stores != nil {
		s.filter.and("m.store_id = ANY(?::text[])", f.Stores)
	}
	for _, c := range []struct{ text, value string }{
		{"m.kind = ?", string(f.Kind)}, {"m.actor = ?", f.Actor}, {"m.reference = ?", f.Reference},
	} {
		if c.value != "" {
			s.filter.and(c.text, c.value)
		}
	}
}

// pageEnd returns the statement for the key at which a page ends at the latest; empty
// when a page has no such end.
func (s movementSearch) pageEnd(before paging.Key) statement {
	if s.filter.text == "" {
		return statement{}
	}
	depth := s.depth
	if s.list.stores != nil {
		depth = max(1, depth/max(1, len(s.list.stores)))
	}
	var q query
	text := q.keys([]list{s.list}, place{after: before, limit: depth, end: true})
	return statement{text, q.args}
}

// page returns the statement of a page.
func (s movementSearch) page(before, end paging.Key, limit int) statement {
	l := s.list
	if s.filter.text != "" {
		l.where.and(s.filter.text, s.filter.args...)
	}
	return movementsOf([]list{l}, place{after: before, upTo: end, limit: limit})
}

// SearchMovements implements ledger.Reader.
func (db *DB) SearchMovements(ctx context.Context, f ledger.MovementSearch, page paging.Page) (found paging.List[ledger.Movement], err error) {
	err = db.SQL().Snapshot(ctx, func(snapshot *postgres.Snapshot) error {
		stores := f.Stores
		if f.ProductID != "" && stores == nil {
			if stores, err = each(snapshot, statement{sqlStoresOfProduct, []any{f.ProductID}}, scanText); err != nil {
				return err
			}
		}
		list, err := movementsPage(snapshot, searchMovements(f, stores), firstMovement(f, page), page)
		found = paging.Map(list, func(m placed) ledger.Movement { return m.Movement })
		return err
	})
	if err != nil {
		return paging.List[ledger.Movement]{}, fmt.Errorf("search movements: %w", err)
	}
	return found, nil
}

// firstMovement returns the key after which a page begins.
func firstMovement(f ledger.MovementSearch, page paging.Page) paging.Key {
	switch {
	case page.After != nil:
		return page.After
	case f.To != nil:
		return paging.Key{clock.TextFrom(*f.To), int64(0)}
	default:
		return paging.Key{last, int64(math.MaxInt64)}
	}
}

func movementsPage(snapshot *postgres.Snapshot, s movementSearch, before paging.Key, page paging.Page) (found paging.List[placed], err error) {
	var end paging.Key
	if st := s.pageEnd(before); st.text != "" {
		err = snapshot.Each(func(record postgres.Scanner) error {
			end = make(paging.Key, len(s.list.order))
			return record.Scan(&end[0], &end[1])
		}, st.text, st.args...)
		if err != nil {
			return found, err
		}
	}
	st := s.page(before, end, page.Limit+1)
	list, err := each(snapshot, st, scanPlaced)
	if err != nil {
		return found, err
	}
	found = paging.Of(page, list, 0, keyOfMovement)
	if found.Next == nil {
		found.Next = end
	}
	return found, nil
}
