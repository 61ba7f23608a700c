package sqlitetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/paging"
)

// DeepOffset is the offset at which Pages reads each list.
const DeepOffset = 200_000

// Pages benchmarks a list as clients read it: by pages of 100 after a cursor,
// through the whole list and then again from its beginning, and by the page at
// DeepOffset.
func Pages[T any](b *testing.B, name string, read func(paging.Page) (paging.List[T], error)) {
	b.Helper()
	const limit = 100
	must := func(b *testing.B, page paging.Page) paging.List[T] {
		list, err := read(page)
		if err != nil {
			b.Fatal(err)
		}
		if page.After == nil && page.Offset == 0 && len(list.Items) == 0 {
			b.Fatal("the list is empty")
		}
		return list
	}
	b.Run(name+"/cursor", func(b *testing.B) {
		page := paging.Page{Limit: limit}
		Percentiles(b, func() { page.After = must(b, page).Next })
	})
	b.Run(fmt.Sprintf("%s/offset=%d", name, DeepOffset), func(b *testing.B) {
		Percentiles(b, func() { must(b, paging.Page{Limit: limit, Offset: DeepOffset}) })
	})
}

// Percentiles runs read as often as the benchmark requires, and reports the
// median and the 99th percentile of its times in milliseconds.
func Percentiles(b *testing.B, read func()) {
	b.Helper()
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		read()
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(float64(times[len(times)*percent/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", percent))
	}
}
