package reservationpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres"
)

// request is the key of an attempt.
type request struct{ caller, key string }

func ofRequest(r idempotency.Request) request { return request{r.Caller, r.Key} }

type attempt struct {
	request
	number int64
}

const sqlAttempts = `SELECT a.caller, a.key, a.number FROM unnest($1::text[], $2::text[]) AS n (caller, key)
JOIN attempts a ON a.caller = n.caller AND a.key = n.key`

var attempts = &postgres.Set[request, attempt]{
	Name: "attempts",
	Load: sqlAttempts,
	Keys: func(keys []request) []any {
		return []any{
			postgres.Column(keys, func(r request) string { return r.caller }),
			postgres.Column(keys, func(r request) string { return r.key }),
		}
	},
	Scan: func(s postgres.Scanner) (request, attempt, error) {
		a, err := scanAttempt(s)
		return a.request, a, err
	},
	Insert: `INSERT INTO attempts (caller, key, number) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])`,
	Update: `UPDATE attempts a SET number = n.number FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (caller, key, number)
WHERE a.caller = n.caller AND a.key = n.key`,
	Columns: func(list []attempt) []any {
		return []any{
			postgres.Column(list, func(a attempt) string { return a.caller }),
			postgres.Column(list, func(a attempt) string { return a.key }),
			postgres.Column(list, func(a attempt) int64 { return a.number }),
		}
	},
}

func scanAttempt(s postgres.Scanner) (a attempt, err error) {
	err = s.Scan(&a.caller, &a.key, &a.number)
	return a, err
}

// Attempt implements reservation.Reader.
func (db *DB) Attempt(ctx context.Context, r idempotency.Request) (int, error) {
	a, err := scanAttempt(db.Reader().QueryRow(ctx, sqlAttempts, []string{r.Caller}, []string{r.Key}))
	if a, _, err = postgres.Found(ctx, a, err); err != nil {
		return 0, fmt.Errorf("read attempt: %w", err)
	}
	return int(a.number), nil
}

// Attempt implements reservation.Tx.
func (t *Tx) Attempt(r idempotency.Request) (int, error) {
	a, _, err := attempts.Get(t.tx, ofRequest(r))
	if err != nil {
		return 0, fmt.Errorf("read attempt: %w", err)
	}
	return int(a.number), nil
}

// SetAttempt implements reservation.Tx.
func (t *Tx) SetAttempt(r idempotency.Request, number int) error {
	if err := attempts.Put(t.tx, ofRequest(r), attempt{ofRequest(r), int64(number)}); err != nil {
		return fmt.Errorf("set attempt: %w", err)
	}
	return nil
}
