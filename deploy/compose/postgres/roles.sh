#!/bin/sh
# Runs once, when the volume is empty: a role for each service with the password of
# its DATABASE_URL, and its schema. No role can see the schema of another one.
set -eu
psql() { command psql -v ON_ERROR_STOP=1 -q -U postgres -d inventory "$@"; }

psql -c 'REVOKE ALL ON DATABASE inventory FROM PUBLIC'
for service in catalog stock reservation notifier; do
	password=$(sed 's|^postgres://[^:]*:\([^@]*\)@.*|\1|' "/run/secrets/${service}_database_url")
	psql -v role="$service" -v password="$password" <<-'SQL'
		CREATE ROLE :"role" LOGIN PASSWORD :'password';
		GRANT CONNECT ON DATABASE inventory TO :"role";
		CREATE SCHEMA :"role" AUTHORIZATION :"role";
	SQL
done
