CREATE TABLE idempotency_keys (
	caller      TEXT NOT NULL,
	key         TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	result      TEXT NOT NULL,
	created_at  TEXT NOT NULL,
	PRIMARY KEY (caller, key)
) STRICT;

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
