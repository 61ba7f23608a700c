package postgres_test

import (
	"context"
	"encoding/binary"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// gauges returns a function that reads the sum of a metric's series, and whether
// there is one.
func gauges(t *testing.T, db *postgres.DB) func(name string) (value float64, found bool) {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := db.RegisterMetrics(registry); err != nil {
		t.Fatal(err)
	}
	return func(name string) (value float64, found bool) {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != name {
				continue
			}
			for _, m := range f.GetMetric() {
				value += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
			return value, true
		}
		return 0, false
	}
}

// becomes waits until the metric meets the condition.
func becomes(t *testing.T, read func(string) (float64, bool), name string, met func(value float64) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		value, found := read(name)
		if found && met(value) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s is %v (found: %v)", name, value, found)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestDB_LeaseMetrics(t *testing.T) {
	s := postgrestest.Newest(t)
	o := options(t, s)
	first, second := open(t, o), open(t, o)
	ofFirst, ofSecond := gauges(t, first), gauges(t, second)
	wants := func(read func(string) (float64, bool), held, taken float64) {
		t.Helper()
		becomes(t, read, "inventory_db_lease_held", func(v float64) bool { return v == held })
		becomes(t, read, "inventory_db_leases_taken_total", func(v float64) bool { return v == taken })
	}
	holder := compete(t, first, "metrics")
	<-holder.fences
	wants(ofFirst, 1, 1)
	other := compete(t, second, "metrics")
	wants(ofSecond, 0, 0)
	holder.leave()
	<-other.fences
	wants(ofFirst, 0, 1)
	wants(ofSecond, 1, 1)
}

func TestDB_OldestSnapshotMetric(t *testing.T) {
	const writes = 20
	s := postgrestest.NewestOwn(t) // no other test has a snapshot there
	db := open(t, options(t, s))
	read := gauges(t, db)
	const name = "inventory_db_oldest_snapshot_transactions"
	err := db.Snapshot(t.Context(), func(snapshot *postgres.Snapshot) error {
		var one int
		if err := snapshot.QueryRow(`SELECT COUNT(*) FROM numbers`).Scan(&one); err != nil {
			return err
		}
		for n := range int64(writes) {
			mustWrite(t, db, insert(n))
		}
		if value, found := read(name); !found || value < writes {
			t.Errorf("got %v (found: %v) after %d transactions", value, found, writes)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	becomes(t, read, name, func(v float64) bool { return v < writes })
}

// TestDB_ReplicaLagMetric: the metric follows a standby, here a connection that
// speaks the protocol of one. A role that may not see standbys has no metric.
func TestDB_ReplicaLagMetric(t *testing.T) {
	const name = "inventory_db_replica_lag_bytes"
	s := postgrestest.NewestOwn(t)
	o := options(t, s)
	db := open(t, o)
	read := gauges(t, db)
	if value, found := read(name); !found || value != 0 {
		t.Errorf("got %v (found: %v) without a standby", value, found)
	}
	s.Exec(t, `CREATE ROLE plain LOGIN; CREATE SCHEMA plain AUTHORIZATION plain`)
	address, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.User("plain")
	o.URL, o.Schema = address.String(), "plain"
	readPlain := gauges(t, open(t, o))
	if value, found := readPlain(name); !found || value != 0 {
		t.Errorf("got %v (found: %v) for another role without a standby", value, found)
	}

	standby, at := startStandby(t, s.URL())
	replayed(t, standby, at)
	for n := range int64(20) {
		mustWrite(t, db, insert(n))
	}
	becomes(t, read, name, func(v float64) bool { return v > 1000 })
	if value, found := readPlain(name); found {
		t.Errorf("a role that sees no positions has %v", value)
	}
	now := list(t, db, `SELECT (pg_current_wal_lsn() - '0/0')::bigint`)[0]
	replayed(t, standby, uint64(now)) //nolint:gosec // a position
	becomes(t, read, name, func(v float64) bool { return v < 1000 })
}

// startStandby begins to stream the log as a standby does, from the current
// position, which it returns.
func startStandby(t *testing.T, address string) (conn *pgconn.PgConn, at uint64) {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), address+"&replication=yes")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx) // the server may have ended
		<-conn.CleanupDone()
	})
	results, err := conn.Exec(t.Context(), "IDENTIFY_SYSTEM").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	position := string(results[0].Rows[0][2])
	high, low, _ := strings.Cut(position, "/")
	for _, part := range []string{high, low} {
		n, err := strconv.ParseUint(part, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		at = at<<32 | n
	}
	conn.Frontend().SendQuery(&pgproto3.Query{String: "START_REPLICATION PHYSICAL " + position})
	if err := conn.Frontend().Flush(); err != nil {
		t.Fatal(err)
	}
	if message, err := conn.ReceiveMessage(t.Context()); err != nil {
		t.Fatal(err)
	} else if _, ok := message.(*pgproto3.CopyBothResponse); !ok {
		t.Fatalf("the server does not stream: %#v", message)
	}
	return conn, at
}

// replayed reports to the server the position that the standby has replayed.
func replayed(t *testing.T, conn *pgconn.PgConn, at uint64) {
	t.Helper()
	status := binary.BigEndian.AppendUint64([]byte{'r'}, at) // written
	status = binary.BigEndian.AppendUint64(status, at)       // on disk
	status = binary.BigEndian.AppendUint64(status, at)       // replayed
	status = append(status, slices.Repeat([]byte{0}, 9)...)  // the standby's time, no reply wanted
	conn.Frontend().Send(&pgproto3.CopyData{Data: status})
	if err := conn.Frontend().Flush(); err != nil {
		t.Fatal(err)
	}
}
