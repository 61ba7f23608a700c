-- A reservation has lines. The first one is in its record, so that a reservation
-- of one line has one record, as before; the others are in reservation_lines.
-- Totals are NULL while they follow from the status: nothing is settled while it
-- is pending, afterwards all units of all lines are confirmed or released. They
-- are written for all lines of a reservation at once.
ALTER TABLE reservations ADD COLUMN reference  TEXT;
ALTER TABLE reservations ADD COLUMN line_count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE reservations ADD COLUMN requested  INTEGER; -- NULL: the quantity
ALTER TABLE reservations ADD COLUMN confirmed  INTEGER;
ALTER TABLE reservations ADD COLUMN released   INTEGER;
ALTER TABLE reservations ADD COLUMN returned   INTEGER;
ALTER TABLE reservations ADD COLUMN restocked  INTEGER;
ALTER TABLE reservations ADD COLUMN ended_by   TEXT;    -- the act that ended it, as a status; NULL: the status

-- A line of quantity 0 was granted nothing, or only takes the returned units of
-- another store.
CREATE TABLE reservation_lines (
	reservation_id TEXT NOT NULL REFERENCES reservations (id),
	line           INTEGER NOT NULL CHECK (line >= 1),
	product_id     TEXT NOT NULL,
	store_id       TEXT NOT NULL,
	quantity       INTEGER NOT NULL CHECK (quantity >= 0),
	requested      INTEGER NOT NULL CHECK (requested >= quantity),
	confirmed      INTEGER,
	released       INTEGER,
	returned       INTEGER,
	restocked      INTEGER,
	PRIMARY KEY (reservation_id, line)
) STRICT, WITHOUT ROWID;

-- Totals never fall, and no unit is both sold and given back.
CREATE TRIGGER tr_reservations_totals BEFORE UPDATE OF confirmed, released, returned, restocked ON reservations
WHEN NEW.confirmed + NEW.released > NEW.quantity OR NEW.returned > NEW.confirmed
	OR NEW.confirmed < OLD.confirmed OR NEW.released < OLD.released OR NEW.returned < OLD.returned OR NEW.restocked < OLD.restocked
BEGIN
	SELECT RAISE(ABORT, 'totals only grow, within the quantity');
END;
CREATE TRIGGER tr_reservation_lines_totals BEFORE UPDATE OF confirmed, released, returned, restocked ON reservation_lines
WHEN NEW.confirmed + NEW.released > NEW.quantity OR NEW.returned > NEW.confirmed
	OR NEW.confirmed < OLD.confirmed OR NEW.released < OLD.released OR NEW.returned < OLD.returned OR NEW.restocked < OLD.restocked
BEGIN
	SELECT RAISE(ABORT, 'totals only grow, within the quantity');
END;
