-- The totals of each line of a hold that was settled in parts. NULL while the
-- state says them: nothing is settled while held, all units are committed or
-- released afterwards.
ALTER TABLE holds ADD COLUMN committed INTEGER;
ALTER TABLE holds ADD COLUMN released INTEGER;
ALTER TABLE holds ADD COLUMN returned INTEGER;
ALTER TABLE holds ADD COLUMN restocked INTEGER;

-- Of line 0: the request that the hold was granted to, and the units that it asked
-- for of each row. NULL: the lines are the request.
ALTER TABLE holds ADD COLUMN request TEXT;

-- The holds that are held and settled in part: few among those that are held.
CREATE INDEX ix_holds_in_part ON holds (reservation_id, committed, released) WHERE state = 'held' AND committed IS NOT NULL;

CREATE TRIGGER tr_holds_totals BEFORE UPDATE OF committed, released, returned, restocked ON holds
WHEN NEW.committed IS NULL OR NEW.released IS NULL OR NEW.returned IS NULL OR NEW.restocked IS NULL
	OR NEW.committed < COALESCE(OLD.committed, 0) OR NEW.released < COALESCE(OLD.released, 0)
	OR NEW.returned < COALESCE(OLD.returned, 0) OR NEW.restocked < COALESCE(OLD.restocked, 0)
	OR NEW.committed + NEW.released > NEW.quantity OR NEW.returned > NEW.committed
BEGIN
	SELECT RAISE(ABORT, 'totals of a hold only grow, up to what was granted');
END;

-- The returned units that were added to rows of which the reservation was granted
-- nothing.
CREATE TABLE restocks (
	reservation_id TEXT NOT NULL,
	product_id     TEXT NOT NULL,
	store_id       TEXT NOT NULL,
	restocked      INTEGER NOT NULL CHECK (restocked >= 1),
	PRIMARY KEY (reservation_id, product_id, store_id),
	FOREIGN KEY (product_id, store_id) REFERENCES stock (product_id, store_id)
) STRICT, WITHOUT ROWID;

-- The product that has a SKU.
CREATE INDEX ix_products_sku ON products (sku);

-- More kinds of movement, and what each belongs to: the reference of an order or
-- a delivery, a transfer, a count. A change of state moves units from one state to
-- another. A CHECK cannot be changed in place.
DROP TRIGGER tr_movements_inserted;

CREATE TABLE movements_next (
	seq            INTEGER PRIMARY KEY,
	product_id     TEXT NOT NULL,
	store_id       TEXT NOT NULL,
	kind           TEXT NOT NULL CHECK (kind IN ('created', 'adjusted', 'transferred_in', 'transferred_out', 'sold',
		'returned', 'received', 'counted', 'state_changed', 'deleted')),
	change         INTEGER NOT NULL,
	quantity       INTEGER NOT NULL CHECK (quantity >= 0), -- after the change
	version        INTEGER NOT NULL,                       -- of the row, after the change
	reason         TEXT NOT NULL,
	reservation_id TEXT,
	created_at     TEXT NOT NULL,
	actor          TEXT,
	reference      TEXT,
	transfer_id    TEXT,
	count_id       TEXT,
	from_state     TEXT,
	to_state       TEXT,
	units          INTEGER, -- that changed their state
	unavailable    TEXT,    -- the units in each state after the change, as JSON; NULL: none
	FOREIGN KEY (product_id, store_id) REFERENCES stock (product_id, store_id)
) STRICT;

INSERT INTO movements_next (seq, product_id, store_id, kind, change, quantity, version, reason, reservation_id, created_at, actor)
SELECT seq, product_id, store_id, kind, change, quantity, version, reason, reservation_id, created_at, actor FROM movements ORDER BY seq;

DROP TABLE movements;
ALTER TABLE movements_next RENAME TO movements;

CREATE INDEX ix_movements_product_id_store_id_created_at ON movements (product_id, store_id, created_at);
CREATE INDEX ix_movements_product_id_store_id_actor_created_at ON movements (product_id, store_id, actor, created_at)
	WHERE actor IS NOT NULL;

CREATE TRIGGER tr_movements_inserted AFTER INSERT ON movements
BEGIN
	INSERT INTO movement_totals VALUES (NEW.product_id, NEW.store_id, COALESCE(NEW.actor, ''), 1)
	ON CONFLICT DO UPDATE SET movements = movements + 1;
END;
