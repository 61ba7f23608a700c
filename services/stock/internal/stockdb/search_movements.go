package stockdb

import (
	"context"
	"fmt"
	"math"
	"slices"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlStoresOfProduct = `SELECT store_id FROM stock WHERE product_id = ?`

	newestFirst = " ORDER BY created_at DESC, seq DESC LIMIT ?"
)

// movementSearch reads movements by the time in an index, newest first; as a search
// of rows, a page ends after rowDepth entries.
type movementSearch struct {
	parts  []part
	filter condition // which the movements decide; its text is empty for none
}

// movementsOf returns the search for f; stores are those in which the product has had
// rows, if f has a product, and otherwise those of f.
func movementsOf(f ledger.MovementSearch, stores []string) (s movementSearch) {
	from := func(index, within string, args ...any) part {
		return part{"movements m INDEXED BY ix_movements_" + index, condition{within, args}}
	}
	rest := f
	switch {
	case f.ProductID != "" && f.Actor != "":
		rest.ProductID, rest.Actor, rest.Stores = "", "", nil
		for _, store := range stores {
			s.parts = append(s.parts, from("product_id_store_id_actor_created_at",
				"m.product_id = ? AND m.store_id = ? AND m.actor = ?", f.ProductID, store, f.Actor))
		}
	case f.ProductID != "":
		rest.ProductID, rest.Stores = "", nil
		for _, store := range stores {
			s.parts = append(s.parts, from("product_id_store_id_created_at", "m.product_id = ? AND m.store_id = ?", f.ProductID, store))
		}
	case f.Reference != "":
		rest.Reference = ""
		s.parts = []part{from("reference_created_at", "m.reference = ?", f.Reference)}
	case f.Kind != "" && f.Kind != ledger.MovementSold:
		rest.Kind = ""
		s.parts = []part{from("kind_created_at", "m.kind = ? AND m.kind <> 'sold'", string(f.Kind))}
	case f.Actor != "":
		rest.Actor = ""
		s.parts = []part{from("actor_created_at", "m.actor = ?", f.Actor)}
	case f.Stores != nil:
		rest.Stores = nil
		for _, store := range stores {
			s.parts = append(s.parts, from("store_id_created_at", "m.store_id = ?", store))
		}
	default:
		s.parts = []part{from("created_at", "TRUE")}
	}
	s.addFilter(rest)
	if f.From != nil {
		for i := range s.parts {
			s.parts[i].within.and("m.created_at >= ?", clock.TextFrom(*f.From))
		}
	}
	return s
}

// addFilter adds the conditions of f that no index decides.
func (s *movementSearch) addFilter(f ledger.MovementSearch) {
	if f.Stores != nil {
		s.filter.and("m.store_id IN (SELECT value FROM json_each(?))", sqlite.List(f.Stores))
	}
	for _, c := range []struct{ text, value string }{
		{"m.kind = ?", string(f.Kind)}, {"m.actor = ?", f.Actor}, {"m.reference = ?", f.Reference},
	} {
		if c.value != "" {
			s.filter.and(c.text, c.value)
		}
	}
}

// statement reads columns of the movements before a key, newest first.
func (s movementSearch) statement(columns string, before, end paging.Key, filter condition) (query string, args []any) {
	for i, p := range s.parts {
		if i > 0 {
			query += " UNION ALL "
		}
		c := p.within
		c.and("(m.created_at, m.seq) < (?, ?)", before...)
		if end != nil {
			c.and("(m.created_at, m.seq) >= (?, ?)", end...)
		}
		if filter.text != "" {
			c.and(filter.text, filter.args...)
		}
		query += "SELECT " + columns + " FROM " + p.from + " WHERE " + c.text
		args = append(args, c.args...)
	}
	return query + newestFirst, args
}

// SearchMovements implements ledger.Reader.
func (db *DB) SearchMovements(ctx context.Context, f ledger.MovementSearch, page paging.Page) (list paging.List[ledger.Movement], err error) {
	before := paging.Key{last, int64(math.MaxInt64)}
	if f.To != nil {
		before = paging.Key{clock.TextFrom(*f.To), int64(0)}
	}
	if page.After != nil {
		before = page.After
	}
	err = db.DB.DB.Snapshot(ctx, func(snapshot *sqlite.Snapshot) error {
		stores := f.Stores
		if f.ProductID != "" && stores == nil {
			err := snapshot.Each(func(row sqlite.Scanner) error {
				var store string
				err := row.Scan(&store)
				stores = append(stores, store)
				return err
			}, sqlStoresOfProduct, f.ProductID)
			if err != nil {
				return err
			}
		}
		found, err := movementsPage(snapshot, movementsOf(f, stores), before, rowDepth, page)
		list = paging.Map(found, func(m placed) ledger.Movement { return m.Movement })
		return err
	})
	if err != nil {
		return paging.List[ledger.Movement]{}, fmt.Errorf("search movements: %w", err)
	}
	return list, nil
}

func movementsPage(snapshot *sqlite.Snapshot, s movementSearch, before paging.Key, depth int, page paging.Page) (paging.List[placed], error) {
	order := order[placed]{back: true, key: func(m placed) paging.Key { return paging.Key{clock.Text(m.CreatedAt), m.seq} }}
	return readParts(s.parts, page, order, func(parts []part) (rows []placed, end paging.Key, err error) {
		some := movementSearch{parts, s.filter}
		if s.filter.text != "" {
			query, args := some.statement("m.created_at, m.seq", before, nil, condition{})
			err = snapshot.Each(func(row sqlite.Scanner) error {
				end = make(paging.Key, 2)
				return row.Scan(&end[0], &end[1])
			}, query+" OFFSET ?", append(args, 1, depth-1)...)
			if err != nil {
				return nil, nil, err
			}
		}
		query, args := some.statement(columnsMovement, before, end, s.filter)
		err = snapshot.Each(func(row sqlite.Scanner) error {
			m, err := scanPlaced(row)
			rows = append(rows, m)
			return err
		}, query, append(slices.Clone(args), page.Limit+1)...)
		return rows, end, err
	})
}
