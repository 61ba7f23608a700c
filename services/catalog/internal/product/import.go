package product

import (
	"context"
	"errors"
	"strings"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Import creates the products of a batch of lines in one transaction, which
// commit takes part in. A line whose product exists with the same details
// changes nothing; one whose SKU another product has fails.
func (s *Service) Import(ctx context.Context, lines []bulk.Line[Details], commit bulk.Commit) error {
	refused := make([]error, len(lines))
	ids := make([]importIDs, len(lines))
	details := make([]Details, len(lines))
	var needs Needs
	for i, l := range lines {
		ids[i] = importIDs{product: s.newID(), event: s.newID()}
		details[i] = l.Value.normal()
		needs.IDs, needs.SKUs = append(needs.IDs, ids[i].product), append(needs.SKUs, details[i].SKU)
		if refused[i] = l.Err; l.Err == nil {
			refused[i] = details[i].check()
		}
	}
	return s.write(ctx, needs, func(c *change) error {
		outcomes := make([]bulk.Outcome, len(lines))
		for i, l := range lines {
			kind, err := bulk.Unchanged, refused[i]
			if err == nil {
				kind, err = c.importLine(ids[i], details[i])
			}
			if err != nil && (!bulk.OfLine(err) || errors.Is(err, ErrConflict)) {
				return err
			}
			outcomes[i] = bulk.Outcome{Line: l.Number, Kind: kind, Err: err}
		}
		return commit(c.tx, outcomes)
	})
}

type importIDs struct{ product, event string }

// importLine writes nothing when it returns an error of the line.
func (c *change) importLine(ids importIDs, d Details) (bulk.Kind, error) {
	existing, found, err := c.tx.ProductBySKU(d.SKU)
	existing.SKU = sku.Normal(existing.SKU)
	if err != nil {
		return bulk.Unchanged, err
	}
	if found {
		return bulk.Unchanged, existing.conflict(d)
	}
	c.meta.ID = ids.event
	_, err = c.create(ids.product, d)
	return bulk.Created, err
}

// conflict returns nil when p has the details d, and otherwise a Conflict problem
// that names the different fields. Prices are compared by their amount.
func (p Product) conflict(d Details) error {
	var fields []problem.Field
	for _, f := range []struct {
		name string
		same bool
	}{
		{"name", p.Name == d.Name},
		{"description", p.Description == d.Description},
		{"category", p.Category == d.Category},
		{"price", p.Price.Equal(d.Price)},
	} {
		if !f.same {
			fields = append(fields, problem.Field{Field: f.name, Message: "differs from the product that has this SKU"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Field
	}
	err := problem.New(problem.Conflict, "The SKU is taken by product %s, which differs in %s.", p.ID, strings.Join(names, ", "))
	err.Fields = fields
	return err
}

// ImportState returns the state that the imports of an earlier request saved for
// r, or false.
func (s *Service) ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return s.repo.FindResult(ctx, r)
}
