-- A reservation has lines. The first one is in its record, so that a reservation of
-- one line has one record; the others are in reservation_lines. A line of quantity 0
-- was granted nothing, or only takes the returned units of another store (then it
-- was not requested). Times are those of RFC 3339 with milliseconds, in UTC: their
-- order is that of the texts.
CREATE TABLE reservations (
	id           text COLLATE "C" PRIMARY KEY,
	place        bigint NOT NULL GENERATED ALWAYS AS IDENTITY, -- the order in which reservations were recorded
	product_id   text COLLATE "C" NOT NULL,
	store_id     text COLLATE "C" NOT NULL,
	quantity     bigint NOT NULL CHECK (quantity >= 0),
	requested    bigint NOT NULL CHECK (requested >= 1 AND requested >= quantity),
	confirmed    bigint NOT NULL CHECK (confirmed >= 0 AND confirmed + released <= quantity),
	released     bigint NOT NULL CHECK (released >= 0),
	returned     bigint NOT NULL CHECK (returned >= 0 AND returned <= confirmed),
	restocked    bigint NOT NULL CHECK (restocked >= 0),
	line_count   bigint NOT NULL CHECK (line_count >= 1),
	customer_id  text COLLATE "C" NOT NULL,
	reference    text COLLATE "C", -- of the caller; NULL: none
	request_hash text COLLATE "C", -- NULL: units of one row were requested
	ttl_seconds  bigint NOT NULL CHECK (ttl_seconds >= 1),
	status       text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled', 'expired')),
	ended_by     text COLLATE "C", -- the act that ended it, as a status; NULL: the status
	reason       text COLLATE "C" NOT NULL, -- of a cancellation, otherwise empty
	version      bigint NOT NULL CHECK (version >= 1),
	actor        text COLLATE "C" NOT NULL, -- who created it
	updated_by   text COLLATE "C" NOT NULL, -- who changed it last
	expires_at   text COLLATE "C" NOT NULL,
	created_at   text COLLATE "C" NOT NULL,
	updated_at   text COLLATE "C" NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX ix_reservations_row ON reservations (store_id, product_id, status, place);
CREATE INDEX ix_reservations_pending ON reservations (store_id, expires_at, place) WHERE status = 'pending';
-- For the expiry alone. No list of a store has its second condition, which always
-- holds, so none is read by this index and a filter.
CREATE INDEX ix_reservations_expires_at ON reservations (expires_at) WHERE status = 'pending' AND ttl_seconds >= 1;
CREATE INDEX ix_reservations_created_at ON reservations (created_at, place);
CREATE INDEX ix_reservations_customer_id ON reservations (customer_id, created_at, place);
CREATE INDEX ix_reservations_reference ON reservations (reference, created_at, place) WHERE reference IS NOT NULL;

-- The other lines, with the columns of their reservation by which lists find it. A
-- line is listed for its store unless an earlier one of the same reservation is.
CREATE TABLE reservation_lines (
	reservation_id text COLLATE "C" NOT NULL REFERENCES reservations (id),
	line           bigint NOT NULL CHECK (line >= 1),
	product_id     text COLLATE "C" NOT NULL,
	store_id       text COLLATE "C" NOT NULL,
	quantity       bigint NOT NULL CHECK (quantity >= 0),
	requested      bigint NOT NULL CHECK (requested >= quantity),
	confirmed      bigint NOT NULL CHECK (confirmed >= 0 AND confirmed + released <= quantity),
	released       bigint NOT NULL CHECK (released >= 0),
	returned       bigint NOT NULL CHECK (returned >= 0 AND returned <= confirmed),
	restocked      bigint NOT NULL CHECK (restocked >= 0),
	listed         boolean NOT NULL,
	place          bigint NOT NULL,
	status         text COLLATE "C" NOT NULL,
	expires_at     text COLLATE "C" NOT NULL,
	PRIMARY KEY (reservation_id, line)
);

CREATE INDEX ix_reservation_lines_row ON reservation_lines (store_id, product_id, status, place) WHERE requested > 0;
CREATE INDEX ix_reservation_lines_pending ON reservation_lines (store_id, expires_at, place) WHERE status = 'pending' AND listed;

CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER tr_reservations_settled BEFORE UPDATE ON reservations FOR EACH ROW
WHEN (OLD.status <> 'pending' AND NEW.status <> OLD.status)
EXECUTE FUNCTION refuse_update('a reservation that came to its end keeps its status');
CREATE TRIGGER tr_reservations_totals BEFORE UPDATE ON reservations FOR EACH ROW
WHEN (NEW.confirmed < OLD.confirmed OR NEW.released < OLD.released OR NEW.returned < OLD.returned OR NEW.restocked < OLD.restocked)
EXECUTE FUNCTION refuse_update('totals only grow');
CREATE TRIGGER tr_reservation_lines_totals BEFORE UPDATE ON reservation_lines FOR EACH ROW
WHEN (NEW.confirmed < OLD.confirmed OR NEW.released < OLD.released OR NEW.returned < OLD.returned OR NEW.restocked < OLD.restocked)
EXECUTE FUNCTION refuse_update('totals only grow');

-- The totals of lists: how many reservations of a product in a store came to an end, by
-- their status and all stores of the reservation, in order. The product '' and store ''
-- count each reservation once. Pending ones are counted when they are asked for.
CREATE TABLE settled_totals (
	product_id   text COLLATE "C" NOT NULL,
	store_id     text COLLATE "C" NOT NULL,
	stores       text[] COLLATE "C" NOT NULL,
	status       text COLLATE "C" NOT NULL,
	reservations bigint NOT NULL,
	PRIMARY KEY (product_id, store_id, stores, status)
) WITH (fillfactor = 50);

-- The attempt that the next request with a caller's key begins with, when not with
-- the first: all attempts before it are over.
CREATE TABLE attempts (
	caller text COLLATE "C" NOT NULL,
	key    text COLLATE "C" NOT NULL,
	number bigint NOT NULL CHECK (number >= 2),
	PRIMARY KEY (caller, key)
);

-- Reservations with a return that stock has not acknowledged yet.
CREATE TABLE unacknowledged_returns (
	reservation_id text COLLATE "C" PRIMARY KEY REFERENCES reservations (id)
);

-- What is known of the other services. Stock takes totals once a response of it has
-- said so: its database only goes forward.
CREATE TABLE peers (
	name         text COLLATE "C" PRIMARY KEY,
	takes_totals boolean NOT NULL
);
