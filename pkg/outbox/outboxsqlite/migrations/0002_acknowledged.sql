-- The stamps leave the rows of the events: one row says since when the broker
-- has all events up to its until_seq that are behind the until_seq before it.
-- Nothing of an event is written twice any more, and a backlog is one row.
CREATE TABLE acknowledged (
	until_seq INTEGER PRIMARY KEY,
	synced_at TEXT NOT NULL -- after the broker has acknowledged the events, never before
) STRICT;

-- What was stamped so far, a row for each run of equal stamps. A stamp behind a
-- pending event, which only damage makes, is dropped: the event goes out again.
INSERT INTO acknowledged (until_seq, synced_at)
SELECT seq, synced_at FROM (
	SELECT seq, synced_at, LEAD(synced_at, 1, '') OVER (ORDER BY seq) AS following FROM events
	WHERE seq < COALESCE((SELECT MIN(seq) FROM events WHERE synced_at IS NULL), 9223372036854775807)
) WHERE synced_at <> following;

DROP VIEW event_documents;
DROP INDEX ix_events_pending;
ALTER TABLE events RENAME TO outbox;
ALTER TABLE outbox DROP COLUMN synced_at;

-- The events with their stamps, for all who read. Pending events are those
-- behind the greatest until_seq: ask for that where a whole table would be read.
CREATE VIEW events AS SELECT
	seq, id, event_type, aggregate_type, aggregate_id, store_id, version, traceparent, payload, created_at,
	(SELECT synced_at FROM acknowledged WHERE until_seq >= outbox.seq ORDER BY until_seq LIMIT 1) AS synced_at
FROM outbox;

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
