-- The attempt that the next request with a caller's key begins with, when not
-- with the first: all attempts before it are over. A row is as old as the
-- reservation that used up the attempt, and is kept as long.
CREATE TABLE attempts (
	caller TEXT NOT NULL,
	key    TEXT NOT NULL,
	number INTEGER NOT NULL CHECK (number >= 2),
	PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
