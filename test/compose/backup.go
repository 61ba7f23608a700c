package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// backupFolder matches the folder that the backup program reports.
var backupFolder = regexp.MustCompile(`/data/inventory-[0-9TZ.]+`)

// backUp takes a backup while the services run.
func (s *stack) backUp(ctx context.Context) error {
	text, err := s.compose(ctx, "run", "--rm", "backup")
	if err != nil {
		return err
	}
	if s.backup = backupFolder.FindString(text); s.backup == "" {
		return fmt.Errorf("the backup does not say where it is: %s", text)
	}
	return nil
}

// restore restores the backup while the services are stopped.
func (s *stack) restore(ctx context.Context) error {
	if s.backup == "" {
		return errors.New("there is no backup")
	}
	for _, name := range services {
		_, err := s.compose(ctx, "run", "--rm", "backup", "restore", "-force", "-only", name, "-from", s.backup, "-data", "/databases/"+name)
		if err != nil {
			return err
		}
	}
	return nil
}
