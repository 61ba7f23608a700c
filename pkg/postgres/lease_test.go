package postgres_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// worker competes for a role with a DB and sends its successes and losses.
type worker struct {
	fences chan postgres.Fence // one each time it gets the role
	lost   chan error          // why its context ended, each time
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

func compete(t *testing.T, db *postgres.DB, role string) *worker {
	t.Helper()
	w := &worker{fences: make(chan postgres.Fence, 100), lost: make(chan error, 100)}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	w.stop = stop
	w.ended.Go(func() {
		err := db.Hold(ctx, role, func(ctx context.Context, f postgres.Fence) error {
			w.fences <- f
			<-ctx.Done()
			w.lost <- context.Cause(ctx)
			return ctx.Err()
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.leave)
	return w
}

func (w *worker) leave() {
	w.stop()
	w.ended.Wait()
}

// fenced returns a change of a role.
func fenced(f postgres.Fence, n int64) task {
	c := insert(n)
	return task{append(c.needs, f.Need()), func(tx *postgres.Tx) error {
		if err := f.Check(tx); err != nil {
			return err
		}
		return c.change(tx)
	}}
}

func TestDB_Hold(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		o.LeaseFor = 2 * time.Second
		first, second := open(t, o), open(t, o)
		a := compete(t, first, "relay")
		f := <-a.fences
		if f.Role != "relay" || f.Epoch != 1 {
			t.Errorf("got %+v, want the first epoch", f)
		}
		mustWrite(t, first, fenced(f, 1))
		b := compete(t, second, "relay")
		other := compete(t, second, "expiry")
		<-other.fences
		// The lease as it was taken is over by the database's clock, so it was renewed.
		taken := list(t, first, `SELECT (1000000 * extract(epoch FROM expires_at))::bigint FROM leases WHERE role = 'relay'`)[0]
		eventually(t, "the end of the lease as it was taken", func() bool {
			return list(t, first, `SELECT (1000000 * extract(epoch FROM clock_timestamp()))::bigint`)[0] > taken+o.LeaseFor.Microseconds()/2
		})
		select {
		case <-b.fences:
			t.Fatal("two processes hold the role")
		case err := <-a.lost:
			t.Fatalf("the role was lost: %v", err)
		default:
		}
		a.leave() // gives the role back
		g := <-b.fences
		if g.Epoch != 2 {
			t.Errorf("got %+v, want the second epoch", g)
		}
		if err := write(t.Context(), first, fenced(f, 2)); !errors.Is(err, postgres.ErrFenced) {
			t.Errorf("a write under the old fence: got %v, want ErrFenced", err)
		}
		mustWrite(t, second, fenced(g, 3))
		expectNumbers(t, first, 1, 3)
	})
}

// A process that is cut off from the database stops working before another one
// begins.
func TestDB_HoldCutOff(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		o.LeaseFor = 2 * time.Second
		second := open(t, o)
		p, through := newProxy(t, o.URL)
		o.URL, o.RetryFor, o.ResolveFor = through, 500*time.Millisecond, 500*time.Millisecond
		first := open(t, o)
		var working atomic.Int64
		work := func(got chan<- postgres.Fence) func(context.Context, postgres.Fence) error {
			return func(ctx context.Context, f postgres.Fence) error {
				if n := working.Add(1); n != 1 {
					t.Errorf("%d processes work at once", n)
				}
				got <- f
				<-ctx.Done()
				working.Add(-1)
				return nil
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		defer wait.Wait()
		defer stop()
		got := [2]chan postgres.Fence{make(chan postgres.Fence, 10), make(chan postgres.Fence, 10)}
		wait.Go(func() { _ = first.Hold(ctx, "relay", work(got[0])) })
		f := <-got[0]
		wait.Go(func() { _ = second.Hold(ctx, "relay", work(got[1])) })
		p.refuse(true)
		p.breakAll()
		g := <-got[1]
		if g.Epoch != f.Epoch+1 {
			t.Errorf("got epoch %d after %d", g.Epoch, f.Epoch)
		}
		p.refuse(false)
		eventually(t, "the return of the first", func() bool {
			err := write(t.Context(), first, fenced(f, 1))
			return errors.Is(err, postgres.ErrFenced)
		})
		expectNumbers(t, second)
	})
}

func TestDB_HoldResult(t *testing.T) {
	db := open(t, options(t, postgrestest.Newest(t)))
	for range 2 { // the lease was given back
		err := db.Hold(t.Context(), "relay", func(context.Context, postgres.Fence) error { return errRefused })
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v, want the error of the work", err)
		}
	}
}
