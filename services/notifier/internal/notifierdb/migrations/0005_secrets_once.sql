-- A secret is shown once. Results that are kept for an Idempotency-Key held it
-- for two days, and a repeated request was answered with it.
UPDATE idempotency_keys SET result = json_set(result, '$.secret.current', '', '$.secret.previous', '')
	WHERE json_valid(result) AND json_type(result, '$.secret') = 'object';

-- From here on webhooks.secret and webhooks.previous_secret may be encrypted:
-- then they begin with "sealed:".
