package counts

import (
	"errors"
	"strconv"
	"testing"
)

func TestMemory_Of(t *testing.T) {
	var m Memory[int]
	counted := 0
	of := func(search Search, seq int64, count int) int {
		t.Helper()
		result, err := m.Of(search, seq, func() (int, error) { counted++; return count, nil })
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	mug, cup := Search{Text: "mug"}, Search{Text: "mug", Category: "", Within: true}
	for _, step := range []struct {
		search            Search
		seq               int64
		count, want, made int
	}{
		{mug, 0, 1, 1, 1},
		{mug, 0, 9, 1, 1},
		{cup, 0, 2, 2, 2}, // no event so far
		{mug, 5, 3, 3, 3},
		{mug, 5, 9, 3, 3},
		{cup, 5, 4, 4, 4},
		{mug, 4, 8, 8, 5},
		{mug, 5, 9, 3, 5}, // a snapshot that began earlier
	} {
		if got := of(step.search, step.seq, step.count); got != step.want || counted != step.made {
			t.Errorf("%+v: got %d after %d counts", step, got, counted)
		}
	}
	failed := errors.New("failed")
	if _, err := m.Of(mug, 6, func() (int, error) { return 7, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if of(mug, 6, 10) != 10 {
		t.Error("the result of a failed count is remembered")
	}
	for i := range 3 * limit {
		of(Search{Text: strconv.Itoa(i)}, 6, i)
	}
	if len(m.results) > limit {
		t.Errorf("%d results are remembered", len(m.results))
	}
}
