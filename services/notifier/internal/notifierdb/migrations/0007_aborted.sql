-- Whether a webhook gets reservation.cancelled of reservations that no caller was
-- ever given.
ALTER TABLE webhooks ADD COLUMN include_aborted INTEGER NOT NULL DEFAULT 0 CHECK (include_aborted IN (0, 1));
