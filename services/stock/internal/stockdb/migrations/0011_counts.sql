-- Counts of the units in a store. applying: it takes no more lines, and a part of
-- them may be booked. lines, applied and failed are the numbers of its lines.
CREATE TABLE counts (
	seq        INTEGER PRIMARY KEY, -- the order in which they were opened
	id         TEXT NOT NULL UNIQUE,
	store_id   TEXT NOT NULL,
	reference  TEXT,
	status     TEXT NOT NULL CHECK (status IN ('open', 'applying', 'applied', 'discarded')),
	lines      INTEGER NOT NULL CHECK (lines >= 0),
	applied    INTEGER NOT NULL CHECK (applied >= 0),
	failed     INTEGER NOT NULL CHECK (failed >= 0),
	actor      TEXT NOT NULL,
	version    INTEGER NOT NULL CHECK (version >= 1),
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	CHECK (applied + failed <= lines),
	CHECK (status <> 'applied' OR applied + failed = lines)
) STRICT;

-- Newest first, by status and by store. seq is the last column of every index.
CREATE INDEX ix_counts_status ON counts (status);
CREATE INDEX ix_counts_store_id ON counts (store_id);
CREATE INDEX ix_counts_store_id_status ON counts (store_id, status);

-- quantity and row_version are those of the row when it was counted, 0 without a row.
-- claimed are the units that were held or unavailable when a line failed for them.
CREATE TABLE count_lines (
	count_id    TEXT NOT NULL REFERENCES counts (id),
	product_id  TEXT NOT NULL REFERENCES products (id),
	counted     INTEGER NOT NULL CHECK (counted BETWEEN 0 AND 1000000000),
	quantity    INTEGER NOT NULL CHECK (quantity >= 0),
	row_version INTEGER NOT NULL CHECK (row_version >= 0),
	counted_at  TEXT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('counted', 'applied', 'failed')),
	failure     TEXT,
	claimed     INTEGER,
	PRIMARY KEY (count_id, product_id),
	CHECK ((state = 'failed') = (failure IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The lines that an apply has left, and those that failed.
CREATE INDEX ix_count_lines_state ON count_lines (count_id, state, product_id);

-- An applied line is final: it was booked.
CREATE TRIGGER tr_count_lines_applied BEFORE UPDATE ON count_lines WHEN OLD.state = 'applied'
BEGIN
	SELECT RAISE(ABORT, 'an applied line of a count is final');
END;
