package notifierdb

import (
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
)

const (
	sqlLastRaised = `SELECT raised_at FROM series_raised WHERE rule_id = ? AND store_id = ? AND product_id = ?`

	counted      = ` FROM feed_series WHERE event_type = ? AND store_id = ? AND product_id = ? AND occurred_at > ? AND occurred_at `
	sqlCountNear = `SELECT COUNT(*) FROM (SELECT 1` + counted + `< ? LIMIT ?)`
	sqlBefore    = `SELECT occurred_at` + counted + `<= ? ORDER BY occurred_at DESC LIMIT ?`
	sqlAfter     = `SELECT occurred_at` + counted + `< ? ORDER BY occurred_at LIMIT ?`
	sqlWithin    = `SELECT COUNT(*), MIN(occurred_at)` + counted + `<= ?`
	sqlNewestOf  = `SELECT document FROM (SELECT seq, occurred_at` + counted + `<= ? ORDER BY occurred_at DESC, seq DESC LIMIT ?) s
	CROSS JOIN feed ON feed.seq = s.seq ORDER BY s.occurred_at DESC, s.seq DESC`

	sqlRaised = `INSERT INTO series_raised (rule_id, store_id, product_id, raised_at) SELECT id, ?, ?, ? FROM alert_rules WHERE id = ?
	ON CONFLICT (rule_id, store_id, product_id) DO UPDATE SET raised_at = excluded.raised_at`
)

// LastRaised implements alert.Tx.
func (t *Tx) LastRaised(ruleID string, s alert.Series) (at time.Time, err error) {
	err = t.tx.QueryRow(sqlLastRaised, ruleID, s.StoreID, s.ProductID).Scan(engine.Time(&at))
	if at, _, err = sqlite.Found(at, err); err != nil {
		return time.Time{}, fmt.Errorf("read when an alert was raised: %w", err)
	}
	return at, nil
}

// CountNear implements alert.Tx.
func (t *Tx) CountNear(s alert.Series, at time.Time, window time.Duration, limit int64) (count int64, err error) {
	err = t.tx.QueryRow(sqlCountNear, string(s.Type), s.StoreID, s.ProductID, clock.Text(at.Add(-window)),
		clock.Text(at.Add(window)), limit).Scan(&count)
	if err != nil {
		return 0, fmt.Errorf("count events near: %w", err)
	}
	return count, nil
}

// TimesNear implements alert.Tx.
func (t *Tx) TimesNear(s alert.Series, at time.Time, window time.Duration, limit int64) (times []time.Time, index int, err error) {
	read := func(query string, after, until time.Time, limit int64) {
		if err != nil {
			return
		}
		err = t.tx.Query(func(row sqlite.Scanner) error {
			var occurred time.Time
			err := row.Scan(engine.Time(&occurred))
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
		err = t.tx.Query(func(row sqlite.Scanner) error {
			var document []byte
			if err := row.Scan(&document); err != nil {
				return err
			}
			e, err := events.Decode(document)
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
	changed, _, err := t.tx.Exec(sqlRaised, s.StoreID, s.ProductID, clock.Text(at), r.ID)
	if err != nil {
		return false, fmt.Errorf("note an alert: %w", err)
	}
	return changed > 0, nil
}
