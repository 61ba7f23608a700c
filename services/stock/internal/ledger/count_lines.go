package ledger

import (
	"context"
	"errors"
	"strconv"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// MaxLinesAtOnce bounds the lines of a count that are stored all or none, in one
// transaction. A file has as many as the count takes.
const MaxLinesAtOnce = 1000

// CountedProduct is a line of a request: the counted units of a product.
type CountedProduct struct {
	ProductID string // either this
	SKU       string // or this
	Counted   *int64
}

func (p CountedProduct) check(checks *problem.Checks, line string) {
	switch {
	case p.ProductID != "" && p.SKU != "":
		checks.Require(false, line+"sku", "must not be given together with product_id")
	case p.SKU != "":
		checks.SKU(line+"sku", sku.Normal(p.SKU))
	default:
		checks.Word(line+"product_id", p.ProductID, 1, maxID)
	}
	if p.Counted == nil {
		checks.Require(false, line+"counted", "is required")
		return
	}
	checks.Range(line+"counted", *p.Counted, 0, MaxQuantity)
}

// Validate returns a ValidationError problem with all errors of p, alone in its
// request.
func (p CountedProduct) Validate() error {
	var checks problem.Checks
	p.check(&checks, "")
	return checks.Err()
}

// CheckCounted returns a ValidationError problem with all errors of lines.
func CheckCounted(lines []CountedProduct) error {
	var checks problem.Checks
	checks.Range("lines", int64(len(lines)), 1, MaxLinesAtOnce)
	if len(lines) <= MaxLinesAtOnce {
		for i, l := range lines {
			l.check(&checks, "lines."+strconv.Itoa(i)+".")
		}
	}
	return checks.Err()
}

// SetCountLines remembers counted units, each with the quantity and version of its row
// now: all lines or none. A product that was counted before is replaced. The lines were
// checked. An unknown or deleted product is a problem that names the line.
func (s *Service) SetCountLines(
	ctx context.Context, id string, lines []CountedProduct, stores []string, once idempotency.Request,
) (Count, bool, error) {
	found := s.countedProducts(ctx, len(lines), func(i int) CountedProduct { return lines[i] })
	return writeOnce(ctx, s, s.countNeeds(ctx, id, found), once, s.savedCounts, func(c *change) (Count, error) {
		count, err := c.openCount(id, stores)
		if err != nil {
			return Count{}, err
		}
		stored := make([]CountLine, len(lines))
		for i, l := range lines {
			if stored[i], _, err = c.countLine(&count, found[i], l); err != nil {
				return Count{}, ofLine(i, err)
			}
		}
		count, err = c.saveCount(count)
		count.Lines = stored
		return count, err
	})
}

// ImportCountLines is SetCountLines for a batch of the lines of a file, each of which
// succeeds or fails by itself, in one transaction, which commit takes part in.
func (s *Service) ImportCountLines(
	ctx context.Context, id string, lines []bulk.Line[CountedProduct], stores []string, commit bulk.Commit,
) error {
	for i, l := range lines {
		if l.Err == nil {
			lines[i].Err = l.Value.Validate()
		}
	}
	found := s.countedProducts(ctx, len(lines), func(i int) CountedProduct { return lines[i].Value })
	for i, f := range found {
		if lines[i].Err == nil && f.err != nil && !bulk.OfLine(f.err) {
			return f.err
		}
	}
	return s.write(ctx, s.countNeeds(ctx, id, found), func(c *change) error {
		count, err := c.openCount(id, stores)
		if err != nil {
			return err
		}
		outcomes := make([]bulk.Outcome, len(lines))
		for i, l := range lines {
			kind, err := bulk.Created, l.Err
			var replaced bool
			if err == nil {
				_, replaced, err = c.countLine(&count, found[i], l.Value)
			}
			if err != nil && (!bulk.OfLine(err) || errors.Is(err, ErrConflict)) {
				return err
			}
			if replaced {
				kind = bulk.Updated
			}
			outcomes[i] = bulk.Outcome{Line: l.Number, Kind: kind, Err: err}
		}
		if _, err := c.saveCount(count); err != nil {
			return err
		}
		return commit(c.tx, outcomes)
	})
}

// openCount returns a count that must take lines.
func (c *change) openCount(id string, stores []string) (Count, error) {
	count, err := c.count(id, stores)
	if err == nil && count.Status != CountOpen {
		err = problem.New(problem.InvalidState, "The count is %s, so it takes no lines.", count.Status)
	}
	return count, err
}

// countedProduct is the product of a line, or the reason why the line fails.
type countedProduct struct {
	product Product
	err     error
}

// countedProducts finds the product of each of n lines, a few at a time.
func (s *Service) countedProducts(ctx context.Context, n int, line func(i int) CountedProduct) []countedProduct {
	found := make([]countedProduct, n)
	inParallel(n, func(i int) {
		l := line(i)
		if l.SKU != "" {
			found[i].product, found[i].err = s.productBySKU(ctx, l.SKU)
			return
		}
		if l.ProductID == "" {
			return // the line is not valid
		}
		product, known, err := s.repo.Product(ctx, l.ProductID)
		if err == nil && !known {
			product, err = s.currentProduct(ctx, l.ProductID)
		}
		found[i] = countedProduct{product, err}
	})
	return found
}

// countNeeds names the lines of a count with their rows and products.
func (s *Service) countNeeds(ctx context.Context, id string, found []countedProduct) Needs {
	needs := Needs{Counts: []string{id}}
	count, known, err := s.repo.Count(ctx, id)
	if err != nil || !known {
		return needs
	}
	for _, f := range found {
		if f.product.ID == "" {
			continue
		}
		needs.CountLines = append(needs.CountLines, CountLineKey{id, f.product.ID})
		needs.Rows = append(needs.Rows, RowKey{f.product.ID, count.StoreID})
		needs.Products, needs.SKUs = append(needs.Products, f.product.ID), append(needs.SKUs, f.product.SKU)
	}
	return needs
}

// countLine remembers one line, and changes nothing when it returns an error of the
// line. A product without a row in the store has no units there.
func (c *change) countLine(count *Count, of countedProduct, p CountedProduct) (line CountLine, replaced bool, err error) {
	product, err := c.productToCount(of, p)
	if err != nil {
		return CountLine{}, false, err
	}
	row, _, err := c.row(product.ID, count.StoreID)
	if err != nil {
		return CountLine{}, false, err
	}
	_, replaced, err = c.tx.CountLine(count.ID, product.ID)
	switch {
	case err != nil:
		return CountLine{}, false, err
	case !replaced && count.Totals.Lines >= MaxCountLines:
		return CountLine{}, false, problem.New(problem.Conflict, "A count has at most %d lines.", MaxCountLines)
	case !replaced:
		count.Totals.Lines++
	}
	line = CountLine{
		ProductID: product.ID, Counted: *p.Counted, Quantity: row.Quantity, RowVersion: row.Version, CountedAt: c.at, State: LineCounted,
		Product: product,
	}
	return line, replaced, c.tx.SaveCountLine(count.ID, line)
}

// productToCount stores the product of a line. Catalog does not return a deleted
// product for its SKU, but the local copy still has it.
func (c *change) productToCount(of countedProduct, p CountedProduct) (Product, error) {
	if p.SKU != "" && problem.CodeOf(of.err) == problem.NotFound {
		deleted, known, err := c.tx.ProductBySKU(sku.Normal(p.SKU))
		if err != nil {
			return Product{}, err
		}
		if known && deleted.Deleted {
			return Product{}, productDeleted(deleted.ID)
		}
	}
	if of.err != nil {
		return Product{}, of.err
	}
	return c.checkProduct(of.product, productDeleted)
}
