// Package product is the core of catalog: the products, and every rule by which
// they change. It does no I/O; its ports are declared here and implemented by
// catalogdb.
package product

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// Product is an article that the stores sell.
type Product struct {
	ID string // UUIDv7, so ids sort by the time of their creation
	Details
	Version   int64
	CreatedAt time.Time // as clock.Truncate returns it, like UpdatedAt
	UpdatedAt time.Time
}

// Details are the caller's part of a product. No two products have the same SKU
// at the same time.
type Details struct {
	SKU         string
	Name        string
	Description string
	Category    string // empty for none
	Price       Price
}

// The maximum characters of each text.
const (
	MaxSKU         = problem.MaxSKU
	MaxName        = 200
	MaxDescription = 2000
	MaxCategory    = 64
)

// Repository is the database that the core needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Changes are serializable: each sees the database as if all others ran
	// entirely before it or entirely after it. Nothing that change did exists
	// unless Write returns nil.
	//
	// change may run more than once, from the start each time. It only computes
	// and uses tx, and a variable that it assigns outside is valid only after
	// Write returned nil.
	//
	// The error of change is returned as it is. Errors of Write itself are a
	// StorageUnavailable problem when the database cannot write at the moment,
	// the error of ctx when that ended before change began, and ErrConflict when
	// another change came first and Write could not run change once more.
	//
	// needs name the records that change will read, for an engine that reads them
	// all at once. They are a hint: change may read any record.
	Write(ctx context.Context, needs Needs, change func(tx Tx) error) error
	Reader
}

// Needs are the keys of records that a change will read.
type Needs struct {
	IDs     []string              // of products, new ones among them
	SKUs    []string              // of products that are looked for, in any case and normal form
	Results []idempotency.Request // whose results are looked up or saved
}

// ErrConflict is a Conflict problem: the guard of a statement found another
// product, or another version of it, than the change had read. The change must
// be undone; it may be run again, on the present state of the database. Changes
// that are serializable never meet it: an adapter that breaks this promise fails
// instead of losing an update.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same product at the same time; nothing was changed. Send the request again.")

// Reader serves queries from committed data. A deleted product is not
// there. A database that cannot be read at the moment is a StorageUnavailable
// problem.
type Reader interface {
	Product(ctx context.Context, id string) (Product, bool, error)
	// ProductBySKU returns the product whose SKU is text, in any normal form.
	ProductBySKU(ctx context.Context, text string) (Product, bool, error)
	// List returns one page, by id, and the number of all matches.
	List(ctx context.Context, filter Filter, page paging.Page) (paging.List[Product], error)
	// FindResult returns the result saved for the request's caller and key, or
	// false.
	FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error)
	// Snapshot calls read with one consistent snapshot of the database, which is
	// valid only within read.
	Snapshot(ctx context.Context, read func(Snapshot) error) error
}

// Tx is the transaction of a change. Its methods see everything that the change has
// written, and take no context: a change that has begun is not cancelled. A deleted
// product is not there. An error of the database makes the whole change fail, even
// if change does not return it.
type Tx interface {
	idempotency.Store
	Product(id string) (Product, bool, error)
	ProductBySKU(text string) (Product, bool, error)
	// ProductLike returns a product whose SKU differs from text at most in case or
	// normal form, and whose id differs from except.
	ProductLike(text, except string) (Product, bool, error)
	// InsertProduct stores a new product. It returns ErrConflict, and changes
	// nothing, when its id was ever used or ProductLike finds a product for its
	// SKU.
	InsertProduct(p Product) error
	// UpdateProduct stores p's details, version and time of update in place of the
	// version before. It returns ErrConflict when the product is at another
	// version, or when ProductLike finds another product for its SKU and the SKU
	// is a new one.
	UpdateProduct(p Product) error
	// DeleteProduct keeps the record of p for audit, with its version and time of
	// update, and frees its SKU. It returns ErrConflict when the product is not at
	// the version before.
	DeleteProduct(p Product) error
	// Append writes an event that is published once the transaction is durable. Each
	// change of a product appends one: a list takes products as unchanged while no event
	// is appended.
	Append(event events.Event) error
}

// Stock is the service that accepts new stock and reservations of products.
type Stock interface {
	// Changed notifies stock of a version of a product, so that the next request
	// to stock finds it. It is tried once, for a short time; if it fails, stock
	// learns of the version from the event.
	Changed(ctx context.Context, k Kept)
}

// Service has the use cases. It is safe for concurrent use.
type Service struct {
	repo  Repository
	stock Stock
	clock clock.Clock
	newID func() string
	saved idempotency.Format[Product]
}

// Options are the ports of a Service; all are required.
type Options struct {
	Repository Repository
	Stock      Stock
	Clock      clock.Clock
	NewID      func() string               // UUIDv7 for products and events
	Saved      idempotency.Format[Product] // of the results of requests with a key
}

// New returns a Service.
func New(o Options) *Service {
	return &Service{repo: o.Repository, stock: o.Stock, clock: o.Clock, newID: o.NewID, saved: o.Saved}
}

// change is one transaction of a use case, with the time and the event id that
// were taken before it began: each use case but the import writes one event.
type change struct {
	tx   Tx
	at   time.Time // as clock.Truncate returns it
	meta events.Meta
}

func (s *Service) write(ctx context.Context, needs Needs, use func(c *change) error) error {
	at := clock.Truncate(s.clock.Now())
	meta := events.Meta{ID: s.newID(), At: at, Actor: events.Actor(ctx, inventory.ActorCatalog), Traceparent: events.Traceparent(ctx)}
	return s.repo.Write(ctx, needs, func(tx Tx) error {
		return use(&change{tx: tx, at: at, meta: meta})
	})
}

// appendEvent writes the event of a product's version.
func (c *change) appendEvent(version int64, body events.Body) error {
	meta := c.meta
	meta.Version = version
	event, err := events.New(meta, body)
	if err != nil {
		return err
	}
	return c.tx.Append(event)
}

// current returns the product of a change, if it is at the version that the
// caller saw.
func (c *change) current(id string, version *int64) (Product, error) {
	p, found, err := c.tx.Product(id)
	switch {
	case err != nil:
		return Product{}, err
	case !found:
		return Product{}, noProduct("id")
	case version != nil && *version != p.Version:
		return Product{}, problem.New(problem.VersionMismatch, "The product is at version %d.", p.Version)
	}
	return p, nil
}

// requireFree refuses a SKU that a product other than id has, or one that a
// person would confuse with it. id is empty for a new product.
func (c *change) requireFree(text, id string) error {
	other, taken, err := c.tx.ProductLike(text, id)
	switch {
	case err != nil, !taken:
		return err
	case sku.Normal(other.SKU) == text:
		return problem.New(problem.Conflict, "The SKU is taken by product %s.", other.ID)
	default:
		return problem.New(problem.Conflict, "The SKU differs only in case from %s, the SKU of product %s.", other.SKU, other.ID)
	}
}

// noProduct is the problem of a product that does not exist, or no longer exists.
func noProduct(by string) error {
	return problem.New(problem.NotFound, "There is no product with this %s.", by)
}

// normal returns d as it is stored: the SKU in its normal form, the description
// with line feeds.
func (d Details) normal() Details {
	d.SKU, d.Description = sku.Normal(d.SKU), problem.UnixLines(d.Description)
	return d
}

func (d Details) check() error {
	var checks problem.Checks
	checks.SKU("sku", d.SKU)
	checks.Text("name", d.Name, 1, MaxName)
	checks.Lines("description", d.Description, 0, MaxDescription)
	checks.Text("category", d.Category, 0, MaxCategory)
	return checks.Err()
}

// event returns the product as events show it.
func (p Product) event() inventory.Product {
	return inventory.Product{
		ID: p.ID, SKU: p.SKU, Name: p.Name, Description: p.Description, Category: p.Category,
		Price: p.Price.Number(), Version: p.Version,
	}
}
