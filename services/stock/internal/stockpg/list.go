package stockpg

import (
	"slices"
	"strconv"
	"strings"

	"inventory.example/pkg/paging"
)

// condition is a part of a WHERE clause, with a ? for each of its arguments.
type condition struct {
	text string
	args []any
}

func (c *condition) and(text string, args ...any) {
	if c.text != "" {
		text = c.text + " AND " + text
	}
	c.text, c.args = text, append(slices.Clone(c.args), args...)
}

// query is a statement with its arguments.
type query struct{ args []any }

// text returns a condition with the numbers of its arguments.
func (q *query) text(c condition) string {
	if c.text == "" {
		return "TRUE"
	}
	return q.with(c.text, c.args...)
}

// with numbers the ? of a text and adds their arguments.
func (q *query) with(text string, args ...any) string {
	var out strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(text, "?")
		q.args = append(q.args, arg)
		out.WriteString(before + "$" + strconv.Itoa(len(q.args)))
		text = after
	}
	return out.String() + text
}

// list is the keys of a list, or of a part of one, in the order of an index.
type list struct {
	from  string
	where condition
	order []string // the columns of the key
	back  bool
	// stores are read one after the other, each in the order of an index that begins
	// with the store; nil: all together.
	stores      []string
	storeColumn string
}

// place is a part of a list.
type place struct {
	after, upTo paging.Key // nil: from the beginning, to the end
	limit       int
	offset      int
	end         bool // only the last of the limit is wanted, as it is the end of a page
}

// keys returns a query for the keys k1, k2, … of the merged lists, which have the same
// order. Each list, and each store of it, is read up to the limit.
func (q *query) keys(lists []list, p place) string {
	var parts []string
	for _, l := range lists {
		parts = append(parts, q.part(l, p))
	}
	l := lists[0]
	names := l.names()
	text := "SELECT " + strings.Join(names, ", ") + " FROM (" + strings.Join(parts, " UNION ALL ") + ") u ORDER BY " + l.sorted(names)
	if p.end {
		return text + " LIMIT 1"
	}
	return text + q.with(" LIMIT ? OFFSET ?", p.limit, p.offset)
}

// names are those of the columns of the key in a result.
func (l list) names() []string {
	names := make([]string, len(l.order))
	for i := range names {
		names[i] = "k" + strconv.Itoa(i+1)
	}
	return names
}

func (q *query) part(l list, p place) string {
	columns := make([]string, len(l.order))
	for i, column := range l.order {
		columns[i] = column + " AS k" + strconv.Itoa(i+1)
	}
	within := q.text(l.where)
	order := l.order
	if l.stores != nil {
		within = l.storeColumn + " = st.id AND " + within
		order = slices.DeleteFunc(slices.Clone(order), func(column string) bool { return column == l.storeColumn })
	}
	text := "SELECT " + strings.Join(columns, ", ") + " FROM " + l.from + " WHERE " + within + q.between(l, p) + " ORDER BY " + l.sorted(order)
	if p.end {
		text += q.with(" LIMIT 1 OFFSET ?", p.limit-1)
	} else {
		text += q.with(" LIMIT ?", p.limit+p.offset)
	}
	if l.stores == nil {
		return "(" + text + ")"
	}
	return q.with("(SELECT "+strings.Join(l.names(), ", ")+" FROM unnest(?::text[]) AS st (id) CROSS JOIN LATERAL (", l.stores) + text + ") k)"
}

// between returns the conditions of the place.
func (q *query) between(l list, p place) (text string) {
	after, upTo := " > ", " <= "
	if l.back {
		after, upTo = " < ", " >= "
	}
	names, marks := vector(l.order)
	if p.after != nil {
		text += q.with(" AND "+names+after+marks, p.after...)
	}
	if p.upTo != nil {
		text += q.with(" AND "+names+upTo+marks, p.upTo...)
	}
	return text
}

// sorted returns columns as in ORDER BY.
func (l list) sorted(columns []string) string {
	if l.back {
		return strings.Join(columns, " DESC, ") + " DESC"
	}
	return strings.Join(columns, ", ")
}

// vector is a row value with so many members.
func vector(columns []string) (names, marks string) {
	return "(" + strings.Join(columns, ", ") + ")", "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
}
