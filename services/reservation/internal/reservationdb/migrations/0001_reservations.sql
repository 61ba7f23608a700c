CREATE TABLE reservations (
	id          TEXT NOT NULL PRIMARY KEY,
	product_id  TEXT NOT NULL,
	store_id    TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	quantity    INTEGER NOT NULL CHECK (quantity >= 1),
	ttl_seconds INTEGER NOT NULL CHECK (ttl_seconds >= 1),
	status      TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled', 'expired')),
	reason      TEXT NOT NULL, -- of a cancellation, otherwise empty
	version     INTEGER NOT NULL CHECK (version >= 1),
	expires_at  TEXT NOT NULL,
	created_at  TEXT NOT NULL,
	updated_at  TEXT NOT NULL
) STRICT;

CREATE INDEX ix_reservations_expires_at ON reservations (expires_at) WHERE status = 'pending';
CREATE INDEX ix_reservations_store_id_status_product_id ON reservations (store_id, status, product_id);

-- A reservation that came to its end never changes again.
CREATE TRIGGER tr_reservations_settled BEFORE UPDATE OF status ON reservations WHEN OLD.status <> 'pending'
BEGIN
	SELECT RAISE(ABORT, 'a settled reservation does not change');
END;
