-- Pending reservations of a store, the next to expire first.
CREATE INDEX ix_reservations_store_id_expires_at ON reservations (store_id, expires_at) WHERE status = 'pending';

-- The totals of lists, kept by triggers: how many reservations of a product in a
-- store have a status. The product '' stands for all of the store.
CREATE TABLE reservation_totals (
	product_id   TEXT NOT NULL,
	store_id     TEXT NOT NULL,
	status       TEXT NOT NULL,
	reservations INTEGER NOT NULL,
	PRIMARY KEY (product_id, store_id, status)
) STRICT, WITHOUT ROWID;

INSERT INTO reservation_totals
SELECT product_id, store_id, status, COUNT(*) FROM reservations GROUP BY product_id, store_id, status;
INSERT INTO reservation_totals
SELECT '', store_id, status, SUM(reservations) FROM reservation_totals GROUP BY store_id, status;

CREATE TRIGGER tr_reservations_inserted AFTER INSERT ON reservations
BEGIN
	INSERT INTO reservation_totals VALUES (NEW.product_id, NEW.store_id, NEW.status, 1), ('', NEW.store_id, NEW.status, 1)
	ON CONFLICT DO UPDATE SET reservations = reservations + excluded.reservations;
END;

CREATE TRIGGER tr_reservations_status AFTER UPDATE OF status ON reservations WHEN OLD.status <> NEW.status
BEGIN
	INSERT INTO reservation_totals VALUES
		(NEW.product_id, NEW.store_id, NEW.status, 1), ('', NEW.store_id, NEW.status, 1),
		(NEW.product_id, NEW.store_id, OLD.status, -1), ('', NEW.store_id, OLD.status, -1)
	ON CONFLICT DO UPDATE SET reservations = reservations + excluded.reservations;
END;
