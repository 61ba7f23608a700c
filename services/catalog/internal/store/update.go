package store

import (
	"context"
	"strings"
	"time"

	"inventory.example/pkg/problem"
)

// PutParams asks for a store with these details.
type PutParams struct {
	ID      string
	Details Details
	Version *int64 // the version that the caller saw; nil: any, also none
	New     bool   // only if there is no such store
}

// Put gives a store new details, and creates it when it does not exist. It reports
// whether the store is new. A store that was deleted begins again with its next
// version.
func (s *Service) Put(ctx context.Context, p PutParams) (stored Store, created bool, err error) {
	p.Details.Address = problem.UnixLines(p.Details.Address)
	if err := p.check(); err != nil {
		return Store{}, false, err
	}
	err = s.write(ctx, []string{p.ID}, func(c *change) error {
		current, found, err := c.tx.Store(p.ID)
		if err != nil {
			return err
		}
		created = !found || current.Deleted
		switch {
		case created && p.Version != nil && !p.New:
			return problem.New(problem.VersionMismatch, "There is no store %s.", p.ID)
		case !created && p.New, !created && p.Version != nil && *p.Version != current.Version:
			return problem.New(problem.VersionMismatch, "The store is at version %d.", current.Version)
		case created:
			current.ID, current.CreatedAt, current.Deleted = p.ID, c.at, false
		}
		current.Details = p.Details
		stored, err = c.save(current, found)
		return err
	})
	if err != nil {
		return Store{}, false, err
	}
	s.stock.StoreChanged(ctx, stored)
	return stored, created, nil
}

func (p PutParams) check() error {
	var checks problem.Checks
	checks.StoreID("id", p.ID)
	checks.Text("name", p.Details.Name, 1, MaxName)
	checks.Lines("address", p.Details.Address, 0, MaxAddress)
	checks.Word("timezone", p.Details.Timezone, 0, MaxTimezone)
	checks.Require(isTimezone(p.Details.Timezone), "timezone", "must be a name of the IANA time zone database, such as Europe/Madrid")
	return checks.Err()
}

// isTimezone reports whether name is in the IANA database, or empty. Local is the
// zone of this machine and not a name.
func isTimezone(name string) bool {
	if len(name) > MaxTimezone || strings.EqualFold(name, "local") {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
