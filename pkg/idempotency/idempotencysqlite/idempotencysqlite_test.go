package idempotencysqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencysqlite"
	"inventory.example/pkg/idempotency/idempotencytest"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, rehearse bool) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "test.db"), Logger: slog.New(slog.DiscardHandler), Rehearse: rehearse,
	}, idempotencysqlite.Component())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestRepository(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse=%t", rehearse), func(t *testing.T) {
			idempotencytest.Run(t, func(t *testing.T) idempotencytest.Repository {
				db := open(t, rehearse)
				return idempotencytest.Repository{
					Write: func(ctx context.Context, change func(idempotency.Store) error) error {
						return db.Write(ctx, func(tx *sqlite.Tx) error { return change(idempotencysqlite.Tx{Tx: tx, Now: start}) })
					},
					FindResult: func(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
						return idempotencysqlite.Find(ctx, db, r.Caller, r.Key)
					},
				}
			})
		})
	}
}

type answer struct {
	Quantity int `json:"quantity"`
}

var format = idempotency.JSON[answer]{}

// do acts as a use case: it returns the saved result, or works and saves.
func do(db *sqlite.DB, r idempotency.Request, quantity int, at time.Time) (result answer, replayed bool, err error) {
	err = db.Write(context.Background(), func(tx *sqlite.Tx) error {
		store := idempotencysqlite.Tx{Tx: tx, Now: at}
		var err error
		if result, replayed, err = idempotency.Replay(store, r, format); err != nil || replayed {
			return err
		}
		result.Quantity = quantity
		return idempotency.Save(store, r, format, result)
	})
	return result, replayed, err
}

func request(caller, key, fingerprint string) idempotency.Request {
	return idempotency.Request{Caller: caller, Key: key, Fingerprint: fingerprint}
}

func TestTx_replays(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse=%v", rehearse), func(t *testing.T) {
			db := open(t, rehearse)
			tests := []struct {
				name     string
				request  idempotency.Request
				quantity int
				want     int
				replayed bool
			}{
				{name: "the first request", request: request("shop", "key-1", "f"), quantity: 1, want: 1},
				{name: "the same again", request: request("shop", "key-1", "f"), quantity: 2, want: 1, replayed: true},
				{name: "and again", request: request("shop", "key-1", "f"), quantity: 3, want: 1, replayed: true},
				{name: "another key", request: request("shop", "key-2", "f"), quantity: 4, want: 4},
				{name: "another caller", request: request("web", "key-1", "f"), quantity: 5, want: 5},
				{name: "a longer key", request: request("shop", "key-1 ", "f"), quantity: 6, want: 6},
				{name: "no key", request: request("shop", "", "f"), quantity: 7, want: 7},
				{name: "no key again", request: request("shop", "", "f"), quantity: 8, want: 8},
			}
			for _, test := range tests {
				got, replayed, err := do(db, test.request, test.quantity, start)
				if err != nil || got.Quantity != test.want || replayed != test.replayed {
					t.Errorf("%s: got %d, replayed %v, %v; want %d, %v",
						test.name, got.Quantity, replayed, err, test.want, test.replayed)
				}
			}
		})
	}
}

func TestTx_refusesReusedKey(t *testing.T) {
	db := open(t, false)
	if _, _, err := do(db, request("shop", "key", "one"), 1, start); err != nil {
		t.Fatal(err)
	}
	if _, _, err := do(db, request("shop", "key", "two"), 2, start); problem.CodeOf(err) != problem.IdempotencyKeyReused {
		t.Errorf("got %v, want IdempotencyKeyReused", err)
	}
	if got, replayed, err := do(db, request("shop", "key", "one"), 3, start); err != nil || got.Quantity != 1 || !replayed {
		t.Errorf("the first result: got %d, %v, %v", got.Quantity, replayed, err)
	}
}

func TestTx_SaveResult(t *testing.T) {
	db := open(t, false)
	boom := errors.New("boom")
	r := request("shop", "key", "f")
	if err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
		return errors.Join(idempotency.Save(idempotencysqlite.Tx{Tx: tx, Now: start}, r, format, answer{Quantity: 1}), boom)
	}); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if _, found, err := idempotencysqlite.Find(t.Context(), db, "shop", "key"); err != nil || found {
		t.Errorf("the result of an undone change was found: %v, %v", found, err)
	}
	if err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
		store := idempotencysqlite.Tx{Tx: tx, Now: start}
		return errors.Join(store.SaveResult(r, []byte(`1`)), store.SaveResult(r, []byte(`2`)))
	}); !errors.Is(err, idempotency.ErrConflict) || problem.CodeOf(err) != problem.Conflict {
		t.Errorf("saving twice: got %v, want %v", err, idempotency.ErrConflict)
	}
}

func TestFind(t *testing.T) {
	db := open(t, false)
	if _, found, err := idempotencysqlite.Find(t.Context(), db, "shop", "key"); err != nil || found {
		t.Errorf("got %v, %v from an empty table", found, err)
	}
	if _, _, err := do(db, request("shop", "key", "f"), 5, start); err != nil {
		t.Fatal(err)
	}
	saved, found, err := idempotencysqlite.Find(t.Context(), db, "shop", "key")
	if err != nil || !found || saved.Fingerprint != "f" || string(saved.Result) != `{"quantity":5}` {
		t.Errorf("got %+v, %v, %v", saved, found, err)
	}
}

// fill saves count results at a time.
func fill(t *testing.T, db *sqlite.DB, prefix string, count int, at time.Time) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
		for i := range count {
			r := request("shop", fmt.Sprintf("%s-%d", prefix, i), "f")
			if err := (idempotencysqlite.Tx{Tx: tx, Now: at}).SaveResult(r, []byte(`{}`)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *sqlite.DB) (n int) {
	t.Helper()
	if err := db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM idempotency_keys`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPurge(t *testing.T) {
	db := open(t, false)
	fill(t, db, "old", 2500, start)
	fill(t, db, "new", 10, start.Add(time.Millisecond))
	for step, want := range []struct {
		left int
		more bool
	}{{1510, true}, {510, true}, {10, false}, {10, false}} {
		more, err := idempotencysqlite.Purge(t.Context(), db, start.Add(time.Millisecond))
		if err != nil || more != want.more || count(t, db) != want.left {
			t.Errorf("step %d: more %v, %v, %d left; want %v, %d left", step, more, err, count(t, db), want.more, want.left)
		}
	}
	if _, found, err := idempotencysqlite.Find(t.Context(), db, "shop", "new-0"); err != nil || !found {
		t.Errorf("a result saved at the given time is gone: %v, %v", found, err)
	}
}

// watchedClock reports each timer that is set.
type watchedClock struct {
	*clock.Fake
	timers chan time.Duration
}

func (c watchedClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.Fake.NewTimer(d)
	c.timers <- d
	return timer
}

// purger is the idempotency.Purger of a database.
type purger struct{ db *sqlite.DB }

func (p purger) PurgeResults(ctx context.Context, before time.Time) (more bool, err error) {
	return idempotencysqlite.Purge(ctx, p.db, before)
}

func TestRunPurge(t *testing.T) {
	db := open(t, false)
	fill(t, db, "a", 2500, start)
	fill(t, db, "b", 3, start.Add(90*time.Minute))
	now := watchedClock{clock.NewFake(start.Add(2 * idempotency.Promised)), make(chan time.Duration)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- idempotency.RunPurge(ctx, purger{db}, now, slog.New(slog.DiscardHandler)) }()
	for hour, want := range []int{2503, 3, 0} { // at the start everything is just young enough
		<-now.timers
		if n := count(t, db); n != want {
			t.Errorf("after %d hours %d results are left, want %d", hour, n, want)
		}
		if hour < 2 {
			now.Advance(time.Hour)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v", err)
	}
}
