-- The stores of an event whose row in the outbox has none, though it concerns
-- some: shared with other stores, or not.
CREATE TABLE event_stores (
	seq      INTEGER NOT NULL,
	store_id TEXT NOT NULL,
	kind     TEXT NOT NULL CHECK (kind IN ('own', 'shared')),
	PRIMARY KEY (seq, store_id)
) STRICT, WITHOUT ROWID;

INSERT INTO event_stores
SELECT seq, payload ->> '$.from_store', 'shared' FROM outbox WHERE event_type = 'stock.transferred'
UNION SELECT seq, payload ->> '$.to_store', 'shared' FROM outbox WHERE event_type = 'stock.transferred';

-- Which chunks of 256 events have one that a filter selects: chunk n has the
-- events with seq 256 * n + 1 to 256 * n + 256. A reader reads only the chunks of
-- its filters, and those after the last whole one. An index on the outbox would
-- cost an entry for each event; a chunk in which one row is sold again and again
-- costs a few.
CREATE TABLE event_chunks (
	filter TEXT NOT NULL,
	chunk  INTEGER NOT NULL,
	PRIMARY KEY (filter, chunk)
) STRICT, WITHOUT ROWID;

-- The filters of each event. Those of an event that concerns several stores begin
-- with 'shared': a key of one store does not see it.
CREATE VIEW event_filters AS
SELECT seq, 'type ' || event_type AS filter FROM outbox
UNION ALL SELECT seq, 'actor ' || actor FROM outbox WHERE actor IS NOT NULL
UNION ALL SELECT seq, 'type ' || event_type || ' actor ' || actor FROM outbox WHERE actor IS NOT NULL
UNION ALL SELECT seq, 'own ' || store_id FROM outbox WHERE store_id IS NOT NULL
UNION ALL SELECT seq, 'own ' || store_id || ' type ' || event_type FROM outbox WHERE store_id IS NOT NULL
UNION ALL SELECT seq, 'own ' || store_id || ' actor ' || actor FROM outbox WHERE store_id IS NOT NULL AND actor IS NOT NULL
UNION ALL SELECT s.seq, s.kind || ' ' || s.store_id FROM event_stores s
UNION ALL SELECT s.seq, s.kind || ' ' || s.store_id || ' type ' || o.event_type FROM event_stores s JOIN outbox o ON o.seq = s.seq
UNION ALL SELECT s.seq, s.kind || ' ' || s.store_id || ' actor ' || o.actor FROM event_stores s JOIN outbox o ON o.seq = s.seq
	WHERE o.actor IS NOT NULL;

-- The last chunk is whole once the next one has begun.
INSERT INTO event_chunks
SELECT DISTINCT filter, (seq - 1) >> 8 FROM event_filters WHERE (seq - 1) >> 8 < (SELECT (MAX(seq) - 1) >> 8 FROM outbox);

-- seq has no gaps, so each chunk has a first event. It may come again when the
-- table has lost events at its end.
CREATE TRIGGER tr_outbox_chunk AFTER INSERT ON outbox WHEN NEW.seq & 255 = 1 AND NEW.seq > 256
BEGIN
	INSERT OR IGNORE INTO event_chunks
	SELECT DISTINCT filter, ((NEW.seq - 1) >> 8) - 1 FROM event_filters WHERE seq BETWEEN NEW.seq - 256 AND NEW.seq - 1;
END;
