-- The recorded events, each once. The seqs have no gaps but those of purged entries,
-- and follow the commits; feed_seq has the last one that was used.
CREATE TABLE feed (
	seq          BIGINT PRIMARY KEY,
	event_id     TEXT COLLATE "C" NOT NULL UNIQUE,
	event_type   TEXT COLLATE "C" NOT NULL,
	aggregate_id TEXT COLLATE "C" NOT NULL,
	store_id     TEXT COLLATE "C",
	recorded_at  TEXT COLLATE "C" NOT NULL,
	document     TEXT COLLATE "C" NOT NULL
);

CREATE INDEX ix_feed_recorded_at ON feed (recorded_at, seq);
CREATE INDEX ix_feed_alerts ON feed (seq) WHERE event_type = 'alert.raised';
CREATE INDEX ix_feed_alerts_of_store ON feed (store_id, seq) WHERE event_type = 'alert.raised';

CREATE TABLE feed_seq (
	id  SMALLINT PRIMARY KEY CHECK (id = 0),
	seq BIGINT NOT NULL
) WITH (fillfactor = 50);
INSERT INTO feed_seq VALUES (0, 0);

-- The series that alert rules count: the events of a type in a store, and for
-- stock.low of one product in it; product_id is empty for the others. An event
-- that concerns several stores is in the series of each.
CREATE TABLE feed_series (
	event_type  TEXT COLLATE "C" NOT NULL,
	store_id    TEXT COLLATE "C" NOT NULL,
	product_id  TEXT COLLATE "C" NOT NULL,
	occurred_at TEXT COLLATE "C" NOT NULL,
	seq         BIGINT NOT NULL REFERENCES feed (seq) ON DELETE CASCADE,
	PRIMARY KEY (event_type, store_id, product_id, occurred_at, seq)
);

CREATE INDEX ix_feed_series_seq ON feed_series (seq);

-- The receivers of events; an empty array means all types or stores. secret signs;
-- previous_secret signs too until its time. Both may be encrypted, and then begin with
-- "sealed:". failing_since is the time of the first failure after the last success.
CREATE TABLE webhooks (
	id                    TEXT COLLATE "C" PRIMARY KEY,
	url                   TEXT NOT NULL,
	event_types           TEXT[] COLLATE "C" NOT NULL,
	store_ids             TEXT[] COLLATE "C" NOT NULL,
	include_aborted       BOOLEAN NOT NULL,
	description           TEXT NOT NULL,
	active                BOOLEAN NOT NULL,
	disabled_reason       TEXT NOT NULL CHECK (NOT active OR disabled_reason = ''),
	secret                TEXT NOT NULL,
	previous_secret       TEXT NOT NULL,
	previous_secret_until TEXT NOT NULL,
	failing_since         TEXT NOT NULL,
	version               BIGINT NOT NULL,
	created_at            TEXT NOT NULL,
	updated_at            TEXT NOT NULL
);

-- The deliveries of events to webhooks. Of the pending deliveries of a webhook with
-- one ordering key only the oldest has a next_attempt_at: the others are queued after
-- it. The document is that of the feed's entry, unless the delivery has its own. The
-- last_ columns describe the last attempt. There is no foreign key to webhooks: the
-- deliveries of a deleted one are deleted in small steps.
CREATE TABLE deliveries (
	id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	webhook_id      TEXT COLLATE "C" NOT NULL,
	feed_seq        BIGINT REFERENCES feed (seq),
	event_id        TEXT COLLATE "C" NOT NULL,
	event_type      TEXT COLLATE "C" NOT NULL,
	ordering_key    TEXT COLLATE "C" NOT NULL,
	state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
	attempts        BIGINT NOT NULL DEFAULT 0,
	next_attempt_at TEXT COLLATE "C" CHECK (next_attempt_at IS NULL OR state = 'pending'),
	created_at      TEXT COLLATE "C" NOT NULL,
	finished_at     TEXT COLLATE "C" CHECK ((finished_at IS NULL) = (state = 'pending')),
	last_attempt_at TEXT COLLATE "C",
	last_status     BIGINT,
	last_latency_ms BIGINT,
	last_error      TEXT,
	last_response   TEXT,
	document        TEXT CHECK ((document IS NULL) <> (feed_seq IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX ix_deliveries_due ON deliveries (webhook_id, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX ix_deliveries_waiting ON deliveries (webhook_id, ordering_key, id) WHERE state = 'pending';
CREATE INDEX ix_deliveries_log ON deliveries (webhook_id, state, id);
CREATE INDEX ix_deliveries_feed_seq ON deliveries (feed_seq);
CREATE INDEX ix_deliveries_finished_at ON deliveries (finished_at) WHERE finished_at IS NOT NULL;

-- The replays that are not complete, one for each webhook: the entries of the feed
-- that were recorded after the place and before until_at are still to be queued.
CREATE TABLE replays (
	webhook_id  TEXT COLLATE "C" PRIMARY KEY,
	event_types TEXT[] COLLATE "C" NOT NULL,
	after_at    TEXT COLLATE "C" NOT NULL,
	after_seq   BIGINT NOT NULL,
	until_at    TEXT COLLATE "C" NOT NULL
);

-- How many events of a type in one store raise an alert. An empty array of stores
-- means all.
CREATE TABLE alert_rules (
	id             TEXT COLLATE "C" PRIMARY KEY,
	name           TEXT NOT NULL,
	event_type     TEXT COLLATE "C" NOT NULL CHECK (event_type IN ('stock.low', 'reservation.expired')),
	store_ids      TEXT[] COLLATE "C" NOT NULL,
	threshold      BIGINT NOT NULL CHECK (threshold >= 1),
	window_seconds BIGINT NOT NULL CHECK (window_seconds >= 1),
	quiet_seconds  BIGINT NOT NULL CHECK (quiet_seconds >= 1),
	active         BOOLEAN NOT NULL,
	version        BIGINT NOT NULL,
	created_at     TEXT NOT NULL,
	updated_at     TEXT NOT NULL
);

-- When a rule last raised an alert for a series: the beginning of its quiet period.
CREATE TABLE series_raised (
	rule_id    TEXT COLLATE "C" NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
	store_id   TEXT COLLATE "C" NOT NULL,
	product_id TEXT COLLATE "C" NOT NULL,
	raised_at  TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (rule_id, store_id, product_id)
);

CREATE INDEX ix_series_raised_at ON series_raised (raised_at);

-- The rules of a new installation. They are like any other: changed, they stay
-- changed, and deleted, they stay deleted.
INSERT INTO alert_rules SELECT id, name, event_type, '{}', threshold, window_seconds, 900, true, 1, created_at, created_at
FROM (VALUES ('0199f3a0-0000-7000-8000-000000000001', 'Low stock', 'stock.low', 1, 900),
	('0199f3a0-0000-7000-8000-000000000002', 'Many reservations expire', 'reservation.expired', 20, 60))
	AS n (id, name, event_type, threshold, window_seconds),
	to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at;

-- The totals of lists, kept by triggers: the alerts of a store, '' standing for
-- all, and the deliveries of a webhook that have a state.
CREATE TABLE alert_totals (
	store_id TEXT COLLATE "C" PRIMARY KEY,
	alerts   BIGINT NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE delivery_totals (
	webhook_id TEXT COLLATE "C" NOT NULL,
	state      TEXT COLLATE "C" NOT NULL,
	deliveries BIGINT NOT NULL,
	PRIMARY KEY (webhook_id, state)
) WITH (fillfactor = 50);

CREATE FUNCTION count_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE change BIGINT := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	INSERT INTO alert_totals AS t
		SELECT store, change * COUNT(*) FROM (
			SELECT '' AS store FROM changed WHERE event_type = 'alert.raised'
			UNION ALL SELECT store_id FROM changed WHERE event_type = 'alert.raised' AND store_id IS NOT NULL
		) AS stores GROUP BY store
	ON CONFLICT (store_id) DO UPDATE SET alerts = t.alerts + excluded.alerts;
	RETURN NULL;
END $$;

CREATE TRIGGER tr_feed_inserted AFTER INSERT ON feed REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_alerts();
CREATE TRIGGER tr_feed_deleted AFTER DELETE ON feed REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_alerts();

-- A webhook that is deleted loses its deliveries, and then its totals.
CREATE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE change BIGINT := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	INSERT INTO delivery_totals AS t
		SELECT webhook_id, state, change * COUNT(*) FROM changed GROUP BY webhook_id, state
	ON CONFLICT (webhook_id, state) DO UPDATE SET deliveries = t.deliveries + excluded.deliveries;
	IF change < 0 THEN
		DELETE FROM delivery_totals t USING (SELECT DISTINCT webhook_id, state FROM changed) AS c
		WHERE t.webhook_id = c.webhook_id AND t.state = c.state AND t.deliveries = 0;
	END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION count_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO delivery_totals AS t
		SELECT webhook_id, state, SUM(change) FROM (
			SELECT webhook_id, state, 1 AS change FROM after UNION ALL SELECT webhook_id, state, -1 FROM before
		) AS changes GROUP BY webhook_id, state HAVING SUM(change) <> 0
	ON CONFLICT (webhook_id, state) DO UPDATE SET deliveries = t.deliveries + excluded.deliveries;
	RETURN NULL;
END $$;

CREATE TRIGGER tr_deliveries_inserted AFTER INSERT ON deliveries
	REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
CREATE TRIGGER tr_deliveries_deleted AFTER DELETE ON deliveries
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
CREATE TRIGGER tr_deliveries_updated AFTER UPDATE ON deliveries
	REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_states();
