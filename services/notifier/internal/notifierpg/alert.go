package notifierpg

import (
	"context"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/alert"
)

const (
	columnsRule = `r.id, r.name, r.event_type, r.store_ids, r.threshold, r.window_seconds, r.quiet_seconds, r.active, r.version,
	r.created_at, r.updated_at`

	sqlRule       = `SELECT ` + columnsRule + ` FROM alert_rules r WHERE r.id = $1`
	sqlAllRules   = `SELECT COUNT(*) FROM alert_rules`
	sqlInsertRule = `INSERT INTO alert_rules (id, name, event_type, store_ids, threshold, window_seconds, quiet_seconds, active,
	version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`
	sqlUpdateRule = `UPDATE alert_rules SET name = $1, event_type = $2, store_ids = $3, threshold = $4, window_seconds = $5,
	quiet_seconds = $6, active = $7, version = $8, updated_at = $9 WHERE id = $10 AND version = $11`
	sqlDeleteRule = `DELETE FROM alert_rules WHERE id = $1`
)

// Alerts implements the ports of package alert.
type Alerts struct{ *DB }

// Write implements alert.Repository.
func (a Alerts) Write(ctx context.Context, change func(alert.RuleTx) error) error {
	return a.change(ctx, nil, func(tx *Tx) error { return change(tx) })
}

func scanRule(record postgres.Scanner) (r alert.Rule, err error) {
	var eventType string
	err = record.Scan(&r.ID, &r.Name, &eventType, &r.StoreIDs, &r.Threshold, &r.WindowSeconds, &r.QuietSeconds, &r.Active, &r.Version,
		engine.Time(&r.CreatedAt), engine.Time(&r.UpdatedAt))
	r.EventType = events.Type(eventType)
	return r, err
}

// Rule implements alert.Repository.
func (a Alerts) Rule(ctx context.Context, id string) (alert.Rule, bool, error) {
	r, err := scanRule(a.Reader().QueryRow(ctx, sqlRule, id))
	return found(ctx, "read alert rule", r, err)
}

// Rule implements alert.RuleTx.
func (t *Tx) Rule(id string) (alert.Rule, bool, error) {
	return read("read alert rule", scanRule, t.tx.QueryRow(sqlRule, id))
}

// CountRules implements alert.RuleTx.
func (t *Tx) CountRules() (int64, error) { return t.count("count alert rules", sqlAllRules) }

// InsertRule implements alert.RuleTx.
func (t *Tx) InsertRule(r alert.Rule) error {
	t.hints.rules.Stage(t.tx, alert.RuleChange{Rule: r})
	inserted, err := t.exec("insert alert rule", sqlInsertRule, r.ID, r.Name, string(r.EventType), textsOf(r.StoreIDs), r.Threshold, r.WindowSeconds,
		r.QuietSeconds, r.Active, r.Version, clock.Text(r.CreatedAt), clock.Text(r.UpdatedAt))
	if err == nil && inserted == 0 {
		return alert.ErrConflict
	}
	return err
}

// UpdateRule implements alert.RuleTx.
func (t *Tx) UpdateRule(r alert.Rule) error {
	t.hints.rules.Stage(t.tx, alert.RuleChange{Rule: r})
	updated, err := t.exec("update alert rule", sqlUpdateRule, r.Name, string(r.EventType), textsOf(r.StoreIDs), r.Threshold, r.WindowSeconds,
		r.QuietSeconds, r.Active, r.Version, clock.Text(r.UpdatedAt), r.ID, r.Version-1)
	if err == nil && updated == 0 {
		return alert.ErrConflict
	}
	return err
}

// DeleteRule implements alert.RuleTx.
func (t *Tx) DeleteRule(id string) error {
	t.hints.rules.Stage(t.tx, alert.RuleChange{Rule: alert.Rule{ID: id}, Deleted: true})
	_, err := t.exec("delete alert rule", sqlDeleteRule, id)
	return err
}

const (
	sqlLastRaised = `SELECT raised_at FROM series_raised WHERE rule_id = $1 AND store_id = $2 AND product_id = $3`

	ofSeries     = ` FROM feed_series WHERE event_type = $1 AND store_id = $2 AND product_id = $3 AND occurred_at > $4 AND occurred_at `
	sqlCountNear = `SELECT COUNT(*) FROM (SELECT 1` + ofSeries + `< $5 LIMIT $6) AS n`
	sqlBefore    = `SELECT occurred_at` + ofSeries + `<= $5 ORDER BY occurred_at DESC LIMIT $6`
	sqlAfter     = `SELECT occurred_at` + ofSeries + `< $5 ORDER BY occurred_at LIMIT $6`
	sqlWithin    = `SELECT COUNT(*), MIN(occurred_at)` + ofSeries + `<= $5`
	sqlNewestOf  = `SELECT document FROM (SELECT seq, occurred_at` + ofSeries + `<= $5 ORDER BY occurred_at DESC, seq DESC LIMIT $6) AS s
	JOIN feed ON feed.seq = s.seq ORDER BY s.occurred_at DESC, s.seq DESC`

	sqlRaised = `INSERT INTO series_raised (rule_id, store_id, product_id, raised_at)
	SELECT id, $1::text, $2::text, $3::text FROM alert_rules WHERE id = $4
	ON CONFLICT (rule_id, store_id, product_id) DO UPDATE SET raised_at = excluded.raised_at`
)

// LastRaised implements alert.Tx.
func (t *Tx) LastRaised(ruleID string, s alert.Series) (time.Time, error) {
	at, _, err := read("read when an alert was raised", scanTime, t.tx.QueryRow(sqlLastRaised, ruleID, s.StoreID, s.ProductID))
	return at, err
}

// CountNear implements alert.Tx.
func (t *Tx) CountNear(s alert.Series, at time.Time, window time.Duration, limit int64) (int64, error) {
	return t.count("count events near", sqlCountNear, string(s.Type), s.StoreID, s.ProductID, clock.Text(at.Add(-window)),
		clock.Text(at.Add(window)), limit)
}

// TimesNear implements alert.Tx.
func (t *Tx) TimesNear(s alert.Series, at time.Time, window time.Duration, limit int64) (times []time.Time, index int, err error) {
	read := func(query string, after, until time.Time, limit int64) {
		if err != nil {
			return
		}
		err = t.tx.Query(func(record postgres.Scanner) error {
			occurred, err := scanTime(record)
			times = append(times, occurred)
			return err
		}, query, string(s.Type), s.StoreID, s.ProductID, clock.Text(after), clock.Text(until), limit)
	}
	read(sqlBefore, at.Add(-window), at, limit)
	slices.Reverse(times)
	index = len(times) - 1
	read(sqlAfter, at, at.Add(window), limit-1)
	if err != nil {
		return nil, 0, fmt.Errorf("read the times of events: %w", err)
	}
	return times, index, nil
}

// Within implements alert.Tx.
func (t *Tx) Within(
	s alert.Series, last time.Time, window time.Duration, limit int,
) (count int64, first time.Time, newest []events.Event, err error) {
	after, until := clock.Text(last.Add(-window)), clock.Text(last)
	err = t.tx.QueryRow(sqlWithin, string(s.Type), s.StoreID, s.ProductID, after, until).Scan(&count, engine.Time(&first))
	if err == nil {
		err = t.tx.Query(func(record postgres.Scanner) error {
			var document string
			if err := record.Scan(&document); err != nil {
				return err
			}
			e, err := events.Decode([]byte(document))
			newest = append(newest, e)
			return err
		}, sqlNewestOf, string(s.Type), s.StoreID, s.ProductID, after, until, limit)
	}
	if err != nil {
		return 0, time.Time{}, nil, fmt.Errorf("read the events of an alert: %w", err)
	}
	return count, first, newest, nil
}

// Raised implements alert.Tx.
func (t *Tx) Raised(r alert.Rule, s alert.Series, at time.Time) (bool, error) {
	changed, err := t.exec("note an alert", sqlRaised, s.StoreID, s.ProductID, clock.Text(at), r.ID)
	return changed > 0, err
}
