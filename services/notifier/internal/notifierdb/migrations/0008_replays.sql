-- The replays that are not complete, one for each webhook: the entries of the feed
-- that were recorded after the place and before until_at are still to be queued.
CREATE TABLE replays (
	webhook_id  TEXT NOT NULL PRIMARY KEY,
	event_types TEXT NOT NULL CHECK (json_valid(event_types)), -- as in webhooks
	after_at    TEXT NOT NULL,
	after_seq   INTEGER NOT NULL,
	until_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
