package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// backupFolder matches the folder that the backup program reports, and dumpFile the
// file of the one for PostgreSQL.
var (
	backupFolder = regexp.MustCompile(`/data/inventory-[0-9TZ.]+`)
	dumpFile     = regexp.MustCompile(`inventory-[0-9TZ]+\.dump`)
)

// backUp takes a backup while the services run.
func (s *stack) backUp(ctx context.Context) error {
	text, err := s.compose(ctx, "run", "--rm", "backup")
	if err != nil {
		return err
	}
	written := backupFolder
	if s.postgres {
		written = dumpFile
	}
	if s.backup = written.FindString(text); s.backup == "" {
		return fmt.Errorf("the backup does not say where it is: %s", text)
	}
	return nil
}

// restore restores the backup while the services are stopped.
func (s *stack) restore(ctx context.Context) error {
	if s.backup == "" {
		return errors.New("there is no backup")
	}
	if s.postgres {
		return s.restoreDump(ctx)
	}
	for _, name := range services {
		_, err := s.compose(ctx, "run", "--rm", "backup", "restore", "-force", "-only", name, "-from", s.backup, "-data", "/databases/"+name)
		if err != nil {
			return err
		}
	}
	return nil
}

// restoreDump restores the backup of PostgreSQL, which must run for it. Before that
// the database loses a table, so that a restore that does nothing is noticed.
func (s *stack) restoreDump(ctx context.Context) error {
	for _, args := range [][]string{
		{"up", "--wait", "--no-deps", "--no-build", "postgres"},
		{"exec", "-T", "postgres", "psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "inventory", "-v", "ON_ERROR_STOP=1", "-c", "DROP TABLE stock.holds CASCADE"},
		{"run", "--rm", "backup", "restore", s.backup},
	} {
		if _, err := s.compose(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
