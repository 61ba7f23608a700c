-- The local copy of catalog's stores. A store with announced = 0 is used here, and
-- catalog has not returned it since. Stores that have rows exist: catalog is
-- notified of them after the upgrade.
CREATE TABLE stores (
	id        TEXT NOT NULL PRIMARY KEY,
	deleted   INTEGER NOT NULL CHECK (deleted IN (0, 1)),
	version   INTEGER NOT NULL CHECK (version >= 0), -- of catalog; 0: none yet
	announced INTEGER NOT NULL CHECK (announced IN (0, 1)),
	actor     TEXT -- of the first use
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_stores_used ON stores (id) WHERE announced = 0;

INSERT INTO stores (id, deleted, version, announced) SELECT store_id, 0, 0, 0 FROM store_totals WHERE store_id > '' AND rows > 0;
