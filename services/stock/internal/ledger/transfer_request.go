package ledger

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// TransferOrderParams asks for a transfer order.
type TransferOrderParams struct {
	FromStore  string // either this
	Supplier   string // or this
	ToStore    string
	Reference  string
	ExpectedAt time.Time // zero: not said
	Lines      []TransferLineParams
}

// TransferLineParams asks for units of a product.
type TransferLineParams struct {
	ProductID string // either this
	SKU       string // or this
	Quantity  int64
}

// maxSupplier bounds the name of a supplier, in characters.
const maxSupplier = 128

// Validate returns a ValidationError problem with all errors of p.
func (p TransferOrderParams) Validate() error {
	var checks problem.Checks
	checks.StoreID("to_store_id", p.ToStore)
	switch {
	case p.FromStore != "" && p.Supplier != "":
		checks.Require(false, "supplier", "must not be given together with from_store_id")
	case p.Supplier != "":
		checks.Text("supplier", p.Supplier, 1, maxSupplier)
	default:
		checks.StoreID("from_store_id", p.FromStore)
		checks.Require(p.FromStore != p.ToStore, "to_store_id", "must not be from_store_id")
	}
	checks.Text("reference", p.Reference, 0, maxReference)
	if year := p.ExpectedAt.UTC().Year(); !p.ExpectedAt.IsZero() {
		checks.Require(year >= 0 && year <= 9999, "expected_at", "must have a year of four digits")
	}
	checks.Range("lines", int64(len(p.Lines)), 1, MaxTransferLines)
	if len(p.Lines) <= MaxTransferLines {
		for i, l := range p.Lines {
			l.check(&checks, "lines."+strconv.Itoa(i)+".")
		}
	}
	return checks.Err()
}

func (l TransferLineParams) check(checks *problem.Checks, line string) {
	switch {
	case l.ProductID != "" && l.SKU != "":
		checks.Require(false, line+"sku", "must not be given together with product_id")
	case l.SKU != "":
		checks.SKU(line+"sku", sku.Normal(l.SKU))
	default:
		checks.Word(line+"product_id", l.ProductID, 1, maxID)
	}
	checks.Range(line+"quantity", l.Quantity, 1, MaxQuantity)
}

// RequestTransfer creates a transfer order. No unit moves yet. An unknown product,
// and a source that has no row of it, is a NotFound problem that names the line.
// Lines of the same product are added up.
func (s *Service) RequestTransfer(ctx context.Context, p TransferOrderParams, once idempotency.Request) (TransferOrder, bool, error) {
	if err := p.Validate(); err != nil {
		return TransferOrder{}, false, err
	}
	id := s.newID()
	products, productErr := s.transferProducts(ctx, p.Lines)
	if productErr == nil {
		productErr = s.knowStore(ctx, p.ToStore)
	}
	return s.changeTransfer(ctx, requestTransferNeeds(id, p.FromStore, products), once, StepRequested, func(c *change) (TransferOrder, error) {
		if productErr != nil {
			return TransferOrder{}, productErr
		}
		return c.requestTransfer(id, p, products)
	})
}

func (c *change) requestTransfer(id string, p TransferOrderParams, products []Product) (TransferOrder, error) {
	if err := c.requireStore(p.ToStore); err != nil {
		return TransferOrder{}, err
	}
	t := TransferOrder{
		ID: id, FromStore: p.FromStore, Supplier: p.Supplier, ToStore: p.ToStore, Reference: p.Reference,
		Status: TransferRequested, Actor: c.meta.Actor, Version: 1, CreatedAt: c.at, UpdatedAt: c.at,
	}
	if !p.ExpectedAt.IsZero() {
		t.ExpectedAt = clock.Truncate(p.ExpectedAt.UTC())
	}
	at := map[string]int{} // the line of a product
	for i, product := range products {
		if err := c.checkSource(i, product, p.FromStore); err != nil {
			return TransferOrder{}, err
		}
		if line, known := at[product.ID]; known {
			if t.Lines[line].Quantity += p.Lines[i].Quantity; t.Lines[line].Quantity > MaxQuantity {
				return TransferOrder{}, problem.Invalid("lines", "must not ask for more than %d units of a product", int64(MaxQuantity))
			}
			continue
		}
		at[product.ID] = len(t.Lines)
		t.Lines = append(t.Lines, TransferLine{ProductID: product.ID, Quantity: p.Lines[i].Quantity})
	}
	if err := c.tx.InsertTransferOrder(t); err != nil {
		return TransferOrder{}, err
	}
	return t, c.appendEvent(t.Version, inventory.TransferRequested{TransferState: t.state()})
}

// checkSource stores the product of a line, and requires a row of it in the store
// that gives the units. The product may have been deleted since the response of
// catalog.
func (c *change) checkSource(line int, product Product, fromStore string) error {
	if fromStore != "" {
		if _, err := c.seenRow(product.ID, fromStore, nil); err != nil {
			return ofLine(line, err)
		}
	}
	_, err := c.checkProduct(product, noProduct)
	return ofLine(line, err)
}

// transferProducts returns the product of each line.
func (s *Service) transferProducts(ctx context.Context, lines []TransferLineParams) ([]Product, error) {
	products, errs := make([]Product, len(lines)), make([]error, len(lines))
	inParallel(len(lines), func(i int) { products[i], errs[i] = s.transferProduct(ctx, lines[i]) })
	for i, err := range errs {
		if err != nil {
			return nil, ofLine(i, err)
		}
	}
	return products, nil
}

// transferProduct asks catalog about a SKU, as an import does, and about a product
// that stock does not know.
func (s *Service) transferProduct(ctx context.Context, l TransferLineParams) (Product, error) {
	if l.SKU != "" {
		return s.productBySKU(ctx, l.SKU)
	}
	product, known, err := s.repo.Product(ctx, l.ProductID)
	if err != nil || known && !product.Deleted {
		return product, err
	}
	return s.currentProduct(ctx, l.ProductID)
}

// ofLine names the line of a request, counted from 0, in a problem that it caused.
func ofLine(line int, err error) error {
	p := problem.Of(err)
	if p == nil || p.Code != problem.NotFound && p.Code != problem.ProductDeleted {
		return err
	}
	named := *p
	named.Detail = "In line " + strconv.Itoa(line) + " of the request: " + p.Detail
	named.Members = maps.Clone(p.Members)
	if named.Members == nil {
		named.Members = map[string]any{}
	}
	named.Members["line"] = line
	var missing *missingRowError
	if errors.As(err, &missing) {
		return &missingRowError{&named, missing.storeID}
	}
	return &named
}
