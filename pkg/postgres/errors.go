package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"inventory.example/pkg/engine"
)

// ErrUnknownOutcome is in the chain of Write's error when the connection broke
// during COMMIT and the server could not be asked for the outcome: the change
// may be in the database, or not. A caller must not take it for a refusal.
var ErrUnknownOutcome = errors.New("it is not known whether the change was committed")

// errRolledBack says that COMMIT has rolled back.
var errRolledBack = errors.New("the server has rolled the transaction back")

// kind is the consequence of an error for its group.
type kind int

const (
	ownFault    kind = iota // of the statement or its arguments
	retryable               // passes by itself; the connection can be used again
	lost                    // passes by itself, with another connection
	unavailable             // the server cannot do its work: disk full, for example
)

// kindOf classifies an error of the server or of the connection to it.
// The codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
func kindOf(err error) kind {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return kindOfCode(e)
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	switch {
	case errors.Is(err, errRolledBack):
		return retryable
	case errors.As(err, &network), errors.As(err, &connecting),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, pgconn.ErrConnClosed),
		errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err), pgconn.SafeToRetry(err):
		return lost
	default:
		return ownFault
	}
}

func kindOfCode(e *pgconn.PgError) kind {
	switch e.Code {
	case "40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03", // lock_not_available
		"57014": // query_canceled
		return retryable
	case "25006", // read_only_sql_transaction: the primary is another server now
		"25P02", // in_failed_sql_transaction
		"25P03", // idle_in_transaction_session_timeout
		"25P04", // transaction_timeout
		"26000", // invalid_sql_statement_name: a pooler has changed the session
		"53300": // too_many_connections
		return lost
	case "0A000": // a migration has changed the type of a prepared statement's columns
		if e.Routine == "RevalidateCachedQuery" {
			return lost
		}
		return ownFault
	}
	switch {
	case strings.HasPrefix(e.Code, "08"), // connection exceptions
		strings.HasPrefix(e.Code, "57P"): // shutdown, crash, starting up
		return lost
	case strings.HasPrefix(e.Code, "53"), // insufficient resources
		strings.HasPrefix(e.Code, "58"), // system errors, such as of the disk
		strings.HasPrefix(e.Code, "XX"): // internal errors, corruption
		return unavailable
	default:
		return ownFault
	}
}

// isFatal reports whether err says that the server has ended the session.
func isFatal(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.SeverityUnlocalized == "FATAL" || e.SeverityUnlocalized == "PANIC")
}

// isServerError reports whether the server itself has refused a statement.
func isServerError(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && !isFatal(err)
}

// Classify turns the errors of a database that cannot do its work at the moment
// into an engine.UnavailableError, and returns any other error as it is, also the end of
// the caller's own context and an error that is classified already. Write does so by itself; queries of the read pool
// call it.
func Classify(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case errors.Is(err, pgx.ErrNoRows), engine.IsUnavailable(err), kindOf(err) == ownFault:
		return err
	default:
		return refuse(err)
	}
}

func refuse(cause error) error { return &engine.UnavailableError{Cause: cause} }

// IsUnique reports whether err is the server's refusal of a second record with a
// key that must be unique.
func IsUnique(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505"
}
