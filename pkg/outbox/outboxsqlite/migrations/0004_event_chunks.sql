-- The stores of an event whose row in the outbox has none, though it concerns
-- some: shared with other stores, or not.
CREATE TABLE event_stores (
	seq      INTEGER NOT NULL,
	store_id TEXT NOT NULL,
	kind     TEXT NOT NULL CHECK (kind IN ('own', 'shared')),
	PRIMARY KEY (seq, store_id)
) STRICT, WITHOUT ROWID;

INSERT INTO event_stores
SELECT seq, store_id, iif(COUNT(*) OVER (PARTITION BY seq) > 1, 'shared', 'own') FROM (
	SELECT seq, payload ->> '$.from_store' AS store_id FROM outbox WHERE event_type = 'stock.transferred'
	UNION SELECT seq, payload ->> '$.to_store' FROM outbox WHERE event_type = 'stock.transferred'
);

-- Which events of a chunk of 256 a filter selects: chunk n has the events with seq
-- 256 * n + 1 to 256 * n + 256, a bit for each, of which the lowest one of events_0
-- is the first event. Several filters select what all of them have. A reader reads
-- the events of its filters, and those after the last whole chunk. An index on the
-- outbox would cost an entry for each event and filter.
CREATE TABLE event_chunks (
	filter   TEXT NOT NULL,
	chunk    INTEGER NOT NULL,
	events_0 INTEGER NOT NULL,
	events_1 INTEGER NOT NULL,
	events_2 INTEGER NOT NULL,
	events_3 INTEGER NOT NULL,
	PRIMARY KEY (filter, chunk)
) STRICT, WITHOUT ROWID;

-- The filters of each event, no filter twice, so that sums of bits are their
-- unions. Those of an event that concerns several stores begin with 'shared': a
-- key of one store does not see it.
CREATE VIEW event_filters AS
SELECT seq, 'type ' || event_type AS filter FROM outbox
UNION ALL SELECT seq, 'actor ' || actor FROM outbox WHERE actor IS NOT NULL
UNION ALL SELECT seq, 'own ' || store_id FROM outbox WHERE store_id IS NOT NULL
UNION ALL SELECT seq, kind || ' ' || store_id FROM event_stores;

-- The last chunk is whole once the next one has begun.
INSERT INTO event_chunks
SELECT filter, seq - 1 >> 8,
	SUM(iif(seq - 1 & 192 = 0, 1 << (seq - 1 & 63), 0)), SUM(iif(seq - 1 & 192 = 64, 1 << (seq - 1 & 63), 0)),
	SUM(iif(seq - 1 & 192 = 128, 1 << (seq - 1 & 63), 0)), SUM(iif(seq - 1 & 192 = 192, 1 << (seq - 1 & 63), 0))
FROM event_filters WHERE seq - 1 >> 8 < (SELECT MAX(seq) - 1 >> 8 FROM outbox) GROUP BY filter, seq - 1 >> 8;
