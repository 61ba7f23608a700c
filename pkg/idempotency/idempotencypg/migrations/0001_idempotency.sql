CREATE TABLE idempotency_keys (
	caller      text COLLATE "C" NOT NULL,
	key         text COLLATE "C" NOT NULL,
	fingerprint text COLLATE "C" NOT NULL,
	result      text COLLATE "C" NOT NULL,
	created_at  timestamptz NOT NULL,
	PRIMARY KEY (caller, key)
);

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
