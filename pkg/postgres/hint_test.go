package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// Each hint hands its own values over, also those of one type.
func TestHint(t *testing.T) {
	var own, others postgres.Hint[int64]
	var texts postgres.Hint[string]
	db := open(t, options(t, postgrestest.Newest(t)))
	stage := func(n int64) {
		t.Helper()
		mustWrite(t, db, task{nil, func(tx *postgres.Tx) error {
			own.Stage(tx, n)
			texts.Stage(tx, "text")
			others.Stage(tx, -n)
			own.Stage(tx, n+1)
			return insert(n).change(tx)
		}})
	}
	var gotOwn, gotOthers, replaced []int64
	own.Listen(func(values []int64) { replaced = append(replaced, values...) })
	stage(1)
	others.Listen(func(values []int64) { gotOthers = append(gotOthers, values...) })
	own.Listen(func(values []int64) { gotOwn = append(gotOwn, values...) })
	stage(10)
	if want := []int64{1, 2}; !slices.Equal(replaced, want) {
		t.Errorf("the first listener received %v, want %v", replaced, want)
	}
	if want := []int64{10, 11}; !slices.Equal(gotOwn, want) {
		t.Errorf("the second listener received %v, want %v", gotOwn, want)
	}
	if want := []int64{-10}; !slices.Equal(gotOthers, want) { // dropped before Listen
		t.Errorf("the listener of the other hint received %v, want %v", gotOthers, want)
	}
}

func TestDB_Trace(t *testing.T) {
	o := options(t, postgrestest.Newest(t))
	var ended []error
	o.Trace = func(ctx context.Context) (context.Context, func(error)) {
		return ctx, func(err error) { ended = append(ended, err) }
	}
	db := open(t, o)
	mustWrite(t, db, insert(1))
	err := write(t.Context(), db, insert(1))
	if len(ended) != 2 || ended[0] != nil || !errors.Is(ended[1], errExists) || !errors.Is(err, errExists) {
		t.Errorf("traced %v, want a success and %v", ended, err)
	}
}
