package product

import (
	"context"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/imports"
)

// Import makes the products of a batch of lines in one transaction, which
// commit takes part in. A line whose product is there with the same details
// changes nothing; one whose SKU another product has fails.
func (s *Service) Import(ctx context.Context, lines []imports.Line[Details], commit imports.Commit) error {
	refused := make([]error, len(lines))
	ids := make([]importIDs, len(lines))
	for i, l := range lines {
		ids[i] = importIDs{product: s.newID(), event: s.newID()}
		if refused[i] = l.Err; l.Err == nil {
			refused[i] = l.Value.check()
		}
	}
	return s.write(ctx, func(c *change) error {
		outcomes := make([]imports.Outcome, len(lines))
		for i, l := range lines {
			kind, err := imports.Unchanged, refused[i]
			if err == nil {
				kind, err = c.importLine(ids[i], l.Value)
			}
			if err != nil && !imports.OfLine(err) {
				return err
			}
			outcomes[i] = imports.Outcome{Line: l.Number, Kind: kind, Err: err}
		}
		return commit(c.tx, outcomes)
	})
}

type importIDs struct{ product, event string }

// importLine writes nothing when it returns an error of the line.
func (c *change) importLine(ids importIDs, d Details) (imports.Kind, error) {
	existing, found, err := c.tx.ProductBySKU(d.SKU)
	if err != nil || found && existing.Details == d {
		return imports.Unchanged, err
	}
	c.meta.ID = ids.event
	_, err = c.create(ids.product, d)
	return imports.Created, err
}

// ImportState returns what the imports of an earlier request saved for r, or
// false.
func (s *Service) ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return s.repo.FindResult(ctx, r)
}
