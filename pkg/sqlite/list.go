package sqlite

import (
	"context"
	"slices"
	"strings"

	"inventory.example/pkg/paging"
)

// ListQuery reads the pages of a list that is sorted by a key.
type ListQuery struct {
	// Keys selects the columns of Order, and those that Rows needs; it ends
	// within its WHERE clause.
	Keys string
	// Parts has the arguments of Keys. With several, the list is the union of
	// the parts, which are merged in order: each of them must be read in the
	// order of an index.
	Parts [][]any
	// Others are further parts, with statements of their own.
	Others []ListPart
	After  string // the condition that a row is after a key: one ? for each of its columns
	Order  string // the columns of the key, as in ORDER BY
	// Rows reads the rows of a page; KEYS in it stands for a table k with their
	// keys. Empty when Keys selects all columns.
	Rows   string
	Total  string // returns how many rows the list has
	Totals []any  // arguments of Total
}

// ListPart is a part of a list with its own statement: like Keys of a ListQuery, with
// the columns of the key at the same places, and After by its own names of them.
type ListPart struct {
	Keys      string
	Arguments []any
	After     string
}

// statement returns the query of a page, after a key or by offset.
func (q ListQuery) statement(after bool) string {
	limit := " LIMIT ? OFFSET ?"
	if after {
		limit = " LIMIT ?"
	}
	part := func(keys, afterKey string) string {
		if after {
			keys += " AND " + afterKey
		}
		return keys
	}
	parts := slices.Repeat([]string{part(q.Keys, q.After)}, len(q.Parts))
	for _, other := range q.Others {
		parts = append(parts, part(other.Keys, other.After))
	}
	keys := strings.Join(parts, " UNION ALL ") + " ORDER BY " + q.Order + limit
	if q.Rows == "" {
		return keys
	}
	return strings.Replace(q.Rows, "KEYS", "("+keys+") k", 1) + " ORDER BY k." + strings.ReplaceAll(q.Order, ", ", ", k.")
}

func (q ListQuery) arguments(page paging.Page) (args []any) {
	for _, part := range q.Parts {
		args = append(append(args, part...), page.After...)
	}
	for _, other := range q.Others {
		args = append(append(args, other.Arguments...), page.After...)
	}
	args = append(args, page.Limit+1)
	if page.After == nil {
		args = append(args, page.Offset)
	}
	return args
}

// Statements returns all statements of the query by name, for tests of their
// plans.
func (q ListQuery) Statements() map[string]string {
	return map[string]string{"by offset": q.statement(false), "after a key": q.statement(true), "total": q.Total}
}

// ReadList returns a page of a list, and the number of all its rows, both in
// one snapshot. The errors of a failing database are classified.
func ReadList[T any](
	ctx context.Context, db *DB, q ListQuery, page paging.Page, scan func(Scanner) (T, error), key func(T) paging.Key,
) (list paging.List[T], err error) {
	if len(q.Parts) == 0 { // for a key without stores, for example
		return list, nil
	}
	err = db.Snapshot(ctx, func(s *Snapshot) error {
		var total int64
		if err := s.QueryRow(q.Total, q.Totals...).Scan(&total); err != nil {
			return Classify(err)
		}
		rows := make([]T, 0, page.Limit+1)
		err := s.Each(func(row Scanner) error {
			value, err := scan(row)
			rows = append(rows, value)
			return err
		}, q.statement(page.After != nil), q.arguments(page)...)
		list = paging.Of(page, rows, total, key)
		return err
	})
	return list, err
}
