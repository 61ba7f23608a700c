-- Reservations with a return that stock has not acknowledged yet. Their holds may be
-- over, so the list of the held ones does not have them.
CREATE TABLE unacknowledged_returns (
	reservation_id TEXT NOT NULL PRIMARY KEY REFERENCES reservations (id)
) STRICT, WITHOUT ROWID;

-- What is known of the other services. Stock takes totals once a response of it has
-- said so: its database only goes forward.
CREATE TABLE peers (
	name         TEXT NOT NULL PRIMARY KEY,
	takes_totals INTEGER NOT NULL CHECK (takes_totals IN (0, 1))
) STRICT, WITHOUT ROWID;
