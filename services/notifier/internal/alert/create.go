package alert

import (
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Create creates a rule. Events that were recorded before count too. replayed
// means that the rule is the saved result of an earlier request.
func (s *Service) Create(ctx context.Context, d Details, once idempotency.Request) (r Rule, replayed bool, err error) {
	d, err = checkDetails(d)
	if err != nil {
		return Rule{}, false, err
	}
	id, at := s.newID(), clock.Truncate(s.clock.Now())
	err = s.repo.Write(ctx, func(tx RuleTx) error {
		var err error
		if r, replayed, err = idempotency.Replay(tx, once, s.saved); err != nil || replayed {
			return err
		}
		count, err := tx.CountRules()
		if err != nil {
			return err
		}
		if count >= MaxRules {
			return problem.New(problem.Conflict, "There are %d alert rules already, and there may be no more.", count)
		}
		r = Rule{ID: id, Details: d, Version: 1, CreatedAt: at, UpdatedAt: at}
		if err := tx.InsertRule(r); err != nil {
			return err
		}
		return idempotency.Save(tx, once, s.saved, r)
	})
	return r, replayed, err
}
