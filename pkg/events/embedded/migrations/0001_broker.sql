CREATE TABLE batches (
	last_offset  INTEGER PRIMARY KEY,
	first_offset INTEGER NOT NULL CHECK (first_offset <= last_offset),
	created_at   TEXT NOT NULL,
	only_group   TEXT,         -- the group that a replayed dead letter is for; NULL: every group
	documents    BLOB NOT NULL -- each document behind its length, see log.go
) STRICT;

CREATE TABLE consumer_groups (
	name       TEXT NOT NULL PRIMARY KEY,
	position   INTEGER NOT NULL CHECK (position >= 0), -- last acknowledged offset; may lag, never leads
	created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	group_name TEXT NOT NULL,
	event_id   TEXT NOT NULL, -- empty when the document could not be decoded
	document   BLOB NOT NULL,
	reason     TEXT NOT NULL,
	attempts   INTEGER NOT NULL,
	failed_at  TEXT NOT NULL
) STRICT;

-- An event that is delivered again after a crash takes the place of its first letter.
CREATE UNIQUE INDEX ix_dead_letters_group_name_event_id ON dead_letters (group_name, event_id) WHERE event_id <> '';
