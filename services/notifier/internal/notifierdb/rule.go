package notifierdb

import (
	"context"
	"encoding/json"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
)

const (
	columnsRule = `r.id, r.name, r.event_type, r.store_ids, r.threshold, r.window_seconds, r.quiet_seconds, r.active, r.version,
	r.created_at, r.updated_at`
	// A rule without stores concerns all.
	whereRule = `WHERE (?1 IS NULL OR r.store_ids = '[]'
	OR EXISTS (SELECT 1 FROM json_each(r.store_ids) s WHERE s.value IN (SELECT value FROM json_each(?1))))`

	sqlRule       = `SELECT ` + columnsRule + ` FROM alert_rules r WHERE r.id = ?`
	sqlCountRules = `SELECT COUNT(*) FROM alert_rules r ` + whereRule
	sqlInsertRule = `INSERT INTO alert_rules (id, name, event_type, store_ids, threshold, window_seconds, quiet_seconds, active,
	version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlUpdateRule = `UPDATE alert_rules SET name = ?, event_type = ?, store_ids = ?, threshold = ?, window_seconds = ?,
	quiet_seconds = ?, active = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?`
	sqlDeleteRule = `DELETE FROM alert_rules WHERE id = ?`
)

// Alerts implements the ports of package alert.
type Alerts struct{ *DB }

// Write implements alert.Repository.
func (a Alerts) Write(ctx context.Context, change func(alert.RuleTx) error) error {
	return a.change(ctx, func(tx *Tx) error { return change(tx) })
}

func scanRule(s sqlite.Scanner) (r alert.Rule, err error) {
	var eventType, stores string
	err = s.Scan(&r.ID, &r.Name, &eventType, &stores, &r.Threshold, &r.WindowSeconds, &r.QuietSeconds, &r.Active, &r.Version,
		engine.Time(&r.CreatedAt), engine.Time(&r.UpdatedAt))
	if err != nil {
		return alert.Rule{}, err
	}
	r.EventType = events.Type(eventType)
	if err := json.Unmarshal([]byte(stores), &r.StoreIDs); err != nil {
		return alert.Rule{}, fmt.Errorf("stores of alert rule %s: %w", r.ID, err)
	}
	return r, nil
}

func readRule(row sqlite.Scanner) (alert.Rule, bool, error) {
	r, found, err := sqlite.Found(scanRule(row))
	if err != nil {
		err = fmt.Errorf("read alert rule: %w", err)
	}
	return r, found, err
}

// Rule implements alert.Repository.
func (a Alerts) Rule(ctx context.Context, id string) (alert.Rule, bool, error) {
	return readRule(a.Reader().QueryRowContext(ctx, sqlRule, id))
}

// Rule implements alert.RuleTx.
func (t *Tx) Rule(id string) (alert.Rule, bool, error) { return readRule(t.tx.QueryRow(sqlRule, id)) }

// CountRules implements alert.RuleTx.
func (t *Tx) CountRules() (count int64, err error) {
	if err := t.tx.QueryRow(sqlCountRules, nil).Scan(&count); err != nil {
		return 0, fmt.Errorf("count alert rules: %w", err)
	}
	return count, nil
}

// InsertRule implements alert.RuleTx.
func (t *Tx) InsertRule(r alert.Rule) error {
	t.hints.rules.Stage(t.tx, alert.RuleChange{Rule: r})
	inserted, _, err := t.tx.Exec(sqlInsertRule, r.ID, r.Name, string(r.EventType), sqlite.List(r.StoreIDs), r.Threshold, r.WindowSeconds,
		r.QuietSeconds, r.Active, r.Version, clock.Text(r.CreatedAt), clock.Text(r.UpdatedAt))
	if err != nil {
		return fmt.Errorf("insert alert rule: %w", err)
	}
	if inserted == 0 {
		return alert.ErrConflict
	}
	return nil
}

// UpdateRule implements alert.RuleTx.
func (t *Tx) UpdateRule(r alert.Rule) error {
	t.hints.rules.Stage(t.tx, alert.RuleChange{Rule: r})
	updated, _, err := t.tx.Exec(sqlUpdateRule, r.Name, string(r.EventType), sqlite.List(r.StoreIDs), r.Threshold, r.WindowSeconds,
		r.QuietSeconds, r.Active, r.Version, clock.Text(r.UpdatedAt), r.ID, r.Version-1)
	if err != nil {
		return fmt.Errorf("update alert rule: %w", err)
	}
	if updated == 0 {
		return alert.ErrConflict
	}
	return nil
}

// DeleteRule implements alert.RuleTx.
func (t *Tx) DeleteRule(id string) error {
	t.hints.rules.Stage(t.tx, alert.RuleChange{Rule: alert.Rule{ID: id}, Deleted: true})
	if _, _, err := t.tx.Exec(sqlDeleteRule, id); err != nil {
		return fmt.Errorf("delete alert rule: %w", err)
	}
	return nil
}
