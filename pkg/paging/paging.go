// Package paging has the part of a list that a caller requests, and the part
// that the caller gets. A list is read by offset, or after a key: the place of
// the last row that was read. A key stays right while the list changes; an
// offset moves with every row that is added or removed before it.
package paging

// Key is the place of a row in its list: the values of the columns by which the
// list is sorted, each a string or an int64. No two rows of a list have the
// same key.
type Key []any

// Column is the type of one value of a key.
type Column int

// The types of the columns that lists are sorted by.
const (
	Text   Column = iota // a string
	Number               // an int64
)

// Page is the part of a list that a caller requests.
type Page struct {
	Limit  int // items at most, 1 or more
	Offset int // items to leave out at the beginning; 0 with After
	After  Key // only items after this key; nil: from the beginning
}

// List is a part of a list.
type List[T any] struct {
	Items []T
	Total int64 // items of the whole list
	Next  Key   // the key of the last item; nil when no item follows it
}

// Of returns the list of the rows that were read for a page. The caller reads
// one row more than the page has: that row is left out, and shows that the list
// goes on.
func Of[T any](page Page, rows []T, total int64, key func(T) Key) List[T] {
	l := List[T]{Items: rows, Total: total}
	if len(rows) > page.Limit {
		l.Items = rows[:page.Limit]
		l.Next = key(rows[page.Limit-1])
	}
	return l
}

// Map returns the list with each item converted.
func Map[T, R any](l List[T], convert func(T) R) List[R] {
	items := make([]R, len(l.Items))
	for i, item := range l.Items {
		items[i] = convert(item)
	}
	return List[R]{Items: items, Total: l.Total, Next: l.Next}
}
