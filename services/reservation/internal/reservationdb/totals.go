package reservationdb

import (
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	sqlEndTotals = `UPDATE reservations SET status = ?, reason = ?, ended_by = ?,
	confirmed = ?, released = ?, returned = ?, restocked = ?, line_count = ?, version = ?, updated_at = ?, updated_by = ?
	WHERE id = ? AND status = 'pending' AND version = ?`
	// A reservation that came to its end keeps its status.
	sqlReturnTotals = `UPDATE reservations SET
	confirmed = ?, released = ?, returned = ?, restocked = ?, line_count = ?, version = ?, updated_at = ?, updated_by = ?
	WHERE id = ? AND status <> 'pending' AND version = ?`
	sqlLineTotals = `UPDATE reservation_lines SET confirmed = ?, released = ?, returned = ?, restocked = ?
	WHERE reservation_id = ? AND line = ?`
)

// SetTotals implements reservation.Tx.
func (t *Tx) SetTotals(before, after reservation.Reservation) error {
	lines := after.AllLines()
	args := append(totals(lines[0]), len(lines), after.Version, clock.Text(after.UpdatedAt), sqlite.Nullable(after.UpdatedBy),
		after.ID, before.Version)
	statement := sqlReturnTotals
	if before.Status == protocol.Pending {
		statement = sqlEndTotals
		args = append([]any{string(after.Status), after.Reason, sqlite.Nullable(string(after.EndedBy))}, args...)
	}
	changed, _, err := t.tx.Exec(statement, args...)
	if err != nil {
		return fmt.Errorf("set totals: %w", err)
	}
	if changed == 0 {
		return reservation.ErrConflict
	}
	if err := t.insertLines(after, len(before.AllLines())); err != nil {
		return err
	}
	for i, l := range lines[1:] {
		if _, _, err := t.tx.Exec(sqlLineTotals, append(totals(l), after.ID, i+1)...); err != nil {
			return fmt.Errorf("set totals of line: %w", err)
		}
	}
	if before.Status != protocol.Pending {
		return nil
	}
	return t.countSettled(after)
}

func totals(l reservation.Line) []any { return []any{l.Committed, l.Released, l.Returned, l.Restocked} }
