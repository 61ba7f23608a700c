-- Search, newest first. A reservation costs two entries more when it is created,
-- and a third one when it has a reference.
CREATE INDEX ix_reservations_created_at ON reservations (created_at);
CREATE INDEX ix_reservations_customer_id_created_at ON reservations (customer_id, created_at);
CREATE INDEX ix_reservations_reference_created_at ON reservations (reference, created_at) WHERE reference IS NOT NULL;
