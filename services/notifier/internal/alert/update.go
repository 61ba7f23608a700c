package alert

import (
	"context"

	"inventory.example/pkg/clock"
)

// UpdateParams are the new details of a rule: all of them replace the old ones.
type UpdateParams struct {
	ID      string
	Details Details
	Version *int64 // the version that the caller saw; nil: any
}

// Update replaces the details of a rule. The new length of a quiet period applies to
// one that has begun too.
func (s *Service) Update(ctx context.Context, u UpdateParams) (r Rule, err error) {
	u.Details, err = checkDetails(u.Details)
	if err != nil {
		return Rule{}, err
	}
	at := clock.Truncate(s.clock.Now())
	err = s.repo.Write(ctx, func(tx RuleTx) error {
		r, err = currentRule(tx, u.ID, u.Version)
		if err != nil {
			return err
		}
		r.Details, r.Version, r.UpdatedAt = u.Details, r.Version+1, at
		return tx.UpdateRule(r)
	})
	return r, err
}
