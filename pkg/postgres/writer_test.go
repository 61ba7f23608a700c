package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// pending is a Write under way.
type pending chan error

func begin(ctx context.Context, db *postgres.DB, c task) pending {
	p := make(pending, 1)
	go func() { p <- write(ctx, db, c) }()
	return p
}

// hold occupies the writer until the returned function is called.
func hold(t *testing.T, db *postgres.DB) (release func()) {
	t.Helper()
	var once sync.Once
	entered, leave := make(chan struct{}), make(chan struct{})
	held := begin(context.Background(), db, task{change: func(*postgres.Tx) error {
		once.Do(func() { close(entered) }) // Rehearse runs it twice
		<-leave
		return nil
	}})
	<-entered
	return sync.OnceFunc(func() {
		close(leave)
		if err := <-held; err != nil {
			t.Error("the change that held the writer:", err)
		}
	})
}

// together queues the changes one after the other, so that they run in one
// group, and returns their outcomes.
func together(t *testing.T, db *postgres.DB, changes ...task) []error {
	t.Helper()
	release := hold(t, db)
	writes := make([]pending, len(changes))
	for i, change := range changes {
		writes[i] = begin(t.Context(), db, change)
		eventually(t, "queueing", func() bool { return db.Queued() == i+1 })
	}
	release()
	errs := make([]error, len(writes))
	for i, w := range writes {
		errs[i] = <-w
	}
	return errs
}

// staged returns insert(n) that stages n.
func staged(hint *postgres.Hint[int64], n int64) task {
	c := insert(n)
	return task{c.needs, func(tx *postgres.Tx) error {
		hint.Stage(tx, n)
		return c.change(tx)
	}}
}

func TestDB_WriteGroups(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		const writers = 64
		var commits [][]int64
		var responses atomic.Int64
		db := open(t, options(t, s))
		var hint postgres.Hint[int64]
		hint.Listen(func(staged []int64) {
			commits = append(commits, staged)
			if n := responses.Load(); n > 0 {
				t.Errorf("%d callers had their results before the commit was announced", n)
			}
			if got := list(t, db, `SELECT n FROM numbers`); len(got) != len(staged) { // a reader sees the commit
				t.Errorf("when the commit is announced, readers see %d records, want %d", len(got), len(staged))
			}
		})
		var want []int64
		release := hold(t, db)
		var wait sync.WaitGroup
		for i := range writers {
			want = append(want, int64(i))
			wait.Go(func() {
				if err := write(t.Context(), db, staged(&hint, int64(i))); err != nil {
					t.Error(err)
				}
				responses.Add(1)
			})
			eventually(t, "queueing", func() bool { return db.Queued() == i+1 })
		}
		release()
		wait.Wait()
		if len(commits) != 1 || !slices.Equal(commits[0], want) {
			t.Errorf("got %d commits, the first with %v; want one with all in their order", len(commits), commits)
		}
	})
}

func TestDB_MaxBatch(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		var sizes []int
		o := options(t, s)
		o.MaxBatch = 4
		var hint postgres.Hint[int64]
		hint.Listen(func(staged []int64) { sizes = append(sizes, len(staged)) })
		db := open(t, o)
		var changes []task
		for n := range int64(10) {
			changes = append(changes, staged(&hint, n))
		}
		if err := errors.Join(together(t, db, changes...)...); err != nil {
			t.Fatal(err)
		}
		if want := []int{4, 4, 2}; !slices.Equal(sizes, want) {
			t.Errorf("got commits of %v changes, want %v", sizes, want)
		}
	})
}

var errRefused = errors.New("refused")

// failing returns a change that does the same as c, and fails.
func failing(c task) task {
	return task{c.needs, func(tx *postgres.Tx) error { return errors.Join(c.change(tx), errRefused) }}
}

func TestDB_FailedChanges(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		for _, rehearse := range []bool{false, true} {
			t.Run(fmt.Sprintf("rehearse=%v", rehearse), func(t *testing.T) {
				var announced []int64
				var hint postgres.Hint[int64]
				hint.Listen(func(staged []int64) { announced = append(announced, staged...) })
				o := options(t, s)
				o.Rehearse = rehearse
				db := open(t, o)
				errs := together(
					t, db,
					staged(&hint, 0),
					failing(staged(&hint, 1)),
					staged(&hint, 2),
					task{change: func(*postgres.Tx) error { return errRefused }}, // before it wrote anything
					task{nil, func(tx *postgres.Tx) error {
						if err := staged(&hint, 4).change(tx); err != nil {
							return err
						}
						panic("out of cheese")
					}},
					staged(&hint, 0), // exists
					staged(&hint, 6),
					// The writes of a change before it are there, those of a failed one are not.
					task{nil, func(tx *postgres.Tx) error {
						for n, want := range map[int64]bool{0: true, 1: false, 2: true, 4: false, 6: true} {
							if _, found, err := numbers.Get(tx, n); err != nil || found != want {
								t.Errorf("number %d: found is %v with %v, want %v", n, found, err, want)
							}
						}
						return nil
					}},
				)
				for _, i := range []int{0, 2, 6, 7} {
					if errs[i] != nil {
						t.Errorf("change %d: %v", i, errs[i])
					}
				}
				for _, i := range []int{1, 3} {
					if !errors.Is(errs[i], errRefused) {
						t.Errorf("change %d: got %v, want its own error", i, errs[i])
					}
				}
				if err := errs[4]; err == nil || !strings.Contains(err.Error(), "out of cheese") {
					t.Errorf("the panic came back as %v", err)
				}
				if !errors.Is(errs[5], errExists) {
					t.Errorf("the duplicate came back as %v", errs[5])
				}
				expectNumbers(t, db, 0, 2, 6)
				if want := []int64{0, 2, 6}; !slices.Equal(announced, want) {
					t.Errorf("announced %v, want %v", announced, want)
				}
			})
		}
	})
}

// The server's refusal of a record hits the change that wrote it and no other
// one of its group.
func TestDB_RefusedRecords(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db := open(t, options(t, s))
		put := func(v number) task {
			return task{[]postgres.Need{numbers.Need(v.n)}, func(tx *postgres.Tx) error { return numbers.Put(tx, v.n, v) }}
		}
		text, zero := "taken", "a\x00b"
		changes := []task{
			insert(0), put(number{n: 1, text: &text}), insert(2),
			put(number{n: 3, text: &text}), // unique
			put(number{n: 4, count: -1}),   // CHECK
			put(number{n: 5, text: &zero}), // no text there
			{nil, func(tx *postgres.Tx) error { return children.Put(tx, 1, link{1, 9}) }}, // refused by COMMIT
			insert(7),
		}
		errs := together(t, db, changes...)
		for i, err := range errs {
			if refused := i >= 3 && i <= 6; refused != (err != nil) {
				t.Errorf("change %d: got %v", i, err)
			}
		}
		if !postgres.IsUnique(errs[3]) || postgres.IsUnique(errs[4]) {
			t.Errorf("got %v for a duplicate and %v for another refusal", errs[3], errs[4])
		}
		for _, err := range errs[3:7] {
			var u *engine.UnavailableError
			if errors.As(err, &u) {
				t.Errorf("a refused record came back as %v", err)
			}
		}
		expectNumbers(t, db, 0, 1, 2, 7)
	})
}

func TestDB_Rehearse(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		o.Rehearse = true
		db := open(t, o)
		runs := int64(0)
		mustWrite(t, db, task{nil, func(tx *postgres.Tx) error {
			runs++
			return insert(runs).change(tx)
		}})
		if runs != 2 {
			t.Errorf("the change ran %d times, want 2", runs)
		}
		expectNumbers(t, db, 2) // only the writes of the second run
	})
}

func TestDB_EndedContext(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db := open(t, options(t, s))
		ctx, cancel := context.WithCancel(t.Context())
		entered, leave := make(chan struct{}), make(chan struct{})
		running := begin(ctx, db, task{nil, func(tx *postgres.Tx) error {
			close(entered)
			<-leave
			return insert(1).change(tx)
		}})
		<-entered
		queued := begin(ctx, db, task{nil, func(*postgres.Tx) error {
			t.Error("a change ran after its caller had gone")
			return nil
		}})
		eventually(t, "queueing", func() bool { return db.Queued() == 1 })
		next := begin(t.Context(), db, insert(2))
		cancel()
		if err := <-queued; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting: got %v, want the context's error", err)
		}
		close(leave)
		if err := <-running; err != nil {
			t.Errorf("begun: got %v, want the outcome of the change", err)
		}
		if err := <-next; err != nil {
			t.Error(err)
		}
		if err := write(ctx, db, insert(3)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: got %v", err)
		}
		expectNumbers(t, db, 1, 2)
	})
}

func expectUnavailable(t *testing.T, err error) {
	t.Helper()
	var u *engine.UnavailableError
	if !errors.As(err, &u) {
		t.Errorf("got %v, want an UnavailableError", err)
		return
	}
	if detail, retryAfter := u.Unavailable(); detail == "" || retryAfter <= 0 {
		t.Errorf("got %q and %v, want a sentence and a pause", detail, retryAfter)
	}
}

func TestDB_FullQueue(t *testing.T) {
	s := postgrestest.Newest(t)
	o := options(t, s)
	o.QueueLength = 2
	db := open(t, o)
	release := hold(t, db)
	defer release()
	first, second := begin(t.Context(), db, insert(1)), begin(t.Context(), db, insert(2))
	eventually(t, "queueing", func() bool { return db.Queued() == 2 })
	expectUnavailable(t, write(t.Context(), db, insert(3)))
	release()
	if err := errors.Join(<-first, <-second); err != nil {
		t.Error(err)
	}
	expectNumbers(t, db, 1, 2)
}

// A change does not wait in the queue for longer than RetryFor, also when the one
// before it does not end.
func TestDB_QueueTimeout(t *testing.T) {
	s := postgrestest.Newest(t)
	o := options(t, s)
	o.RetryFor = time.Second
	db := open(t, o)
	entered, leave := make(chan struct{}), make(chan struct{})
	enter := sync.OnceFunc(func() { close(entered) })
	running := begin(t.Context(), db, task{[]postgres.Need{numbers.Need(1)}, func(tx *postgres.Tx) error {
		enter()
		<-leave
		return insert(1).change(tx)
	}})
	<-entered
	expectUnavailable(t, write(t.Context(), db, insert(2)))
	close(leave)
	if err := <-running; err != nil {
		t.Error(err)
	}
	expectNumbers(t, db, 1)
}

func TestDB_Close(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		release := hold(t, db)
		var writes []pending
		for n := range int64(20) {
			writes = append(writes, begin(t.Context(), db, insert(n)))
		}
		eventually(t, "queueing", func() bool { return db.Queued() == len(writes) })
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() { mustClose(t, db) })
		}
		eventually(t, "closing", db.Closed)
		expectUnavailable(t, write(t.Context(), db, insert(100)))
		release()
		wait.Wait()
		for i, w := range writes {
			if err := <-w; err != nil {
				t.Errorf("change %d, queued before Close: %v", i, err)
			}
		}
		expectUnavailable(t, write(t.Context(), db, insert(101)))
		if err := db.Ping(t.Context()); err == nil {
			t.Error("a closed database answers")
		}
		if got := list(t, open(t, o), `SELECT n FROM numbers`); len(got) != len(writes) {
			t.Errorf("the table holds %v", got)
		}
	})
}

// Several instances count at one record: nothing is lost, and the events have
// no gap.
func TestDB_ManyInstances(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		const instances, writers, each = 4, 16, 25
		o := options(t, s)
		o.Unnamed = func(table string) { t.Errorf("a record of %s was not named", table) }
		var wait sync.WaitGroup
		var counted atomic.Int64
		var db *postgres.DB
		for i := range instances {
			instance := open(t, o)
			db = instance
			for w := range writers {
				wait.Go(func() {
					for n := range each {
						c := increment(0, fmt.Sprint(i, w, n))
						if n%5 == 0 {
							c = failing(c)
						}
						switch err := write(t.Context(), instance, c); {
						case err == nil:
							counted.Add(1)
						case !errors.Is(err, errRefused):
							t.Error(err)
						}
					}
				})
			}
		}
		wait.Wait()
		if want := int64(instances * writers * each * 4 / 5); counted.Load() != want {
			t.Errorf("%d changes succeeded, want %d", counted.Load(), want)
		}
		expectCount(t, db, 0, counted.Load())
	})
}
