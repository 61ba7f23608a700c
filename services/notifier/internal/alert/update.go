package alert

import (
	"context"

	"inventory.example/pkg/events"
)

// UpdateParams asks for a rule with other details: all of them are taken over.
type UpdateParams struct {
	ID      string
	Details Details
	Version *int64 // the version that the caller saw; nil: any
}

// Update gives a rule new details. A quiet period that has begun has the new
// length.
func (s *Service) Update(ctx context.Context, u UpdateParams) (r Rule, err error) {
	u.Details, err = check(u.Details)
	if err != nil {
		return Rule{}, err
	}
	at := events.FormatTime(s.clock.Now())
	err = s.repo.Write(ctx, func(tx RuleTx) error {
		r, err = current(tx, u.ID, u.Version)
		if err != nil {
			return err
		}
		r.Details, r.Version, r.UpdatedAt = u.Details, r.Version+1, at
		return tx.UpdateRule(r)
	})
	return r, err
}
