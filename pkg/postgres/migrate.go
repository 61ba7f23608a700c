package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"inventory.example/pkg/engine"
)

// Component is a part of the schema with migrations of its own: numbered files
// such as 0001_ledger.sql in the folder migrations of FS, applied in the order
// of their numbers, never backward. The release of a binary, as the schema knows
// it, is the number of the newest file that the binary has.
//
// During an upgrade two releases use one schema. A migration therefore only adds
// things that the release before can ignore. Things that no release uses any more
// are dropped by a later migration, whose first line says which release it needs:
//
//	-- min_release: 7
//
// Older binaries are then refused. A release that stops using something without
// changing the schema has a file that holds a comment only, and so a number.
type Component struct {
	Name string
	FS   fs.FS
}

// errNewerSchema is in the chain of Open's error when a later release has made
// the schema unusable for this binary. The schema is as it was.
var errNewerSchema = errors.New("the schema was migrated by a newer release")

// wayBack is the advice in the text of errNewerSchema.
const wayBack = "start that release again, or restore the backup from before the upgrade"

const (
	sqlSchemaExists = `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)`
	sqlTokenExists  = `SELECT to_regclass(quote_ident($1) || '.writer_token') IS NOT NULL`

	// Several processes may begin at once, before there is a token.
	sqlBootstrap = `
CREATE TABLE IF NOT EXISTS schema_migrations (
	component   TEXT COLLATE "C" NOT NULL,
	version     BIGINT NOT NULL,
	name        TEXT NOT NULL,
	min_release BIGINT NOT NULL,
	applied_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
	PRIMARY KEY (component, version)
);
CREATE TABLE IF NOT EXISTS writer_token (id SMALLINT PRIMARY KEY CHECK (id = 1));
INSERT INTO writer_token (id) VALUES (1) ON CONFLICT DO NOTHING`

	// On a busy machine the process may pause between two files for longer than a
	// writer may between two statements, and every start would fail.
	sqlMigrationIdle = `SET LOCAL idle_in_transaction_session_timeout = '1min'`

	sqlSchemaVersion   = `SELECT COALESCE(MAX(version), 0), COALESCE(MAX(min_release), 0) FROM schema_migrations WHERE component = $1`
	sqlUnknown         = `SELECT component FROM schema_migrations WHERE component <> ALL($1) AND min_release > 0 ORDER BY component LIMIT 1`
	sqlInsertMigration = `INSERT INTO schema_migrations (component, version, name, min_release) VALUES ($1, $2, $3, $4)`

	// Writers that were last here a day ago need no response any more.
	sqlForgetWriters = `DELETE FROM writer_groups WHERE committed_at < now() - INTERVAL '1 day'`
)

type migration struct {
	engine.Migration
	minRelease int64
}

// migrate brings the schema up to date, all of it in one transaction that has
// the write token: of processes that start together one migrates, and after a
// migration that failed the schema is as it was.
func migrate(ctx context.Context, conn *pgx.Conn, schema string, components []Component) error {
	if err := bootstrap(ctx, conn, schema); err != nil {
		return fmt.Errorf("create the schema: %w", err)
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlToken); err != nil {
			return fmt.Errorf("take the write token: %w", err)
		}
		if _, err := tx.Exec(ctx, sqlMigrationIdle); err != nil {
			return err
		}
		if err := knowsAll(ctx, tx, components); err != nil {
			return err
		}
		for _, component := range components {
			if err := migrateComponent(ctx, tx, component); err != nil {
				return fmt.Errorf("migrate %s: %w", component.Name, err)
			}
		}
		_, err := tx.Exec(ctx, sqlForgetWriters)
		return err
	})
}

// bootstrap creates the schema and the token. A role that may not create schemas
// can use one that exists.
func bootstrap(ctx context.Context, conn *pgx.Conn, schema string) error {
	var exists bool
	if err := conn.QueryRow(ctx, sqlTokenExists, schema).Scan(&exists); err != nil || exists {
		return err
	}
	if err := conn.QueryRow(ctx, sqlSchemaExists, schema).Scan(&exists); err != nil {
		return err
	}
	statements := sqlBootstrap
	if !exists {
		statements = "CREATE SCHEMA IF NOT EXISTS " + pgx.Identifier{schema}.Sanitize() + ";" + statements
	}
	_, err := conn.PgConn().Exec(ctx, statements).ReadAll() // one transaction
	if isCollision(err) {
		return fmt.Errorf("%w: %v", errRolledBack, err) //nolint:errorlint // tried again: another process has created it
	}
	return err
}

// isCollision reports whether another session has created the same thing at the
// same time: IF NOT EXISTS does not prevent that.
func isCollision(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "23505", // unique_violation, in the system's own tables
		"42P06", // duplicate_schema
		"42P07", // duplicate_table
		"42710": // duplicate_object
		return true
	}
	return false
}

// knowsAll returns errNewerSchema when the schema has a component that is none of
// these and that binaries without it must not ignore.
func knowsAll(ctx context.Context, tx pgx.Tx, components []Component) error {
	names := Column(components, func(c Component) string { return c.Name })
	var unknown string
	err := tx.QueryRow(ctx, sqlUnknown, names).Scan(&unknown)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: it has %q, which this binary does not know; %s", errNewerSchema, unknown, wayBack)
}

func migrateComponent(ctx context.Context, tx pgx.Tx, component Component) error {
	migrations, err := readMigrations(component.FS)
	if err != nil {
		return err
	}
	var at, minRelease int64
	if err := tx.QueryRow(ctx, sqlSchemaVersion, component.Name).Scan(&at, &minRelease); err != nil {
		return err
	}
	newest := int64(len(migrations))
	if minRelease > newest {
		return fmt.Errorf("%w: it needs release %d, this binary is %d; %s", errNewerSchema, minRelease, newest, wayBack)
	}
	for _, m := range migrations[min(at, newest):] {
		if _, err := tx.Conn().PgConn().Exec(ctx, m.SQL).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		if _, err := tx.Exec(ctx, sqlInsertMigration, component.Name, m.Version, m.Name, m.minRelease); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

// readMigrations reads the files, with the releases that they need.
func readMigrations(component fs.FS) ([]migration, error) {
	files, err := engine.ReadMigrations(component)
	if err != nil {
		return nil, err
	}
	migrations := make([]migration, len(files))
	for i, file := range files {
		minRelease, err := minReleaseOf(file.SQL)
		if err != nil || minRelease > file.Version {
			return nil, fmt.Errorf("migration file %s: min_release is not a number up to %d", file.Name, file.Version)
		}
		migrations[i] = migration{file, minRelease}
	}
	return migrations, nil
}

// minReleaseOf returns the release that the first line of a migration names; 0:
// none.
func minReleaseOf(text string) (int64, error) {
	line, _, _ := strings.Cut(text, "\n")
	number, found := strings.CutPrefix(line, "-- min_release:")
	if !found {
		return 0, nil
	}
	return strconv.ParseInt(strings.TrimSpace(number), 10, 64)
}
