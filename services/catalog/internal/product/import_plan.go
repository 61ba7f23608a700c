package product

import (
	"hash/maphash"
	"maps"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/problem"
)

// maxPlanned bounds the products that the lines of a dry run create or update, and so
// its memory.
const maxPlanned = 1 << 20

// plan has the products that the lines of a dry run would have created or updated: a
// later line with the same SKU meets them. It has hashes in place of texts, so a file
// of many lines needs little memory. A nil plan is that of an import that acts.
type plan struct {
	seed     maphash.Seed
	products map[uint64]planned // by the hash of the folded SKU
	batch    map[uint64]planned // of the present batch
}

// planned is a product of a plan.
type planned struct {
	sku   uint32 // of its normal form
	texts [len(texts{})]uint32
}

func newPlan() *plan {
	return &plan{seed: maphash.MakeSeed(), products: map[uint64]planned{}, batch: map[uint64]planned{}}
}

// requireRoom refuses another batch when the plan is full.
func (p *plan) requireRoom() error {
	if p == nil || len(p.products) < maxPlanned {
		return nil
	}
	return problem.New(problem.PayloadTooLarge, "A dry run takes a file that changes at most %d products; send it in parts.", maxPlanned)
}

// beginBatch forgets the batch, which may run again.
func (p *plan) beginBatch() {
	if p != nil {
		clear(p.batch)
	}
}

// endBatch adds the batch to the plan.
func (p *plan) endBatch() {
	if p != nil {
		maps.Copy(p.products, p.batch)
		clear(p.batch)
	}
}

func (p *plan) key(skuText string) uint64 { return maphash.String(p.seed, sku.Fold(skuText)) }

func (p *plan) hash(text string) uint32 { return uint32(maphash.String(p.seed, text)) } //nolint:gosec // half of it is enough

func (p *plan) find(skuText string) (planned, bool) {
	key := p.key(skuText)
	found, known := p.batch[key]
	if !known {
		found, known = p.products[key]
	}
	return found, known
}

// save plans the details d.
func (p *plan) save(d Details) {
	saved := planned{sku: p.hash(d.SKU)}
	for i, text := range d.texts() {
		saved.texts[i] = p.hash(text)
	}
	p.batch[p.key(d.SKU)] = saved
}

// planLine is importLine of a dry run. It writes nothing.
func (c *change) planLine(p *plan, mode ImportMode, l ImportLine) (bulk.Kind, error) {
	if found, known := p.find(l.SKU); known {
		return p.lineOf(found, mode, l)
	}
	existing, found, err := c.tx.ProductBySKU(l.SKU)
	if err != nil {
		return bulk.Unchanged, err
	}
	if !found {
		d, err := l.created(mode)
		if err == nil {
			err = c.requireFree(d.SKU, "")
		}
		if err == nil {
			p.save(d)
		}
		return bulk.Created, err
	}
	kind, err := l.effect(mode, "product "+existing.ID, existing.texts().has)
	if kind == bulk.Updated {
		existing.SKU = l.SKU
		p.save(l.over(existing.Details))
	}
	return kind, err
}

// lineOf returns the effect of a line on a product of the plan, whose SKU it has in
// any case.
func (p *plan) lineOf(found planned, mode ImportMode, l ImportLine) (bulk.Kind, error) {
	switch {
	case found.sku == p.hash(l.SKU):
	case mode == ImportUpdate:
		return bulk.Unchanged, noProduct("SKU")
	default:
		if err := l.check(true); err != nil {
			return bulk.Unchanged, err
		}
		return bulk.Unchanged, problem.New(problem.Conflict, "The SKU differs only in case from that of an earlier line.")
	}
	kind, err := l.effect(mode, "an earlier line", func(i int, text string) bool { return found.texts[i] == p.hash(text) })
	if kind == bulk.Updated {
		p.batch[p.key(l.SKU)] = p.over(found, l)
	}
	return kind, err
}

// over returns a product of the plan with the details that a line gives.
func (p *plan) over(found planned, l ImportLine) planned {
	given := l.given()
	for i, text := range l.over(Details{}).texts() {
		if given[i] {
			found.texts[i] = p.hash(text)
		}
	}
	return found
}
