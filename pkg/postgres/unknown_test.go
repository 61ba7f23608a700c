package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// The connection is cut at every byte of the exchange that commits, on the way
// to the server and on the way back. Each change is committed once and its
// caller gets nil, for any part of the exchange that the server has seen.
func TestDB_CutCommit(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		t.Parallel()
		o := options(t, s)
		p, through := newProxy(t, o.URL)
		o.URL = through
		db := open(t, o)
		written := int64(0)
		// writeCut makes one change, during whose second exchange the connection ends.
		writeCut := func(toServer bool, left int) (passed int, ended bool) {
			written++
			c := increment(0, fmt.Sprint("cut ", written))
			armed := false
			mustWrite(t, db, task{c.needs, func(tx *postgres.Tx) error {
				if !armed { // the attempts after the first are left alone
					p.arm(toServer, left)
				}
				armed = true
				return c.change(tx)
			}})
			return p.disarm()
		}
		warm := func() {
			written++
			mustWrite(t, db, increment(0, fmt.Sprint("warm ", written)))
		}
		for _, toServer := range []bool{true, false} {
			warm()
			warm() // all statements are prepared now
			size, ended := writeCut(toServer, unlimited)
			if ended || size < 100 {
				t.Fatalf("the exchange has %d bytes, ended: %v", size, ended)
			}
			for left := range size {
				if _, ended := writeCut(toServer, left); !ended {
					t.Errorf("to the server %v: the connection has outlived byte %d of %d", toServer, left, size)
				}
				warm()
			}
			t.Logf("to the server %v: cut at each of %d bytes", toServer, size)
			expectCount(t, db, 0, written)
		}
	})
}

// The same where statements are prepared within the exchange: a larger one, so
// not at every byte.
func TestDB_CutFirstCommit(t *testing.T) {
	s := postgrestest.Newest(t)
	o := options(t, s)
	p, through := newProxy(t, o.URL)
	o.URL = through
	db := open(t, o)
	written := int64(0)
	for _, toServer := range []bool{true, false} {
		for left, more := 0, true; more; left += 41 {
			written++
			c := increment(0, fmt.Sprint(written))
			armed := false
			p.breakAll() // a connection without prepared statements
			mustWrite(t, db, task{c.needs, func(tx *postgres.Tx) error {
				if !armed {
					p.arm(toServer, left)
				}
				armed = true
				return c.change(tx)
			}})
			_, more = p.disarm()
		}
	}
	expectCount(t, db, 0, written)
}

// While the server cannot be asked for the outcome, the caller does not learn
// that nothing was changed.
func TestDB_UnknownOutcome(t *testing.T) {
	s := postgrestest.Newest(t)
	o := options(t, s)
	p, through := newProxy(t, o.URL)
	o.URL, o.RetryFor, o.ResolveFor = through, time.Second, 2*time.Second
	db := open(t, o)
	mustWrite(t, db, increment(0, "insert"))
	mustWrite(t, db, increment(0, "update")) // all statements are prepared now
	c := increment(0, "lost")
	first := begin(t.Context(), db, task{c.needs, func(tx *postgres.Tx) error {
		p.arm(false, 0) // the server commits, and its response is lost
		p.refuse(true)
		return c.change(tx)
	}})
	eventually(t, "the loss of the connection", func() bool { return p.ended() })
	queued := begin(t.Context(), db, increment(0, "refused"))
	// It has not begun, so it can be refused before the outcome of the first is known.
	expectUnavailable(t, <-queued)
	err := <-first
	var u *engine.UnavailableError
	if !errors.Is(err, postgres.ErrUnknownOutcome) || errors.As(err, &u) {
		t.Errorf("got %v, want an unknown outcome", err)
	}
	p.refuse(false)
	p.disarm()
	eventually(t, "the return of the server", func() bool { return write(t.Context(), db, increment(0, "after")) == nil })
	expectCount(t, db, 0, 4)
}

// Why resolve does not ask pg_xact_status: after a crash the server gives the id
// of a lost transaction to another one, whose commit would then count for both.
func TestDB_ReusedTransactionID(t *testing.T) {
	postgrestest.EachOwn(t, func(t *testing.T, s *postgrestest.Server) {
		t.Parallel()
		s.Exec(t, `CREATE TABLE writes (n BIGINT)`)
		// insert writes a record in a transaction that it does not end, and returns the
		// transaction's id.
		insert := func() (conn *pgx.Conn, id string) {
			conn, err := pgx.Connect(t.Context(), s.URL())
			if err == nil {
				_, err = conn.Exec(t.Context(), `BEGIN`)
			}
			if err == nil {
				err = conn.QueryRow(t.Context(), `INSERT INTO writes VALUES (1) RETURNING pg_current_xact_id()::text`).Scan(&id)
			}
			if err != nil {
				t.Fatal(err)
			}
			return conn, id
		}
		cut, lost := insert()
		s.Kill(t)
		_ = cut.Close(t.Context()) // the server has ended it
		s.Start(t)
		other, _ := insert()
		_, err := other.Exec(t.Context(), `COMMIT`)
		if err := errors.Join(err, other.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), s.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		var status string
		var records int64
		err = conn.QueryRow(t.Context(), `SELECT pg_xact_status($1::text::xid8), (SELECT COUNT(*) FROM writes)`, lost).Scan(&status, &records)
		if err != nil || records != 1 || status != "committed" {
			t.Errorf("the lost transaction is %q, with %d records and %v; the server seems to keep its id, so read decision 0042 again",
				status, records, err)
		}
	})
}
