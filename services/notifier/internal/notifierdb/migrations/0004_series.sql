-- The series that alert rules count: the events of a type in a store, and for
-- stock.low of one product in it; product_id is empty for the others. An event
-- that concerns several stores is in the series of each.
CREATE TABLE feed_series (
	event_type  TEXT NOT NULL,
	store_id    TEXT NOT NULL,
	product_id  TEXT NOT NULL,
	occurred_at TEXT NOT NULL,
	seq         INTEGER NOT NULL REFERENCES feed (seq) ON DELETE CASCADE,
	PRIMARY KEY (event_type, store_id, product_id, occurred_at, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_feed_series_seq ON feed_series (seq);

INSERT INTO feed_series SELECT event_type, store_id, CASE event_type WHEN 'stock.low' THEN aggregate_id ELSE '' END, occurred_at, seq
	FROM feed INDEXED BY ix_feed_counted WHERE occurred_at IS NOT NULL;

-- feed.occurred_at and feed.other_store_id are no longer written: the series have
-- the one, and the stores of an event are read from its document, however many
-- there are. To drop the columns would write the whole feed again.
DROP INDEX ix_feed_counted;

-- When a rule last raised an alert for a series, from which its quiet period
-- runs. Until now that was for a store: the products that an alert of stock.low
-- named go on to be quiet, and no others.
CREATE TABLE series_raised (
	rule_id    TEXT NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
	store_id   TEXT NOT NULL,
	product_id TEXT NOT NULL,
	raised_at  TEXT NOT NULL,
	PRIMARY KEY (rule_id, store_id, product_id)
) STRICT, WITHOUT ROWID;

INSERT INTO series_raised SELECT a.rule_id, a.store_id, '', a.raised_at FROM alerts_raised a
	JOIN alert_rules r ON r.id = a.rule_id WHERE r.event_type <> 'stock.low';

INSERT INTO series_raised SELECT r.id, f.store_id, s.value ->> '$.product_id', MAX(f.document ->> '$.payload.raised_at')
	FROM feed f INDEXED BY ix_feed_alerts
	JOIN alert_rules r ON r.id = f.document ->> '$.payload.rule_id'
	JOIN json_each(f.document, '$.payload.sample') s
	WHERE f.event_type = 'alert.raised' AND f.document ->> '$.payload.event_type' = 'stock.low' AND r.event_type = 'stock.low'
	GROUP BY 1, 2, 3;

DROP TABLE alerts_raised;

CREATE INDEX ix_series_raised_at ON series_raised (raised_at);
