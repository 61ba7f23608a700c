-- The units that the first line was granted, if it was granted none: quantity cannot be
-- 0, and is 1 then (NULL: the quantity).
ALTER TABLE reservations ADD COLUMN granted      INTEGER CHECK (granted = 0);
-- A digest of the request, to tell its repetition from another request (NULL: units
-- of one row were requested, which the record has).
ALTER TABLE reservations ADD COLUMN request_hash TEXT;

-- The columns by which lists find a reservation by its other lines: its place in the
-- order of records, its status and its time. A line is listed for its store unless an
-- earlier one of the same reservation is.
ALTER TABLE reservation_lines ADD COLUMN place      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reservation_lines ADD COLUMN status     TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE reservation_lines ADD COLUMN expires_at TEXT NOT NULL DEFAULT '';
ALTER TABLE reservation_lines ADD COLUMN listed     INTEGER NOT NULL DEFAULT 0;

CREATE INDEX ix_reservation_lines_row ON reservation_lines (store_id, product_id, status, place) WHERE requested > 0;
CREATE INDEX ix_reservation_lines_pending ON reservation_lines (store_id, expires_at, place) WHERE status = 'pending' AND listed = 1;

CREATE TRIGGER tr_reservations_lines AFTER UPDATE OF status, expires_at ON reservations WHEN NEW.line_count > 1
BEGIN
	UPDATE reservation_lines SET status = NEW.status, expires_at = NEW.expires_at WHERE reservation_id = NEW.id;
END;

-- settled_totals for reservations of several stores, which only a key of all of them
-- sees: stores has them all, as a sorted JSON array. The row '' '' counts each of these
-- reservations once.
CREATE TABLE settled_baskets (
	product_id   TEXT NOT NULL,
	store_id     TEXT NOT NULL,
	stores       TEXT NOT NULL,
	status       TEXT NOT NULL,
	reservations INTEGER NOT NULL,
	PRIMARY KEY (product_id, store_id, stores, status)
) STRICT, WITHOUT ROWID;
