package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
)

// lease is a record of leases.
type lease struct {
	role   string
	holder string
	epoch  int64
	free   bool          // it was over when it was read, by the database's clock
	lasts  time.Duration // from when it is written
}

// leases are read and written like any other table, under the write token. So a
// change that has seen an epoch commits before there is a later one.
var leases = &Set[string, lease]{
	Name: "leases",
	Load: `SELECT role, holder, epoch, expires_at <= clock_timestamp() FROM leases WHERE role = ANY($1)`,
	Keys: func(roles []string) []any { return []any{roles} },
	Scan: func(record Scanner) (string, lease, error) {
		var l lease
		err := record.Scan(&l.role, &l.holder, &l.epoch, &l.free)
		return l.role, l, err
	},
	Insert: `INSERT INTO leases (role, holder, epoch, expires_at)
SELECT role, holder, epoch, clock_timestamp() + milliseconds * INTERVAL '1 millisecond'
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS n (role, holder, epoch, milliseconds)`,
	Update: `UPDATE leases l SET holder = n.holder, epoch = n.epoch,
	expires_at = clock_timestamp() + n.milliseconds * INTERVAL '1 millisecond'
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS n (role, holder, epoch, milliseconds)
WHERE l.role = n.role`,
	Columns: func(list []lease) []any {
		return []any{
			Column(list, func(l lease) string { return l.role }),
			Column(list, func(l lease) string { return l.holder }),
			Column(list, func(l lease) int64 { return l.epoch }),
			Column(list, func(l lease) int64 { return l.lasts.Milliseconds() }),
		}
	},
}

// Fence is the proof that a process holds a role. A write of the role checks it,
// so a process that has lost the role without noticing changes nothing.
type Fence struct {
	Role  string
	Epoch int64 // a later holder has a higher one
}

// ErrFenced is in the chain of the error of a change whose fence is over:
// another process has the role.
var ErrFenced = errors.New("the lease has another holder")

// Need names the record that Check reads.
func (f Fence) Need() Need { return leases.Need(f.Role) }

// Check fails the change unless the role is still held under this fence. Until
// the change is committed no other process can take the role.
func (f Fence) Check(tx *Tx) error {
	l, found, err := leases.Get(tx, f.Role)
	if err != nil {
		return err
	}
	if !found || l.epoch != f.Epoch {
		return fmt.Errorf("%w: %s is at epoch %d, not %d", ErrFenced, f.Role, l.epoch, f.Epoch)
	}
	return nil
}

// errLeaseOver is the cause with which the context of a role's work ends when
// the lease could not be renewed.
var errLeaseOver = errors.New("the lease is over")

// Hold competes for a role, and while this process holds it runs work, whose
// context ends when the role is lost. When work has returned because of that,
// Hold competes again. It returns work's error when work returns by itself, and
// nil after ctx has ended; it gives the role back then, so that another process
// need not wait.
//
// A lease lasts for LeaseFor by the database's clock. This process renews it after
// three tenths of that, and trusts it for LeaseFor from the beginning of the
// attempt, which is before the database began to count.
func (db *DB) Hold(ctx context.Context, role string, work func(ctx context.Context, f Fence) error) error {
	pace := 3 * db.options.LeaseFor / 10
	gauge, taken := db.writer.metrics.lease.WithLabelValues(role), db.writer.metrics.taken.WithLabelValues(role)
	for ctx.Err() == nil {
		began := time.Now()
		f, held, err := db.takeLease(ctx, role)
		switch {
		case err != nil && ctx.Err() == nil:
			db.options.Logger.WarnContext(ctx, "lease not taken", slog.String("role", role), slog.Any("err", err))
		case held:
			gauge.Set(1)
			taken.Inc()
			over, err := db.workUnderLease(ctx, f, began.Add(db.options.LeaseFor), pace, work)
			gauge.Set(0)
			db.releaseLease(f)
			if over {
				return err
			}
		}
		_ = clock.Sleep(ctx, clock.System{}, pace) // the loop looks at ctx
	}
	return nil
}

// workUnderLease runs work and renews the lease. It reports whether work has
// returned by itself, with work's error.
func (db *DB) workUnderLease(
	ctx context.Context, f Fence, until time.Time, pace time.Duration, work func(context.Context, Fence) error,
) (over bool, err error) {
	working, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- work(working, f) }()

	expiry := time.AfterFunc(time.Until(until), func() { cancel(errLeaseOver) })
	defer expiry.Stop()
	renew := time.NewTicker(pace)
	defer renew.Stop()
	for {
		select {
		case err := <-done:
			return working.Err() == nil && !errors.Is(err, ErrFenced), err
		case <-working.Done():
			return false, <-done
		case <-renew.C:
			began := time.Now()
			err := db.renewLease(working, f)
			switch {
			case err == nil:
				expiry.Reset(time.Until(began.Add(db.options.LeaseFor)))
			case errors.Is(err, ErrFenced):
				cancel(err)
			case working.Err() == nil:
				db.options.Logger.WarnContext(ctx, "lease not renewed", slog.String("role", f.Role), slog.Any("err", err))
			}
		}
	}
}

// takeLease takes the role if no process holds it.
func (db *DB) takeLease(ctx context.Context, role string) (f Fence, held bool, err error) {
	err = db.Write(ctx, []Need{leases.Need(role)}, func(tx *Tx) error {
		f, held = Fence{}, false
		l, found, err := leases.Get(tx, role)
		if err != nil || found && !l.free {
			return err
		}
		f, held = Fence{Role: role, Epoch: l.epoch + 1}, true
		return leases.Put(tx, role, lease{role: role, holder: db.writer.id, epoch: f.Epoch, lasts: db.options.LeaseFor})
	})
	return f, held && err == nil, err
}

// renewLease makes the lease last for LeaseFor from now.
func (db *DB) renewLease(ctx context.Context, f Fence) error {
	return db.extendLease(ctx, f, db.options.LeaseFor)
}

func (db *DB) extendLease(ctx context.Context, f Fence, lasts time.Duration) error {
	return db.Write(ctx, []Need{f.Need()}, func(tx *Tx) error {
		if err := f.Check(tx); err != nil {
			return err
		}
		return leases.Put(tx, f.Role, lease{role: f.Role, holder: db.writer.id, epoch: f.Epoch, lasts: lasts})
	})
}

// releaseLease gives the role back, if it is still held.
func (db *DB) releaseLease(f Fence) {
	ctx, cancel := context.WithTimeout(context.Background(), db.options.LeaseFor)
	defer cancel()
	if err := db.extendLease(ctx, f, 0); err != nil && !errors.Is(err, ErrFenced) {
		db.options.Logger.Warn("lease not given back", slog.String("role", f.Role), slog.Any("err", err))
	}
}
