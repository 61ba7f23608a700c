CREATE TABLE events (
	seq            INTEGER PRIMARY KEY,
	id             TEXT NOT NULL,
	event_type     TEXT NOT NULL,
	aggregate_type TEXT NOT NULL,
	aggregate_id   TEXT NOT NULL,
	store_id       TEXT,
	version        INTEGER,
	traceparent    TEXT,
	payload        TEXT NOT NULL,
	created_at     TEXT NOT NULL,
	synced_at      TEXT -- set after the broker has acknowledged the event, never before
) STRICT;

CREATE INDEX ix_events_pending ON events (seq) WHERE synced_at IS NULL;
CREATE INDEX ix_events_aggregate_id ON events (aggregate_id);

-- The events as the documents that the broker gets, for those who read behind
-- the relay's memory.
CREATE VIEW event_documents AS SELECT
	seq, id, event_type, aggregate_id, store_id, synced_at,
	'{"id":' || json_quote(id) || ',"event_type":' || json_quote(event_type)
		|| ',"aggregate_type":' || json_quote(aggregate_type) || ',"aggregate_id":' || json_quote(aggregate_id)
		|| iif(store_id IS NULL, '', ',"store_id":' || json_quote(store_id))
		|| ',"created_at":' || json_quote(created_at)
		|| iif(version IS NULL, '', ',"version":' || version)
		|| iif(traceparent IS NULL, '', ',"traceparent":' || json_quote(traceparent))
		|| ',"payload":' || payload || '}' AS document
FROM events;
