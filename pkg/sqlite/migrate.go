package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
)

// Component is a part of the schema with migrations of its own: numbered files
// such as 0001_ledger.sql in the folder migrations of FS, applied in the order
// of their numbers, never backward.
type Component struct {
	Name string
	FS   fs.FS
}

// errNewerSchema is in the chain of Open's error when a later release has
// migrated the file: this binary would misread it. The file is unchanged.
var errNewerSchema = errors.New("the database was migrated by a newer release")

const (
	sqlCreateMigrations = `CREATE TABLE IF NOT EXISTS schema_migrations (
	component  TEXT NOT NULL,
	version    INTEGER NOT NULL,
	name       TEXT NOT NULL,
	applied_at TEXT NOT NULL,
	PRIMARY KEY (component, version)
) STRICT`
	sqlComponents      = `SELECT DISTINCT component FROM schema_migrations ORDER BY component`
	sqlSchemaVersion   = `SELECT COALESCE(MAX(version), 0) FROM schema_migrations WHERE component = ?`
	sqlInsertMigration = `INSERT INTO schema_migrations (component, version, name, applied_at) VALUES (?, ?, ?, ?)`
)

// migrate brings the schema up to date, all of it in one transaction: a failed
// migration leaves the file unchanged, and the release before still opens it.
func migrate(ctx context.Context, c *conn, components []Component) error {
	if err := c.run("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	err := migrateAll(ctx, c, components)
	if err == nil {
		err = c.run("COMMIT")
	}
	if err != nil && !c.AutoCommit() { // some errors have ended the transaction already
		err = errors.Join(err, c.run("ROLLBACK"))
	}
	return err
}

func migrateAll(ctx context.Context, c *conn, components []Component) error {
	if err := c.run(sqlCreateMigrations); err != nil {
		return fmt.Errorf("create schema_migrations: %w", err)
	}
	if err := knowsAll(c, components); err != nil {
		return err
	}
	for _, component := range components {
		if err := migrateComponent(ctx, c, component); err != nil {
			return fmt.Errorf("migrate %s: %w", component.Name, err)
		}
	}
	return nil
}

// knowsAll returns errNewerSchema when the file has a component that is not in
// the list.
func knowsAll(c *conn, components []Component) error {
	return (&Tx{conn: c}).Query(func(row Scanner) error {
		var name string
		if err := row.Scan(&name); err != nil {
			return err
		}
		if !slices.ContainsFunc(components, func(known Component) bool { return known.Name == name }) {
			return fmt.Errorf("%w: it has %q, which this binary does not know; %s", errNewerSchema, name, wayBack)
		}
		return nil
	}, sqlComponents)
}

// wayBack is the advice for errNewerSchema.
const wayBack = "start that release again, or restore the backup from before the upgrade"

func migrateComponent(ctx context.Context, c *conn, component Component) error {
	migrations, err := engine.ReadMigrations(component.FS)
	if err != nil {
		return err
	}
	tx := &Tx{conn: c}
	var at int64
	if err := tx.QueryRow(sqlSchemaVersion, component.Name).Scan(&at); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if newest := int64(len(migrations)); at > newest {
		return fmt.Errorf("%w: schema version %d, this binary knows %d; %s", errNewerSchema, at, newest, wayBack)
	}
	for _, m := range migrations[at:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := apply(c, component.Name, m); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

func apply(c *conn, component string, m engine.Migration) error {
	if _, err := c.Exec(m.SQL, nil); err != nil {
		return err
	}
	_, _, err := (&Tx{conn: c}).Exec(sqlInsertMigration, component, m.Version, m.Name, clock.Text(clock.System{}.Now()))
	return err
}
