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

// ImportMode decides the effect of a line.
type ImportMode string

// The modes.
const (
	// ImportCreate creates products and changes none: a product that exists with other
	// details is a Conflict problem.
	ImportCreate ImportMode = "create"
	// ImportUpdate changes the given details of products that exist.
	ImportUpdate ImportMode = "update"
	// ImportUpsert updates the products that exist and creates the others.
	ImportUpsert ImportMode = "upsert"
)

// ImportLine is the content of a line; details that it does not give are nil.
type ImportLine struct {
	SKU                         string
	Name, Description, Category *string
	Price                       *Price
}

// Import is one import: the lines of one file.
type Import struct {
	service *Service
	mode    ImportMode
	plan    *plan // of a dry run; nil: the lines act
}

// NewImport returns an import. A dry run only checks its lines.
func (s *Service) NewImport(mode ImportMode, dryRun bool) *Import {
	i := &Import{service: s, mode: mode}
	if dryRun {
		i.plan = newPlan()
	}
	return i
}

// Apply applies a batch of lines in one transaction, which commit takes part in. A
// line whose product has these details already changes nothing.
func (i *Import) Apply(ctx context.Context, lines []bulk.Line[ImportLine], commit bulk.Commit) error {
	refused := make([]error, len(lines))
	ids := make([]importIDs, len(lines))
	content := make([]ImportLine, len(lines))
	var needs Needs
	for at, l := range lines {
		ids[at] = importIDs{product: i.service.newID(), event: i.service.newID()}
		content[at] = l.Value.normal()
		needs.IDs, needs.SKUs = append(needs.IDs, ids[at].product), append(needs.SKUs, content[at].SKU)
		if refused[at] = l.Err; l.Err == nil {
			refused[at] = content[at].check(i.mode == ImportCreate)
		}
	}
	if err := i.plan.requireRoom(); err != nil {
		return err
	}
	err := i.service.write(ctx, needs, func(c *change) error {
		i.plan.beginBatch()
		outcomes := make([]bulk.Outcome, len(lines))
		for at, l := range lines {
			kind, err := bulk.Unchanged, refused[at]
			switch {
			case err != nil:
			case i.plan != nil:
				kind, err = c.planLine(i.plan, i.mode, content[at])
			default:
				kind, err = c.importLine(ids[at], i.mode, content[at])
			}
			if err != nil && (!bulk.OfLine(err) || errors.Is(err, ErrConflict)) {
				return err
			}
			outcomes[at] = bulk.Outcome{Line: l.Number, Kind: kind, Err: err}
		}
		return commit(c.tx, outcomes)
	})
	if err == nil {
		i.plan.endBatch()
	}
	return err
}

// State returns the state that the imports of an earlier request saved for
// r, or false.
func (i *Import) State(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return i.service.repo.FindResult(ctx, r)
}

type importIDs struct{ product, event string }

// importLine writes nothing when it returns an error of the line.
func (c *change) importLine(ids importIDs, mode ImportMode, l ImportLine) (bulk.Kind, error) {
	existing, found, err := c.tx.ProductBySKU(l.SKU)
	if err != nil {
		return bulk.Unchanged, err
	}
	c.meta.ID = ids.event
	if !found {
		d, err := l.created(mode)
		if err == nil {
			_, err = c.create(ids.product, d)
		}
		return bulk.Created, err
	}
	kind, err := l.effect(mode, "product "+existing.ID, existing.texts().has)
	if err == nil && kind == bulk.Updated {
		_, err = c.replace(existing, l.over(existing.Details))
	}
	return kind, err
}

// normal returns l as details are stored, see Details.normal.
func (l ImportLine) normal() ImportLine {
	l.SKU = sku.Normal(l.SKU)
	if l.Description != nil {
		text := problem.UnixLines(*l.Description)
		l.Description = &text
	}
	return l
}

// check checks the given details; those of a new product must have a name.
func (l ImportLine) check(isNew bool) error {
	d := l.over(Details{SKU: l.SKU})
	var checks problem.Checks
	checks.SKU("sku", d.SKU)
	if isNew || l.Name != nil {
		checks.Text("name", d.Name, 1, MaxName)
	}
	checks.Lines("description", d.Description, 0, MaxDescription)
	checks.Text("category", d.Category, 0, MaxCategory)
	return checks.Err()
}

// over returns the details d with those that l gives. The SKU stays as it is stored.
func (l ImportLine) over(d Details) Details {
	for _, t := range []struct{ from, to *string }{{l.Name, &d.Name}, {l.Description, &d.Description}, {l.Category, &d.Category}} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	if l.Price != nil {
		d.Price = *l.Price
	}
	return d
}

// created returns the details of the new product of a line whose SKU no product has.
func (l ImportLine) created(mode ImportMode) (Details, error) {
	if mode == ImportUpdate {
		return Details{}, noProduct("SKU")
	}
	return l.over(Details{SKU: l.SKU}), l.check(true)
}

// texts are the details that an import compares; the price is its amount.
type texts [4]string

var textNames = [len(texts{})]string{"name", "description", "category", "price"}

func (d Details) texts() texts { return texts{d.Name, d.Description, d.Category, d.Price.amount()} }

func (t texts) has(i int, text string) bool { return t[i] == text }

// given reports which of its texts a line gives.
func (l ImportLine) given() [len(texts{})]bool {
	return [len(texts{})]bool{l.Name != nil, l.Description != nil, l.Category != nil, l.Price != nil}
}

// effect returns the effect of a line whose SKU the owner has. has compares a text of
// the owner.
func (l ImportLine) effect(mode ImportMode, owner string, has func(i int, text string) bool) (bulk.Kind, error) {
	var different []string
	given := l.given()
	for i, text := range l.over(Details{}).texts() {
		if (given[i] || mode == ImportCreate) && !has(i, text) {
			different = append(different, textNames[i])
		}
	}
	switch {
	case len(different) == 0:
		return bulk.Unchanged, nil
	case mode != ImportCreate:
		return bulk.Updated, nil
	}
	err := problem.New(problem.Conflict, "The SKU is taken by %s, which differs in %s.", owner, strings.Join(different, ", "))
	for _, name := range different {
		err.Fields = append(err.Fields, problem.Field{Field: name, Message: "differs from the product that has this SKU"})
	}
	return bulk.Unchanged, err
}
