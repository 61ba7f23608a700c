package alert

import (
	"context"
	"slices"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// Alerts returns a page of the alerts that match, newest first.
func (s *Service) Alerts(ctx context.Context, f Filter, page paging.Page) (paging.List[Alert], error) {
	return s.repo.Alerts(ctx, f, page)
}

// Rule returns a rule as a caller restricted to the stores within sees it.
func (s *Service) Rule(ctx context.Context, id string, within []string) (Rule, error) {
	r, found, err := s.repo.Rule(ctx, id)
	switch {
	case err != nil:
		return Rule{}, err
	case !found:
		return Rule{}, noRule()
	case !r.sees(within):
		return Rule{}, problem.New(problem.Forbidden, "This API key may not see an alert rule of other stores.")
	}
	return narrow(r, within), nil
}

// Rules returns a page of the rules, in the order of their creation, as a caller
// restricted to the stores within sees them.
func (s *Service) Rules(ctx context.Context, within []string, page paging.Page) (paging.List[Rule], error) {
	list, err := s.repo.Rules(ctx, within, page)
	for i, r := range list.Items {
		list.Items[i] = narrow(r, within)
	}
	return list, err
}

// narrow leaves out the stores that the caller must not see.
func narrow(r Rule, within []string) Rule {
	if within != nil {
		r.StoreIDs = slices.DeleteFunc(slices.Clone(r.StoreIDs), func(id string) bool { return !slices.Contains(within, id) })
	}
	return r
}
