package sqlite_test

import (
	"slices"
	"testing"

	"inventory.example/pkg/sqlite"
)

// Each hint passes on its own values, also if another one has the same type.
func TestHint(t *testing.T) {
	var numbers, others sqlite.Hint[int]
	var texts sqlite.Hint[string]
	db := open(t, sqlite.Options{})
	stage := func(i int) {
		t.Helper()
		mustWrite(t, db, func(tx *sqlite.Tx) error {
			numbers.Stage(tx, i)
			texts.Stage(tx, "text")
			others.Stage(tx, -i)
			numbers.Stage(tx, i+1)
			return insert(i)(tx)
		})
	}
	var gotNumbers, gotOthers, replaced []int
	numbers.Listen(func(values []int) { replaced = append(replaced, values...) })
	stage(1)
	others.Listen(func(values []int) { gotOthers = append(gotOthers, values...) })
	numbers.Listen(func(values []int) { gotNumbers = append(gotNumbers, values...) })
	stage(10)
	if want := []int{1, 2}; !slices.Equal(replaced, want) {
		t.Errorf("the first listener received %v, want %v", replaced, want)
	}
	if want := []int{10, 11}; !slices.Equal(gotNumbers, want) {
		t.Errorf("the second listener received %v, want %v", gotNumbers, want)
	}
	if want := []int{-10}; !slices.Equal(gotOthers, want) { // dropped before Listen
		t.Errorf("the listener of the other hint received %v, want %v", gotOthers, want)
	}
}
