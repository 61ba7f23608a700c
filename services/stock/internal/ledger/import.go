package ledger

import (
	"cmp"
	"context"
	"errors"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// ImportMode decides the meaning of a line's quantity.
type ImportMode string

// The modes.
const (
	// ImportSet: the quantity that the row has then. A missing row is created.
	ImportSet ImportMode = "set"
	// ImportAdjust: units that are added to the row, or removed from it.
	ImportAdjust ImportMode = "adjust"
)

// ImportParams is the content of a line: the quantity of a product in a store.
type ImportParams struct {
	ProductID  string // either this
	SKU        string // or this
	StoreID    string
	Quantity   *int64
	Thresholds ThresholdChange
	Reason     string
}

func (p ImportParams) check(mode ImportMode) error {
	var checks problem.Checks
	switch {
	case p.ProductID != "" && p.SKU != "":
		checks.Require(false, "sku", "must not be given together with product_id")
	case p.SKU != "":
		checks.SKU("sku", sku.Normal(p.SKU))
	}
	if p.SKU == "" {
		checkKey(&checks, p.ProductID, "store_id", p.StoreID)
	} else {
		checks.StoreID("store_id", p.StoreID)
	}
	least := int64(0)
	if mode == ImportAdjust {
		least = -MaxQuantity
	}
	if p.Quantity == nil {
		checks.Require(false, "quantity", "is required")
	} else {
		checks.Range("quantity", *p.Quantity, least, MaxQuantity)
	}
	p.Thresholds.check(&checks)
	checkReason(&checks, p.Reason)
	return checks.Err()
}

// Import is one import: the lines of one file.
type Import struct {
	service *Service
	mode    ImportMode
	rows    *fileRows // of the lines so far; nil: a row may appear twice
	plan    *plan     // of a dry run; nil: the lines act
}

// NewImport returns an import. A dry run only checks its lines.
func (s *Service) NewImport(mode ImportMode, dryRun bool) *Import {
	i := &Import{service: s, mode: mode}
	if mode == ImportSet {
		i.rows = newFileRows()
	}
	if dryRun {
		i.plan = newPlan(mode)
	}
	return i
}

// Apply does a batch of lines in one transaction, which commit takes part in. In mode
// set a missing row is created, as by Create, an existing one is set, as by Update,
// one with the values of the line already stays as it is, and a row of an earlier
// line fails. In mode adjust a row changes as by Adjust.
func (i *Import) Apply(ctx context.Context, lines []bulk.Line[ImportParams], commit bulk.Commit) error {
	if err := i.plan.requireRoom(); err != nil {
		return err
	}
	found, err := i.lookUp(ctx, lines)
	if err != nil {
		return err
	}
	var tx *planTx
	err = i.service.write(ctx, importNeeds(lines, found), func(c *change) error {
		tx = i.plan.begin(c)
		outcomes := make([]bulk.Outcome, len(lines))
		for at, l := range lines {
			kind, newStore, err := bulk.Unchanged, false, found[at].err
			switch {
			case err != nil:
			case i.mode == ImportAdjust:
				kind, err = c.adjustLine(found[at], l.Value)
			default:
				kind, newStore, err = c.importLine(found[at], l.Value)
			}
			if err != nil && (!bulk.OfLine(err) || errors.Is(err, ErrConflict)) {
				return err
			}
			outcomes[at] = bulk.Outcome{Line: l.Number, Kind: kind, Err: err, NewStore: newStore}
		}
		if i.plan != nil {
			c.usedStores = false
		}
		return commit(c.tx, outcomes)
	})
	if err == nil {
		i.plan.keep(tx)
	}
	return err
}

// Remember notes the rows of lines that an earlier request applied.
func (i *Import) Remember(ctx context.Context, lines []bulk.Line[ImportParams]) error {
	if i.rows == nil {
		return nil
	}
	_, err := i.lookUp(ctx, lines)
	return err
}

// lookUp finds the product and the store of each line, and notes its row.
func (i *Import) lookUp(ctx context.Context, lines []bulk.Line[ImportParams]) ([]importedProduct, error) {
	found := i.service.importProducts(ctx, i.mode, lines)
	i.service.importStores(ctx, lines, found)
	for _, f := range found {
		for _, err := range []error{f.err, f.storeErr} {
			if err != nil && !bulk.OfLine(err) {
				return nil, err
			}
		}
	}
	for at, l := range lines {
		if found[at].err == nil {
			found[at].err = i.rows.add(found[at].product.ID, l.Value.StoreID)
		}
	}
	return found, nil
}

// State returns the state that the imports of an earlier request saved for r, or
// false.
func (i *Import) State(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return i.service.ImportState(ctx, r)
}

// ImportState returns the state that the imports of an earlier request saved for r,
// or false.
func (s *Service) ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return s.repo.FindResult(ctx, r)
}

// importNeeds names the records of the lines that did not fail.
func importNeeds(lines []bulk.Line[ImportParams], found []importedProduct) Needs {
	var needs Needs
	for i, l := range lines {
		if found[i].err != nil {
			continue
		}
		p := found[i].product
		needs.Rows = append(needs.Rows, RowKey{p.ID, l.Value.StoreID})
		needs.Products, needs.SKUs = append(needs.Products, p.ID), append(needs.SKUs, p.SKU)
		needs.Stores = append(needs.Stores, l.Value.StoreID)
	}
	return needs
}

// importLine changes nothing when it returns an error of the line.
func (c *change) importLine(of importedProduct, p ImportParams) (kind bulk.Kind, newStore bool, err error) {
	row, found, err := c.row(of.product.ID, p.StoreID)
	if err != nil {
		return bulk.Unchanged, false, err
	}
	if !found {
		thresholds, err := Thresholds{}.with(p.Thresholds)
		if err := cmp.Or(err, of.storeErr); err != nil {
			return bulk.Unchanged, false, err
		}
		row, err = c.createOf(of.product, p.StoreID, *p.Quantity, thresholds)
		return bulk.Created, row.NewStore, err
	}
	if *p.Quantity == row.Quantity && row.Thresholds.has(p.Thresholds) {
		return bulk.Unchanged, false, nil
	}
	_, err = c.set(row, *p.Quantity, p.Thresholds, p.Reason)
	return bulk.Updated, false, err
}

// adjustLine changes nothing when it returns an error of the line.
func (c *change) adjustLine(of importedProduct, p ImportParams) (bulk.Kind, error) {
	row, found, err := c.row(of.product.ID, p.StoreID)
	switch {
	case err != nil:
		return bulk.Unchanged, err
	case !found:
		return bulk.Unchanged, cmp.Or(of.storeErr, noRow(of.product.ID, p.StoreID))
	case *p.Quantity == 0 && row.Thresholds.has(p.Thresholds):
		return bulk.Unchanged, nil
	}
	_, err = c.adjust(row, *p.Quantity, p.Thresholds, p.Reason)
	return bulk.Updated, err
}

// importedProduct is the product of a line, or the reason why the line fails.
type importedProduct struct {
	product  Product
	err      error
	storeErr error // the reason why the line fails if its row is missing
}

// importStores looks up the stores of the lines that did not fail, each once.
func (s *Service) importStores(ctx context.Context, lines []bulk.Line[ImportParams], found []importedProduct) {
	known := map[string]error{}
	for i, l := range lines {
		if found[i].err != nil {
			continue
		}
		err, looked := known[l.Value.StoreID]
		if !looked {
			err = s.knowStore(ctx, l.Value.StoreID)
			known[l.Value.StoreID] = err
		}
		found[i].storeErr = err
	}
}

// importProducts finds the product of each line.
func (s *Service) importProducts(ctx context.Context, mode ImportMode, lines []bulk.Line[ImportParams]) []importedProduct {
	found := make([]importedProduct, len(lines))
	inParallel(len(lines), func(i int) { found[i] = s.importProduct(ctx, mode, lines[i]) })
	return found
}

// importProduct asks catalog, except about a product that has a row: an existing row
// is set whether or not its product was deleted, as by Update. Only catalog knows
// which product has a SKU: a local copy may be old, and the units would go to another
// product.
func (s *Service) importProduct(ctx context.Context, mode ImportMode, line bulk.Line[ImportParams]) importedProduct {
	p := line.Value
	if line.Err != nil {
		return importedProduct{err: line.Err}
	}
	if err := p.check(mode); err != nil {
		return importedProduct{err: err}
	}
	if p.SKU != "" {
		product, err := s.productBySKU(ctx, p.SKU)
		return importedProduct{product: product, err: err}
	}
	row, found, err := s.repo.Row(ctx, p.ProductID, p.StoreID)
	if err != nil || found {
		return importedProduct{product: row.Product, err: err}
	}
	product, err := s.currentProduct(ctx, p.ProductID)
	return importedProduct{product: product, err: err}
}
