-- The actor of each event: the name of the API key, or of the service that acted
-- by itself. Events of the releases before have none.
ALTER TABLE outbox ADD COLUMN actor TEXT;

DROP VIEW event_documents;
DROP VIEW events;

-- The events with their stamps, for all who read. Pending events are those
-- behind the greatest until_seq: ask for that where a whole table would be read.
CREATE VIEW events AS SELECT
	seq, id, event_type, aggregate_type, aggregate_id, store_id, version, actor, traceparent, payload, created_at,
	(SELECT synced_at FROM acknowledged WHERE until_seq >= outbox.seq ORDER BY until_seq LIMIT 1) AS synced_at
FROM outbox;

-- The events as the documents that the broker gets, for those who read behind
-- the relay's memory.
CREATE VIEW event_documents AS SELECT
	seq, id, event_type, aggregate_id, store_id, actor, synced_at,
	'{"id":' || json_quote(id) || ',"event_type":' || json_quote(event_type)
		|| ',"aggregate_type":' || json_quote(aggregate_type) || ',"aggregate_id":' || json_quote(aggregate_id)
		|| iif(store_id IS NULL, '', ',"store_id":' || json_quote(store_id))
		|| ',"created_at":' || json_quote(created_at)
		|| iif(version IS NULL, '', ',"version":' || version)
		|| iif(actor IS NULL, '', ',"actor":'
			|| replace(replace(replace(json_quote(actor), '&', '\u0026'), '<', '\u003c'), '>', '\u003e')) -- as encoding/json does
		|| iif(traceparent IS NULL, '', ',"traceparent":' || json_quote(traceparent))
		|| ',"payload":' || payload || '}' AS document
FROM events;
