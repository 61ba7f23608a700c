package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// resolve finds the outcome of the last COMMIT, whose response was lost with the
// connection. It returns nil when it has committed, an error that can be
// tried again when it has not, and ErrUnknownOutcome when the server could not
// be asked for ResolveFor.
//
// The group has written its number into writer_groups, in its own transaction.
// The question takes the write token first: the old session holds it until its
// transaction is over, so the record shows its outcome for good. It is
// committed like a write, so where a synchronous standby confirms commits, it
// has confirmed the record before the callers get their results.
//
// The id of the transaction would not do (pg_xact_status): a server that crashes
// before anything of a transaction is on disk gives its id to another one.
func (w *writer) resolve(cause error) error {
	w.options.Logger.Warn("outcome of a commit is unknown", slog.String("schema", w.options.Schema), slog.Any("err", cause))
	w.disconnect()
	var committed bool
	limited, cancel := context.WithTimeout(w.drain, w.options.ResolveFor)
	defer cancel()
	err := retry(limited, w.options.ResolveFor, func(ctx context.Context) (err error) {
		if committed, err = w.askOutcome(ctx); err != nil {
			w.recoverFrom(err)
		}
		return err
	})
	switch {
	case err != nil:
		w.metrics.unknown.WithLabelValues(outcomeUnknown).Inc()
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, errors.Join(cause, err))
	case committed:
		w.metrics.unknown.WithLabelValues(outcomeCommitted).Inc()
		return nil
	default:
		w.metrics.unknown.WithLabelValues(outcomeRolledBack).Inc()
		return fmt.Errorf("%w: %v", errRolledBack, cause) //nolint:errorlint // what broke the old connection says nothing about the new one
	}
}

// askOutcome reports whether the last group of this writer has committed.
func (w *writer) askOutcome(ctx context.Context) (committed bool, err error) {
	if w.conn == nil {
		if w.conn, err = connect(ctx, w.config, w.options.Schema); err != nil {
			return false, err
		}
	}
	var batch pgx.Batch
	batch.Queue(sqlBegin)
	batch.Queue(sqlToken)
	batch.Queue(sqlMarked, w.id).QueryRow(func(row pgx.Row) error {
		var number int64
		err := row.Scan(&number)
		committed = number == w.number
		return err
	})
	batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return errRolledBack
		}
		return nil
	})
	err = w.conn.SendBatch(ctx, &batch).Close()
	return committed, err
}

// sqlEndStalled ends the sessions of writers that hold a transaction open, not
// waiting for anything but the next bytes of their process. Those that have
// received a whole exchange are ended by idle_in_transaction_session_timeout;
// this is for a process that was stopped while it was sending one.
const sqlEndStalled = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = $1
	AND pid <> pg_backend_pid() AND wait_event = 'ClientRead'
	AND xact_start < clock_timestamp() - INTERVAL '4 seconds'`

// endStalled frees the token from a process that does not go on. It is called
// after lock_timeout.
func (w *writer) endStalled(ctx context.Context) {
	var ended int64
	err := w.conn.QueryRow(ctx, sqlEndStalled, applicationName(w.options.Schema, "writer")).Scan(&ended)
	if err != nil || ended > 0 {
		w.options.Logger.WarnContext(ctx, "write token was held for too long",
			slog.String("schema", w.options.Schema), slog.Int64("ended_sessions", ended), slog.Any("err", err))
	}
}

// isLockTimeout reports whether err says that a lock was not to be had for
// lock_timeout.
func isLockTimeout(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "55P03"
}
