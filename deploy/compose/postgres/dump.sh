#!/bin/sh
# dump.sh: writes a dump of the database, which is one snapshot of all services,
# and deletes all but the newest KEEP. dump.sh restore FILE: replaces the schemas
# and their content by those of a dump; nothing changes when it fails.
set -eu
cd /var/lib/postgresql
PGPASSWORD=$(cat /run/secrets/postgres_password)
export PGPASSWORD PGHOST=postgres PGUSER=postgres PGDATABASE=inventory

if [ "${1:-}" = restore ]; then
	# A session that is open would wait for nothing and then find other tables.
	sessions=$(psql -Atc "SELECT count(*) FROM pg_stat_activity WHERE datname = 'inventory' AND pid <> pg_backend_pid()")
	if [ "$sessions" != 0 ]; then
		echo "restore: $sessions sessions use the database: stop the services first" >&2
		exit 1
	fi
	pg_restore --clean --if-exists --single-transaction --exit-on-error -d inventory "$2"
	echo "restored $2"
	exit
fi
file=inventory-$(date -u +%Y%m%dT%H%M%SZ).dump
rm -f ./*.new
pg_dump -Fc -f "$file.new"
mv "$file.new" "$file"
ls inventory-*.dump | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do rm "$old"; done
{
	echo "inventory_backup_last_success_timestamp_seconds $(date +%s)"
	echo "inventory_backup_last_size_bytes $(wc -c <"$file")"
} >inventory_backup.prom
echo "wrote $file"
