package alert

import "context"

// DeleteParams name the rule to delete.
type DeleteParams struct {
	ID      string
	Version *int64 // the version that the caller saw; nil: any
}

// Delete deletes a rule. The alerts that it raised are kept as long as all others.
func (s *Service) Delete(ctx context.Context, d DeleteParams) error {
	return s.repo.Write(ctx, func(tx RuleTx) error {
		if _, err := currentRule(tx, d.ID, d.Version); err != nil {
			return err
		}
		return tx.DeleteRule(d.ID)
	})
}
