package alert

import "context"

// DeleteParams asks for the end of a rule.
type DeleteParams struct {
	ID      string
	Version *int64 // the version that the caller saw; nil: any
}

// Delete ends a rule. The alerts that it raised stay as long as others.
func (s *Service) Delete(ctx context.Context, d DeleteParams) error {
	return s.repo.Write(ctx, func(tx RuleTx) error {
		if _, err := current(tx, d.ID, d.Version); err != nil {
			return err
		}
		return tx.DeleteRule(d.ID)
	})
}
