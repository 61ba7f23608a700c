-- Who created a reservation, and who changed it last: the name of an API key, or
-- of this service when it acted by itself. Reservations of the releases before
-- have neither.
ALTER TABLE reservations ADD COLUMN actor TEXT;
ALTER TABLE reservations ADD COLUMN updated_by TEXT;
