package operator

import (
	"fmt"
	"testing"
)

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	if got := fmt.Sprint(Count(1, "row"), Count(2000, "row")); got != "1 row2,000 rows" {
		t.Error(got)
	}
}
