-- Every change that appends events reads the greatest seq under the write token,
-- so seqs have no gaps and follow the commits.
CREATE TABLE outbox (
	seq            bigint PRIMARY KEY,
	id             text COLLATE "C" NOT NULL,
	event_type     text COLLATE "C" NOT NULL,
	aggregate_type text COLLATE "C" NOT NULL,
	aggregate_id   text COLLATE "C" NOT NULL,
	store_id       text COLLATE "C", -- of the envelope
	stores         text[] COLLATE "C" NOT NULL, -- all that the event concerns
	version        bigint,
	actor          text COLLATE "C",
	traceparent    text COLLATE "C",
	payload        text COLLATE "C" NOT NULL,
	created_at     text COLLATE "C" NOT NULL
);

CREATE INDEX ix_outbox_event_type ON outbox (event_type, seq);
CREATE INDEX ix_outbox_aggregate_id ON outbox (aggregate_id, seq);
CREATE INDEX ix_outbox_actor ON outbox (actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX ix_outbox_stores ON outbox USING gin (stores);

-- The time since when the broker has all events up to until_seq that come after
-- the until_seq before.
CREATE TABLE acknowledged (
	until_seq bigint PRIMARY KEY,
	synced_at text COLLATE "C" NOT NULL -- after the broker has acknowledged the events, never before
);
