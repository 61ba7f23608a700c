// Package pagingtest checks how a list is read in parts.
package pagingtest

import (
	"slices"
	"testing"

	"inventory.example/pkg/paging"
)

// WantList requires a list to have the items with these names, in this order: on
// one page, page by page after a key, and page by page by offset, each time with
// the number of all items.
func WantList[T any](t *testing.T, read func(paging.Page) (paging.List[T], error), name func(T) string, want ...string) {
	t.Helper()
	names := func(page paging.Page) (names []string, next paging.Key) {
		t.Helper()
		list, err := read(page)
		if err != nil {
			t.Fatal(err)
		}
		if list.Total != int64(len(want)) {
			t.Errorf("a total of %d, want %d", list.Total, len(want))
		}
		if len(list.Items) > page.Limit {
			t.Errorf("%d items on a page of %d", len(list.Items), page.Limit)
		}
		return paging.Map(list, name).Items, list.Next
	}
	if whole, next := names(paging.Page{Limit: len(want) + 1}); !slices.Equal(whole, want) || next != nil {
		t.Errorf("got %q, next %v; want %q", whole, next, want)
	}
	for _, size := range []int{1, 2, max(1, len(want))} {
		var byKey, byOffset []string
		page := paging.Page{Limit: size}
		for range len(want) + 1 {
			part, next := names(page)
			byKey = append(byKey, part...)
			if page.After = next; next == nil {
				break
			}
		}
		for offset := 0; offset <= len(want); offset += size {
			part, _ := names(paging.Page{Limit: size, Offset: offset})
			byOffset = append(byOffset, part...)
		}
		if !slices.Equal(byKey, want) {
			t.Errorf("after keys, by %d: got %q, want %q", size, byKey, want)
		}
		if !slices.Equal(byOffset, want) {
			t.Errorf("by offset, by %d: got %q, want %q", size, byOffset, want)
		}
	}
}
