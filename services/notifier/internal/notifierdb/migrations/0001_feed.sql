-- The events that notifier was told of, each once. store_id and other_store_id
-- are the stores that an event concerns; only a transfer has two. The long text
-- stands last, so that scans need not read past it.
CREATE TABLE feed (
	seq            INTEGER PRIMARY KEY AUTOINCREMENT,
	event_id       TEXT NOT NULL UNIQUE,
	event_type     TEXT NOT NULL,
	aggregate_id   TEXT NOT NULL,
	store_id       TEXT,
	other_store_id TEXT,
	recorded_at    TEXT NOT NULL,
	document       TEXT NOT NULL
) STRICT;

CREATE INDEX ix_feed_recorded_at ON feed (recorded_at);
