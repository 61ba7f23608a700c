package reservationdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite"
)

const (
	sqlAttempt    = `SELECT number FROM attempts WHERE caller = ? AND key = ?`
	sqlSetAttempt = `INSERT INTO attempts (caller, key, number) VALUES (?, ?, ?)
	ON CONFLICT (caller, key) DO UPDATE SET number = excluded.number`
)

// Attempt implements reservation.Reader.
func (db *DB) Attempt(ctx context.Context, r idempotency.Request) (int, error) {
	return findAttempt(db.Reader().QueryRowContext(ctx, sqlAttempt, r.Caller, r.Key))
}

// Attempt implements reservation.Tx.
func (t *Tx) Attempt(r idempotency.Request) (int, error) {
	return findAttempt(t.tx.QueryRow(sqlAttempt, r.Caller, r.Key))
}

func findAttempt(row sqlite.Scanner) (int, error) {
	var number int64
	err := row.Scan(&number)
	if number, _, err = sqlite.Found(number, err); err != nil {
		return 0, fmt.Errorf("read attempt: %w", err)
	}
	return int(number), nil
}

// SetAttempt implements reservation.Tx.
func (t *Tx) SetAttempt(r idempotency.Request, number int) error {
	if _, _, err := t.tx.Exec(sqlSetAttempt, r.Caller, r.Key, number); err != nil {
		return fmt.Errorf("set attempt: %w", err)
	}
	return nil
}
