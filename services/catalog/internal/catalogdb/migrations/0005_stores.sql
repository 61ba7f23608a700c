-- The stores. A deleted store keeps its record, because its versions continue when
-- it begins again.
CREATE TABLE stores (
	id         TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	timezone   TEXT NOT NULL CHECK (length(timezone) <= 64),
	address    TEXT NOT NULL CHECK (length(address) <= 500),
	active     INTEGER NOT NULL CHECK (active IN (0, 1)),
	version    INTEGER NOT NULL CHECK (version >= 1),
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1))
) STRICT, WITHOUT ROWID;
