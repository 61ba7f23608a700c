package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

// pending is a Write under way.
type pending chan error

func begin(ctx context.Context, db *sqlite.DB, change func(*sqlite.Tx) error) pending {
	p := make(pending, 1)
	go func() { p <- db.Write(ctx, change) }()
	return p
}

// blockWriter blocks the writer until the returned function is called.
func blockWriter(t *testing.T, db *sqlite.DB) (release func()) {
	t.Helper()
	var once sync.Once
	entered, leave := make(chan struct{}), make(chan struct{})
	blocking := begin(context.Background(), db, func(*sqlite.Tx) error {
		once.Do(func() { close(entered) }) // Rehearse runs it twice
		<-leave
		return nil
	})
	<-entered
	return sync.OnceFunc(func() {
		close(leave)
		if err := <-blocking; err != nil { // it wrote nothing; the test checks the outcome of the group
			t.Log("the change that blocked the writer:", err)
		}
	})
}

// together queues the changes one after the other, so that they run in one
// group, and returns their outcomes.
func together(t *testing.T, db *sqlite.DB, changes ...func(*sqlite.Tx) error) []error {
	t.Helper()
	release := blockWriter(t, db)
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

func TestDB_groupCommit(t *testing.T) {
	const writers = 64
	var commits [][]int
	var returned atomic.Int64
	var hint sqlite.Hint[int]
	db := open(t, sqlite.Options{})
	hint.Listen(func(staged []int) {
		commits = append(commits, staged)
		if n := returned.Load(); n > 0 {
			t.Errorf("%d Writes returned before the commit was announced", n)
		}
		if got := len(numbers(t, db)); got != len(staged) { // a reader sees committed changes
			t.Errorf("when the commit is announced, readers see %d rows, want %d", got, len(staged))
		}
	})
	changes := make([]func(*sqlite.Tx) error, writers)
	var want []int
	for i := range changes {
		want = append(want, i)
		changes[i] = func(tx *sqlite.Tx) error {
			hint.Stage(tx, i)
			return insert(i)(tx)
		}
	}
	release := blockWriter(t, db)
	var wait sync.WaitGroup
	for i, change := range changes {
		wait.Go(func() {
			if err := db.Write(t.Context(), change); err != nil {
				t.Error(err)
			}
			returned.Add(1)
		})
		eventually(t, "queueing", func() bool { return db.Queued() == i+1 })
	}
	release()
	wait.Wait()
	if len(commits) != 1 || !slices.Equal(commits[0], want) {
		t.Errorf("got %d commits, the first with %v; want one with all, in order", len(commits), commits)
	}
}

func TestDB_groupBounds(t *testing.T) {
	var sizes []int
	var hint sqlite.Hint[int]
	db := open(t, sqlite.Options{MaxBatch: 4})
	hint.Listen(func(staged []int) { sizes = append(sizes, len(staged)) })
	changes := make([]func(*sqlite.Tx) error, 10)
	for i := range changes {
		changes[i] = func(tx *sqlite.Tx) error {
			hint.Stage(tx, i)
			return insert(i)(tx)
		}
	}
	if err := errors.Join(together(t, db, changes...)...); err != nil {
		t.Fatal(err)
	}
	if want := []int{3, 4, 3}; !slices.Equal(sizes, want) { // the change that blocked the writer is in the first
		t.Errorf("got commits of %v changes, want %v", sizes, want)
	}
}

var errRefused = errors.New("refused")

// mixture is a group in which changes fail in every way, and how often each ran.
type mixture struct {
	runs    [7]int
	changes []func(*sqlite.Tx) error
	hint    sqlite.Hint[int]
}

func newMixture() *mixture {
	m := &mixture{}
	staged := func(n int) func(*sqlite.Tx) error {
		return func(tx *sqlite.Tx) error {
			m.hint.Stage(tx, n)
			return insert(n)(tx)
		}
	}
	for i, change := range []func(*sqlite.Tx) error{
		staged(0),
		func(tx *sqlite.Tx) error { return errors.Join(staged(1)(tx), errRefused) },
		staged(2),
		func(*sqlite.Tx) error { return errRefused }, // before any write
		func(tx *sqlite.Tx) error {
			if err := staged(4)(tx); err != nil {
				return err
			}
			panic("out of cheese")
		},
		func(tx *sqlite.Tx) error { return staged(0)(tx) }, // exists
		staged(6),
	} {
		m.changes = append(m.changes, func(tx *sqlite.Tx) error {
			m.runs[i]++
			return change(tx)
		})
	}
	return m
}

func TestDB_undoesOnlyFailedChange(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse=%v", rehearse), func(t *testing.T) {
			var announced []int
			db := open(t, sqlite.Options{Rehearse: rehearse})
			m := newMixture()
			m.hint.Listen(func(staged []int) { announced = append(announced, staged...) })
			errs := together(t, db, m.changes...)
			for _, i := range []int{0, 2, 6} {
				if errs[i] != nil {
					t.Errorf("change %d: %v", i, errs[i])
				}
			}
			for _, i := range []int{1, 3} {
				if !errors.Is(errs[i], errRefused) {
					t.Errorf("change %d: got %v, want its own error", i, errs[i])
				}
			}
			if err := errs[4]; err == nil || !strings.Contains(err.Error(), "out of cheese") ||
				problem.CodeOf(err) != problem.Internal {
				t.Errorf("the panic was returned as %v", err)
			}
			if !sqlite.IsUnique(errs[5]) {
				t.Errorf("the duplicate was returned as %v", errs[5])
			}
			expectNumbers(t, db, 0, 2, 6)
			if want := []int{0, 2, 6}; !slices.Equal(announced, want) {
				t.Errorf("announced %v, want %v", announced, want)
			}
			if m.runs[0] != 2 {
				t.Errorf("the first change ran %d times, want a second time after the undo", m.runs[0])
			}
		})
	}
}

func TestDB_refusalNeedsNoRerun(t *testing.T) {
	db := open(t, sqlite.Options{})
	runs := 0
	errs := together(t, db,
		func(tx *sqlite.Tx) error { runs++; return insert(1)(tx) },
		func(tx *sqlite.Tx) error { // a conditional update that finds nothing has changed nothing
			changed, _, err := tx.Exec(`UPDATE numbers SET text = 'x' WHERE n = 99`)
			if err != nil || changed != 0 {
				t.Errorf("got %d changed rows and %v", changed, err)
			}
			return errRefused
		},
		insert(2),
	)
	if errs[0] != nil || !errors.Is(errs[1], errRefused) || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	if runs != 1 {
		t.Errorf("the change before a refusal ran %d times, want once", runs)
	}
	expectNumbers(t, db, 1, 2)
}

func TestDB_rehearse(t *testing.T) {
	db := open(t, sqlite.Options{Rehearse: true})
	runs := 0
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		runs++
		return insert(runs)(tx)
	})
	if runs != 2 {
		t.Errorf("the change ran %d times, want 2", runs)
	}
	expectNumbers(t, db, 2) // only the changes of the second run
}

func TestDB_undoesWritingQuery(t *testing.T) {
	db := open(t, sqlite.Options{})
	err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
		var n int64
		if err := tx.QueryRow(`INSERT INTO numbers (n) VALUES (7) RETURNING n`).Scan(&n); err != nil {
			return err
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v", err)
	}
	expectNumbers(t, db)
}

func TestDB_writeContext(t *testing.T) {
	db := open(t, sqlite.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	entered, leave := make(chan struct{}), make(chan struct{})
	begun := begin(ctx, db, func(tx *sqlite.Tx) error {
		close(entered)
		<-leave
		return insert(1)(tx)
	})
	<-entered
	queued := begin(ctx, db, func(*sqlite.Tx) error {
		t.Error("a change ran after its caller had returned")
		return nil
	})
	eventually(t, "queueing", func() bool { return db.Queued() == 1 })
	next := begin(t.Context(), db, insert(2))
	cancel()
	if err := <-queued; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: got %v, want the context's error", err)
	}
	close(leave)
	if err := <-begun; err != nil {
		t.Errorf("begun: got %v, want the outcome of the change", err)
	}
	if err := <-next; err != nil {
		t.Error(err)
	}
	if err := db.Write(ctx, insert(3)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: got %v", err)
	}
	expectNumbers(t, db, 1, 2)
}

func TestDB_fullQueue(t *testing.T) {
	db := open(t, sqlite.Options{QueueLength: 2})
	release := blockWriter(t, db)
	defer release()
	first, second := begin(t.Context(), db, insert(1)), begin(t.Context(), db, insert(2))
	eventually(t, "queueing", func() bool { return db.Queued() == 2 })
	err := db.Write(t.Context(), insert(3))
	var u *engine.UnavailableError
	if p := problem.Of(err); !errors.As(err, &u) || p == nil || p.Code != problem.StorageUnavailable || p.RetryAfter <= 0 {
		t.Errorf("got %v, want a StorageUnavailable problem with RetryAfter", err)
	}
	release()
	if err := errors.Join(<-first, <-second); err != nil {
		t.Error(err)
	}
	expectNumbers(t, db, 1, 2)
}

func TestDB_closeDrains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlite.Options{Path: path})
	release := blockWriter(t, db)
	var writes []pending
	for n := range 20 {
		writes = append(writes, begin(t.Context(), db, insert(n)))
	}
	eventually(t, "queueing", func() bool { return db.Queued() == len(writes) })
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() { mustClose(t, db) })
	}
	eventually(t, "closing", db.Closed)
	if err := db.Write(t.Context(), insert(100)); problem.CodeOf(err) != problem.StorageUnavailable {
		t.Errorf("Write while closing: got %v", err)
	}
	release()
	wait.Wait()
	for i, w := range writes {
		if err := <-w; err != nil {
			t.Errorf("change %d, queued before Close: %v", i, err)
		}
	}
	if err := db.Write(t.Context(), insert(101)); problem.CodeOf(err) != problem.StorageUnavailable {
		t.Errorf("Write after Close: got %v", err)
	}
	if got := numbers(t, open(t, sqlite.Options{Path: path})); len(got) != len(writes) {
		t.Errorf("the file holds %v", got)
	}
}

func TestDB_concurrentWrites(t *testing.T) {
	const writers, each = 32, 50
	db := open(t, sqlite.Options{})
	mustWrite(t, db, insert(0))
	var wait sync.WaitGroup
	var refused atomic.Int64
	for range writers {
		wait.Go(func() {
			for i := range each {
				err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
					if _, _, err := tx.Exec(`UPDATE numbers SET text = COALESCE(text, 0) + 1 WHERE n = 0`); err != nil {
						return err
					}
					if i%5 == 0 {
						return errRefused
					}
					return nil
				})
				switch {
				case errors.Is(err, errRefused):
					refused.Add(1)
				case err != nil:
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	var count int64
	if err := db.Reader().QueryRowContext(t.Context(), `SELECT text FROM numbers`).Scan(&count); err != nil {
		t.Fatal(err)
	}
	if want := writers*each - refused.Load(); count != want || refused.Load() != writers*each/5 {
		t.Errorf("counted %d, want %d with %d refusals", count, want, refused.Load())
	}
}
