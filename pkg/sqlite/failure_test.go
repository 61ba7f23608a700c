package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

// setFull prevents the file from growing, or allows it again.
func setFull(t *testing.T, db *sqlite.DB, full bool) {
	t.Helper()
	query := `PRAGMA max_page_count = 4294967294`
	if full {
		query = `PRAGMA max_page_count = 1` // SQLite uses the current size
	}
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		var limit int64
		return tx.QueryRow(query).Scan(&limit)
	})
}

func insertLarge(n int) func(*sqlite.Tx) error {
	return func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`INSERT INTO numbers (n, note) VALUES (?, ?)`, n, make([]byte, 1<<20))
		return err
	}
}

func expectUnavailable(t *testing.T, err error) {
	t.Helper()
	var u *engine.UnavailableError
	if p := problem.Of(err); !errors.As(err, &u) || p == nil || p.Code != problem.StorageUnavailable || p.RetryAfter <= 0 || p.Cause == nil {
		t.Errorf("got %v, want a StorageUnavailable problem with RetryAfter and a cause", err)
	}
}

func TestDB_fullDisk(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse=%v", rehearse), func(t *testing.T) {
			var announced []string
			var hint sqlite.Hint[string]
			db := open(t, sqlite.Options{Rehearse: rehearse})
			hint.Listen(func(staged []string) { announced = append(announced, staged...) })
			mustWrite(t, db, insert(1))
			setFull(t, db, true)
			for _, err := range together(t, db,
				insert(2),
				func(tx *sqlite.Tx) error {
					hint.Stage(tx, "never")
					return insertLarge(3)(tx)
				},
				insert(4),
			) {
				if err != nil { // changes after the failed one may be in a group of their own
					expectUnavailable(t, err)
				}
			}
			expectUnavailable(t, db.Write(t.Context(), insertLarge(5)))
			if got := numbers(t, db); len(got) > 2 || got[0] != 1 || len(got) == 2 && got[1] != 4 {
				t.Errorf("the table holds %v", got)
			}
			if len(announced) > 0 {
				t.Errorf("announced %v", announced)
			}

			setFull(t, db, false)
			mustWrite(t, db, insertLarge(6))
		})
	}
}

// After SQLite has rolled back by itself, the rest of a change that ignores its
// errors must not be committed as a transaction of its own.
func TestDB_fullDiskIgnoredByChange(t *testing.T) {
	db := open(t, sqlite.Options{})
	setFull(t, db, true)
	errs := together(t, db, insert(1), func(tx *sqlite.Tx) error {
		if insertLarge(2)(tx) == nil {
			t.Error("the disk is not full")
		}
		if err := insert(3)(tx); err == nil {
			t.Error("the transaction goes on after its end")
		}
		if err := tx.QueryRow(`SELECT 1`).Scan(new(int64)); err == nil {
			t.Error("the transaction goes on after its end")
		}
		return nil
	})
	expectUnavailable(t, errs[0])
	expectUnavailable(t, errs[1])
	expectNumbers(t, db)
	setFull(t, db, false)
	mustWrite(t, db, insert(4))
	expectNumbers(t, db, 4)
}

func TestDB_failingCommit(t *testing.T) {
	var hint sqlite.Hint[string]
	db := open(t, sqlite.Options{})
	hint.Listen(func(staged []string) { t.Errorf("announced %v", staged) })
	orphan := func(tx *sqlite.Tx) error {
		hint.Stage(tx, "never")
		_, _, err := tx.Exec(`INSERT INTO children (parent) VALUES (1)`) // checked by COMMIT
		return err
	}
	if err := db.Write(t.Context(), orphan); err == nil {
		t.Error("Write returned nil for a commit that failed")
	}
	for i, err := range together(t, db, insert(1), orphan, insert(2)) {
		if err == nil {
			t.Errorf("change %d: Write returned nil for a commit that failed", i)
		}
	}
	expectNumbers(t, db)
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		if _, _, err := tx.Exec(`INSERT INTO children (parent) VALUES (1)`); err != nil {
			return err
		}
		_, _, err := tx.Exec(`INSERT INTO parents (id) VALUES (1)`)
		return err
	})
	var children int
	if err := db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM children`).Scan(&children); err != nil || children != 1 {
		t.Errorf("got %d children and %v", children, err)
	}
}

func TestDB_failingRollback(t *testing.T) {
	db := open(t, sqlite.Options{})
	mustWrite(t, db, insert(1))
	err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
		return errors.Join(insert(2)(tx), sqlite.BreakRollback(tx), errRefused)
	})
	expectUnavailable(t, err)
	mustWrite(t, db, insert(3)) // on a new connection
	expectNumbers(t, db, 1, 3)
}

func TestDB_changeEndsTransaction(t *testing.T) {
	db := open(t, sqlite.Options{})
	for _, statement := range []string{"ROLLBACK", "COMMIT"} {
		err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(statement)
			return err
		})
		expectUnavailable(t, err)
	}
	mustWrite(t, db, insert(1))
	expectNumbers(t, db, 1)
}

// While another program owns the lock, all queued changes are refused together:
// after one time-out of SQLite, not one for each.
func TestDB_lockedByOtherProgram(t *testing.T) {
	const writers = 50
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlite.Options{Path: path})
	other, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}()
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	writes := make([]pending, writers)
	for n := range writes {
		writes[n] = begin(t.Context(), db, insert(n))
	}
	// All but the first are in the queue long before SQLite gives up.
	eventually(t, "queueing", func() bool { return db.Queued() == writers-1 })
	for _, w := range writes {
		expectUnavailable(t, <-w)
	}
	if err := lock.Rollback(); err != nil {
		t.Error(err)
	}
	mustWrite(t, db, insert(writers))
	expectNumbers(t, db, writers)
}

func TestClassify(t *testing.T) {
	if err := sqlite.Classify(nil); err != nil {
		t.Errorf("got %v for nil", err)
	}
	if err := sqlite.Classify(errRefused); !errors.Is(err, errRefused) || problem.CodeOf(err) != problem.Internal {
		t.Errorf("got %v for the caller's own error", err)
	}
	db := open(t, sqlite.Options{})
	_, err := db.Reader().ExecContext(t.Context(), `DELETE FROM numbers`)
	classified := sqlite.Classify(fmt.Errorf("delete: %w", err))
	expectUnavailable(t, classified)
	outer := fmt.Errorf("snapshot: %w", classified)
	if again := sqlite.Classify(outer); again != outer { //nolint:errorlint // the very error must come back
		t.Errorf("got %v for the classified error %v", again, outer)
	}
}

// crashVariable is the variable with the path of the database to which a child
// process of the test writes.
const crashVariable = "SQLITE_CRASH_PATH"

const crashRows = 50

// crash prints every number whose Write has returned, and kills its own process
// while other Writes are under way.
func crash(path string) {
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: path}, component(schema))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var first int
	if err := db.Reader().QueryRow(`SELECT COALESCE(MAX(n), 0) + 1 FROM numbers`).Scan(&first); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	done := make(chan struct{}, crashRows)
	for n := range 2 * crashRows {
		go func() {
			if err := db.Write(context.Background(), insert(first+n)); err == nil {
				fmt.Println(first + n) // not buffered
				done <- struct{}{}
			}
		}()
	}
	for range crashRows {
		<-done
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		os.Exit(1)
	}
	select {}
}

func TestDB_kill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var acknowledged []int
	for range 3 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), crashVariable+"="+path)
		output, err := child.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("the child ended with %v", err)
		}
		if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
			t.Fatalf("the child ended with %v: %s", err, exit.Stderr)
		}
		for field := range strings.FieldsSeq(string(output)) {
			n, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged = append(acknowledged, n)
		}
	}
	stored := map[int]bool{}
	for _, n := range numbers(t, open(t, sqlite.Options{Path: path})) {
		stored[n] = true
	}
	if len(acknowledged) < 3*crashRows {
		t.Errorf("only %d writes were acknowledged", len(acknowledged))
	}
	for _, n := range acknowledged {
		if !stored[n] {
			t.Errorf("number %d was acknowledged and is lost", n)
		}
	}
}
