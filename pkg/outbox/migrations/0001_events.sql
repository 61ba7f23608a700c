CREATE TABLE events (
	seq            INTEGER PRIMARY KEY,
	id             TEXT NOT NULL,
	event_type     TEXT NOT NULL,
	aggregate_type TEXT NOT NULL,
	aggregate_id   TEXT NOT NULL,
	store_id       TEXT,
	created_at     TEXT NOT NULL,
	document       TEXT NOT NULL, -- the event as the broker gets it
	synced_at      TEXT,          -- set after the broker has acknowledged the event, never before
	payload        TEXT GENERATED ALWAYS AS (json_extract(document, '$.payload')) VIRTUAL
) STRICT;

CREATE INDEX ix_events_pending ON events (seq) WHERE synced_at IS NULL;
CREATE INDEX ix_events_aggregate_id ON events (aggregate_id);
