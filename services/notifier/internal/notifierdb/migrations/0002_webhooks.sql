-- Where events are delivered to. event_types and store_ids are JSON arrays of
-- what is wanted; an empty one means all. secret signs; previous_secret signs
-- too until its time. failing_since is the first failure after the last success.
CREATE TABLE webhooks (
	id                    TEXT PRIMARY KEY,
	url                   TEXT NOT NULL,
	event_types           TEXT NOT NULL CHECK (json_valid(event_types)),
	store_ids             TEXT NOT NULL CHECK (json_valid(store_ids)),
	description           TEXT NOT NULL,
	active                INTEGER NOT NULL CHECK (active IN (0, 1)),
	disabled_reason       TEXT NOT NULL CHECK (active = 0 OR disabled_reason = ''),
	secret                TEXT NOT NULL,
	previous_secret       TEXT NOT NULL,
	previous_secret_until TEXT NOT NULL,
	failing_since         TEXT NOT NULL,
	version               INTEGER NOT NULL,
	created_at            TEXT NOT NULL,
	updated_at            TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One event on its way to one webhook. Of the pending deliveries of a webhook
-- with one ordering key only the oldest has a next_attempt_at: the others wait
-- for it. The document is that of the feed's entry, unless it has its own. The
-- last attempt is what the last_ columns tell of. There is no foreign key to
-- webhooks: the deliveries of a deleted one go away in small steps.
CREATE TABLE deliveries (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	webhook_id      TEXT NOT NULL,
	feed_seq        INTEGER REFERENCES feed (seq),
	event_id        TEXT NOT NULL,
	event_type      TEXT NOT NULL,
	ordering_key    TEXT NOT NULL,
	state           TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
	attempts        INTEGER NOT NULL DEFAULT 0,
	next_attempt_at TEXT CHECK (next_attempt_at IS NULL OR state = 'pending'),
	created_at      TEXT NOT NULL,
	finished_at     TEXT CHECK ((finished_at IS NULL) = (state = 'pending')),
	last_attempt_at TEXT,
	last_status     INTEGER,
	last_latency_ms INTEGER,
	last_error      TEXT,
	last_response   TEXT,
	document        TEXT CHECK ((document IS NULL) <> (feed_seq IS NULL))
) STRICT;

CREATE INDEX ix_deliveries_due ON deliveries (webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX ix_deliveries_waiting ON deliveries (webhook_id, ordering_key, id) WHERE state = 'pending';
CREATE INDEX ix_deliveries_log ON deliveries (webhook_id, id);
CREATE INDEX ix_deliveries_feed_seq ON deliveries (feed_seq);
CREATE INDEX ix_deliveries_finished_at ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
