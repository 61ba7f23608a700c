package stockdb

import (
	"cmp"
	"slices"
	"strings"

	"inventory.example/pkg/paging"
)

// order is the order of a list: by keys, or backward.
type order[T any] struct {
	key  func(T) paging.Key
	back bool
}

// compare returns the order of two keys of the list.
func (o order[T]) compare(a, b paging.Key) (result int) {
	for i := range a {
		switch value := a[i].(type) {
		case int64:
			result = cmp.Compare(value, b[i].(int64))
		case string:
			result = strings.Compare(value, b[i].(string))
		}
		if result != 0 {
			break
		}
	}
	if o.back {
		return -result
	}
	return result
}

// readParts reads a page of a list that is the union of parts. read reads the page
// of at most maxMerged of them, one row more than it has, and returns the key at
// which it ended before its limit, nil for the end of the list; the rows of
// several calls are merged.
func readParts[T any](
	parts []part, page paging.Page, o order[T], read func([]part) (rows []T, end paging.Key, err error),
) (list paging.List[T], err error) {
	var rows []T
	var end paging.Key
	for chunk := range slices.Chunk(parts, maxMerged) {
		some, chunkEnd, err := read(chunk)
		if err != nil {
			return list, err
		}
		rows = append(rows, some...)
		if chunkEnd != nil && (end == nil || o.compare(chunkEnd, end) < 0) {
			end = chunkEnd
		}
	}
	if len(parts) > maxMerged {
		slices.SortFunc(rows, func(a, b T) int { return o.compare(o.key(a), o.key(b)) })
		rows = slices.DeleteFunc(rows, func(r T) bool { return end != nil && o.compare(o.key(r), end) > 0 })
		rows = rows[:min(len(rows), page.Limit+1)]
	}
	list = paging.Of(page, rows, 0, o.key)
	if list.Next == nil {
		list.Next = end
	}
	return list, nil
}
