package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// load writes from several goroutines until its context ends.
type load struct {
	wait     sync.WaitGroup
	done     atomic.Int64
	mu       sync.Mutex
	payloads []string // of the changes whose Write has returned nil
}

func (l *load) run(ctx context.Context, t *testing.T, name string, db *postgres.DB, writers int) {
	for w := range writers {
		l.wait.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				payload := fmt.Sprint(name, " ", w, " ", n)
				// Without ctx: each change that was begun is waited for.
				if err := write(context.Background(), db, increment(0, payload)); err != nil {
					t.Errorf("%s: %v", payload, err)
					continue
				}
				l.mu.Lock()
				l.payloads = append(l.payloads, payload)
				l.mu.Unlock()
				l.done.Add(1)
			}
		})
	}
}

// expect compares the database with the acknowledged changes: each is there once,
// and no other one.
func (l *load) expect(t *testing.T, db *postgres.DB) {
	t.Helper()
	expectCount(t, db, 0, int64(len(l.payloads)))
	missing := list(t, db, `SELECT COUNT(*) FROM unnest($1::text[]) AS p WHERE p NOT IN (SELECT payload FROM outbox)`, l.payloads)
	if missing[0] != 0 {
		t.Errorf("%d of %d acknowledged changes are lost", missing[0], len(l.payloads))
	}
}

// The server is killed and started again, several times, while two instances
// write. The database has every change once.
func TestDB_KilledServer(t *testing.T) {
	postgrestest.EachOwn(t, func(t *testing.T, s *postgrestest.Server) {
		t.Parallel()
		o := options(t, s)
		o.RetryFor, o.ResolveFor = time.Minute, time.Minute
		first, second := open(t, o), open(t, o)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var l load
		l.run(ctx, t, "first", first, 16)
		l.run(ctx, t, "second", second, 16)
		for range 3 {
			before := l.done.Load()
			eventually(t, "writing", func() bool { return l.done.Load() > before+300 })
			s.Kill(t)
			s.Start(t)
		}
		before := l.done.Load()
		eventually(t, "writing", func() bool { return l.done.Load() > before+300 })
		stop()
		l.wait.Wait()
		l.expect(t, first)
	})
}

// A server that ends its sessions (a switch-over, an upgrade) fails no change.
func TestDB_EndedSessions(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var l load
		l.run(ctx, t, "one", db, 8)
		for range 10 {
			before := l.done.Load()
			eventually(t, "writing", func() bool { return l.done.Load() > before+20 })
			s.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'inventory `+o.Schema+` writer'`)
		}
		stop()
		l.wait.Wait()
		// The pool's connections are untouched.
		l.expect(t, db)
	})
}

// While the server is away, changes are refused: the first after RetryFor, with
// those that wait for it, and the next at once. It needs no restart after that.
func TestDB_StoppedServer(t *testing.T) {
	s := postgrestest.NewestOwn(t)
	o := options(t, s)
	o.RetryFor = time.Second
	db := open(t, o)
	mustWrite(t, db, insert(1))
	s.Stop(t)
	var writes []pending
	for n := range int64(20) {
		writes = append(writes, begin(t.Context(), db, insert(10+n)))
	}
	for _, w := range writes {
		expectUnavailable(t, <-w)
	}
	_, err := postgres.Rows(t.Context(), db, func(postgres.Scanner) (int, error) { return 0, nil }, `SELECT n FROM numbers`)
	expectUnavailable(t, err)
	if err := db.Ping(t.Context()); err == nil {
		t.Error("a server that is away answers")
	}
	s.Start(t)
	eventually(t, "the return of the server", func() bool { return write(t.Context(), db, insert(2)) == nil })
	expectNumbers(t, db, 1, 2)
}

// A server that does not respond is left after RetryFor, before a change is
// committed; nothing of it is there afterwards.
func TestDB_SilentServer(t *testing.T) {
	s := postgrestest.NewestOwn(t)
	o := options(t, s)
	o.RetryFor = time.Second
	db := open(t, o)
	mustWrite(t, db, insert(1))
	s.Pause(t)
	expectUnavailable(t, write(t.Context(), db, insert(2)))
	s.Resume(t)
	eventually(t, "the return of the server", func() bool { return write(t.Context(), db, insert(3)) == nil })
	expectNumbers(t, db, 1, 3)
}

// A process that is stopped while it sends the second exchange is not idle for
// the server, whose own time-out does not end it.
func TestDB_HalfExchange(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		config, err := pgx.ParseConfig(o.URL)
		if err != nil {
			t.Fatal(err)
		}
		config.RuntimeParams["application_name"] = "inventory " + o.Schema + " writer"
		config.RuntimeParams["idle_in_transaction_session_timeout"] = "2s"
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		pipeline := conn.PgConn().StartPipeline(t.Context())
		pipeline.SendQueryParams("BEGIN", nil, nil, nil, nil)
		pipeline.SendQueryParams("SELECT id FROM "+o.Schema+".writer_token FOR UPDATE", nil, nil, nil, nil)
		pipeline.SendFlushRequest() // and no Sync, so the server waits for more
		if err := pipeline.Flush(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := pipeline.GetResults(); err != nil {
				t.Fatal(err)
			}
		}
		mustWrite(t, db, insert(1))
		expectNumbers(t, db, 1)
		if err := pipeline.Close(); err == nil {
			t.Error("the stalled session was not ended")
		}
	})
}

// Without the token another program can change a record between the two
// exchanges. The group notices and begins again.
func TestDB_OtherProgram(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		mustWrite(t, db, increment(0, "first"))
		runs := 0
		c := increment(0, "second")
		mustWrite(t, db, task{c.needs, func(tx *postgres.Tx) error {
			if runs++; runs == 1 {
				s.Exec(t, `DELETE FROM `+o.Schema+`.numbers`)
			}
			return c.change(tx)
		}})
		if got := list(t, db, `SELECT count FROM numbers`); runs != 2 || len(got) != 1 || got[0] != 1 {
			t.Errorf("the change ran %d times and counted %v, want 2 and from the beginning", runs, got)
		}
	})
}

func TestClassify(t *testing.T) {
	ctx := t.Context()
	if err := postgres.Classify(ctx, nil); err != nil {
		t.Errorf("got %v for nil", err)
	}
	if err := postgres.Classify(ctx, errRefused); !errors.Is(err, errRefused) {
		t.Errorf("got %v for an error of the caller", err)
	}
	db := open(t, options(t, postgrestest.Newest(t)))
	_, err := db.Reader().Exec(ctx, `DELETE FROM numbers`)
	expectUnavailable(t, postgres.Classify(ctx, fmt.Errorf("delete: %w", err))) // as on a standby
	ended, end := context.WithCancel(ctx)
	end()
	_, err = db.Reader().Exec(ended, `SELECT 1`)
	if err := postgres.Classify(ended, err); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}
