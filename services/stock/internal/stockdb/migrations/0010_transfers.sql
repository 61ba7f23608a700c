-- Transfers that take time, from a store or a supplier to a store.
CREATE TABLE transfers (
	seq           INTEGER PRIMARY KEY, -- the order in which they were requested
	id            TEXT NOT NULL UNIQUE,
	from_store_id TEXT,
	supplier      TEXT,
	to_store_id   TEXT NOT NULL,
	reference     TEXT,
	expected_at   TEXT,
	status        TEXT NOT NULL CHECK (status IN ('requested', 'shipped', 'received', 'cancelled')),
	actor         TEXT NOT NULL,
	version       INTEGER NOT NULL CHECK (version >= 1),
	created_at    TEXT NOT NULL,
	updated_at    TEXT NOT NULL,
	CHECK ((from_store_id IS NULL) <> (supplier IS NULL)),
	CHECK (from_store_id IS NULL OR from_store_id <> to_store_id)
) STRICT;

-- Newest first, by status and by store. seq is the last column of every index.
CREATE INDEX ix_transfers_status ON transfers (status);
CREATE INDEX ix_transfers_from_store_id ON transfers (from_store_id) WHERE from_store_id IS NOT NULL;
CREATE INDEX ix_transfers_from_store_id_status ON transfers (from_store_id, status) WHERE from_store_id IS NOT NULL;
CREATE INDEX ix_transfers_to_store_id ON transfers (to_store_id);
CREATE INDEX ix_transfers_to_store_id_status ON transfers (to_store_id, status);

CREATE TABLE transfer_lines (
	transfer_id TEXT NOT NULL REFERENCES transfers (id),
	line        INTEGER NOT NULL CHECK (line >= 0),
	product_id  TEXT NOT NULL REFERENCES products (id),
	quantity    INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000000000),
	shipped     INTEGER NOT NULL CHECK (shipped IN (0, quantity)),
	received    INTEGER NOT NULL CHECK (received >= 0),
	damaged     INTEGER NOT NULL CHECK (damaged BETWEEN 0 AND received), -- of the received units
	lost        INTEGER NOT NULL CHECK (lost >= 0),
	PRIMARY KEY (transfer_id, line),
	UNIQUE (transfer_id, product_id),
	CHECK (received + lost <= shipped)
) STRICT, WITHOUT ROWID;
