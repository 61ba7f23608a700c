-- Pending reservations of a store, the next to expire first.
CREATE INDEX ix_reservations_store_id_expires_at ON reservations (store_id, expires_at) WHERE status = 'pending';

-- The totals of lists, kept with each change: how many reservations of a product in a
-- store came to an end, by their status. The product '' stands for all of the
-- store. Pending ones are counted when they are asked for, which costs a new
-- reservation nothing: those are as many as live at one time.
CREATE TABLE settled_totals (
	product_id   TEXT NOT NULL,
	store_id     TEXT NOT NULL,
	status       TEXT NOT NULL,
	reservations INTEGER NOT NULL,
	PRIMARY KEY (product_id, store_id, status)
) STRICT, WITHOUT ROWID;

INSERT INTO settled_totals
SELECT product_id, store_id, status, COUNT(*) FROM reservations WHERE status <> 'pending' GROUP BY product_id, store_id, status;
INSERT INTO settled_totals
SELECT '', store_id, status, SUM(reservations) FROM settled_totals GROUP BY store_id, status;
