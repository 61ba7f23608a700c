package stock_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi/httpapitest"
)

// linesOfTheLargestCount is the largest count that the contract names.
const linesOfTheLargestCount = 100_000

// A count of 100,000 lines: the file, and the apply, which books a difference of every
// line in a row that it creates. The metrics are lines per second.
func BenchmarkService_Count(b *testing.B) {
	for range b.N {
		s := openShop(b)
		var file strings.Builder
		file.WriteString("product_id,counted\n")
		for i := range linesOfTheLargestCount {
			id := fmt.Sprintf("p-%d", i)
			s.catalog.add(id)
			fmt.Fprintf(&file, "%s,7\n", id)
		}
		c := s.openCount("MAD-001")
		lines := lap(b, "lines/s", func() {
			got := httpapitest.Decode[bulk.Summary](b, s.countLines(c, file.String(), "Content-Type", "text/csv"), http.StatusOK)
			if got.Created != linesOfTheLargestCount {
				b.Fatalf("got %s", summaryText(got))
			}
		})
		applied := lap(b, "applied/s", func() {
			s.applied(c, countTotals{Lines: linesOfTheLargestCount, Applied: linesOfTheLargestCount})
		})
		b.Logf("lines %s, apply %s", lines, applied)
	}
}

// lap reports how many lines of the largest count work does in a second.
func lap(b *testing.B, unit string, work func()) time.Duration {
	b.Helper()
	began := time.Now() // the time of the machine
	work()
	took := time.Since(began)
	b.ReportMetric(linesOfTheLargestCount/took.Seconds(), unit)
	return took
}
