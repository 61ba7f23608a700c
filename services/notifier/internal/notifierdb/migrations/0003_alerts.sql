-- When an event happened that alert rules count; NULL for all others. It stands
-- in the index that the counting uses.
ALTER TABLE feed ADD COLUMN occurred_at TEXT;

CREATE INDEX ix_feed_counted ON feed (event_type, store_id, occurred_at) WHERE occurred_at IS NOT NULL;
CREATE INDEX ix_feed_alerts ON feed (seq, store_id) WHERE event_type = 'alert.raised';

-- When too many events of a type in one store raise an alert. store_ids is a
-- JSON array; an empty one means all.
CREATE TABLE alert_rules (
	id             TEXT PRIMARY KEY,
	name           TEXT NOT NULL,
	event_type     TEXT NOT NULL CHECK (event_type IN ('stock.low', 'reservation.expired')),
	store_ids      TEXT NOT NULL CHECK (json_valid(store_ids)),
	threshold      INTEGER NOT NULL CHECK (threshold >= 1),
	window_seconds INTEGER NOT NULL CHECK (window_seconds >= 1),
	quiet_seconds  INTEGER NOT NULL CHECK (quiet_seconds >= 1),
	active         INTEGER NOT NULL CHECK (active IN (0, 1)),
	version        INTEGER NOT NULL,
	created_at     TEXT NOT NULL,
	updated_at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When a rule last raised an alert for a store, from which its quiet period
-- runs.
CREATE TABLE alerts_raised (
	rule_id   TEXT NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
	store_id  TEXT NOT NULL,
	raised_at TEXT NOT NULL,
	PRIMARY KEY (rule_id, store_id)
) STRICT, WITHOUT ROWID;

-- The rules to begin with. They are like any other: changed, they stay changed,
-- and deleted, they stay away.
INSERT INTO alert_rules VALUES
	('0199f3a0-0000-7000-8000-000000000001', 'Low stock', 'stock.low', '[]', 1, 900, 900, 1, 1,
		strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
	('0199f3a0-0000-7000-8000-000000000002', 'Many reservations expire', 'reservation.expired', '[]', 20, 60, 900, 1, 1,
		strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
