package paging_test

import (
	"fmt"

	"inventory.example/pkg/paging"
)

// A list is walked by keys: each page begins after the last item of the one
// before. The reader asks for one item more than the page has.
func Example() {
	names := []string{"ada", "bob", "cleo", "dan", "eve"} // sorted, as a query returns them
	read := func(page paging.Page) paging.List[string] {
		rows := names[page.Offset:]
		for page.After != nil && len(rows) > 0 && rows[0] <= page.After[0].(string) {
			rows = rows[1:]
		}
		rows = rows[:min(len(rows), page.Limit+1)]
		return paging.Of(page, rows, int64(len(names)), func(name string) paging.Key { return paging.Key{name} })
	}
	page := paging.Page{Limit: 2}
	for {
		list := read(page)
		fmt.Println(list.Items, "of", list.Total)
		if list.Next == nil {
			break
		}
		page.After = list.Next
	}
	// Output:
	// [ada bob] of 5
	// [cleo dan] of 5
	// [eve] of 5
}
