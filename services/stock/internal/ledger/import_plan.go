package ledger

import (
	"hash/maphash"

	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
)

// maxFileRows bounds the rows of a file that are compared with its later lines, and so
// the memory of an import. Rows after them may appear again.
const maxFileRows = 1 << 21

// fileRows has the rows of the lines of a file, by their hash, so a file of many lines
// needs little memory. The hash has a random seed: one file in a million of a million
// lines has two rows with the same one.
type fileRows struct {
	seed maphash.Seed
	rows map[uint64]struct{}
}

func newFileRows() *fileRows {
	return &fileRows{seed: maphash.MakeSeed(), rows: map[uint64]struct{}{}}
}

// errTwice is the problem of a line whose row an earlier line of the file has.
var errTwice = problem.New(problem.Conflict, "An earlier line of the file has the same product and store; a row may appear once.")

// add notes a row and refuses one that it has. Without rows, f is nil, it does nothing.
func (f *fileRows) add(productID, storeID string) error {
	if f == nil {
		return nil
	}
	key := hashRow(f.seed, productID, storeID)
	if _, twice := f.rows[key]; twice {
		return errTwice
	}
	if len(f.rows) < maxFileRows {
		f.rows[key] = struct{}{}
	}
	return nil
}

func hashRow(seed maphash.Seed, productID, storeID string) uint64 {
	return maphash.Comparable(seed, RowKey{productID, storeID})
}

// maxPlanned bounds the rows that the lines of a dry run adjust, and so its
// memory.
const maxPlanned = 1 << 20

// plan has the rows that the lines of a dry run would have adjusted: a later line of
// the same row meets them. In mode set no row appears twice. A nil plan is that of an
// import that acts.
type plan struct {
	seed maphash.Seed
	rows map[uint64]planned // by the hash of the row; nil: none is needed
}

// planned is the part of a row that an import changes.
type planned struct {
	quantity, minStock, maxStock, reorderPoint, reorderQty int64 // reorderPoint -1: never set
}

func newPlan(mode ImportMode) *plan {
	p := &plan{seed: maphash.MakeSeed()}
	if mode == ImportAdjust {
		p.rows = map[uint64]planned{}
	}
	return p
}

// requireRoom refuses another batch when the plan is full.
func (p *plan) requireRoom() error {
	if p == nil || len(p.rows) < maxPlanned {
		return nil
	}
	return problem.New(problem.PayloadTooLarge, "A dry run takes a file that changes at most %d rows; send it in parts.", maxPlanned)
}

// begin lets the change read the rows of the plan and write nothing.
func (p *plan) begin(c *change) *planTx {
	if p == nil {
		return nil
	}
	tx := &planTx{Tx: c.tx, plan: p, products: map[string]Product{}}
	c.tx = tx
	return tx
}

// keep adds the rows of a batch to the plan.
func (p *plan) keep(tx *planTx) {
	if p == nil || p.rows == nil {
		return
	}
	for _, r := range tx.changed {
		t := r.Thresholds
		planned := planned{r.Quantity, t.MinStock, t.MaxStock, -1, t.ReorderQty}
		if t.ReorderPoint != nil {
			planned.reorderPoint = *t.ReorderPoint
		}
		p.rows[hashRow(p.seed, r.ProductID, r.StoreID)] = planned
	}
}

// planTx is the transaction of a dry run. It writes nothing.
type planTx struct {
	Tx
	plan     *plan
	changed  []Row
	products map[string]Product // that the change would have saved
}

// Row returns a row as the plan has it.
func (t *planTx) Row(productID, storeID string) (Row, bool, error) {
	row, found, err := t.Tx.Row(productID, storeID)
	if err != nil || !found || row.Removed {
		return row, found, err
	}
	if p, changed := t.plan.rows[hashRow(t.plan.seed, productID, storeID)]; changed {
		row.Quantity = p.quantity
		row.Thresholds = Thresholds{MinStock: p.minStock, MaxStock: p.maxStock, ReorderQty: p.reorderQty}
		if p.reorderPoint >= 0 {
			row.Thresholds.ReorderPoint = &p.reorderPoint
		}
	}
	return row, true, nil
}

// UpdateRow keeps row for the plan.
func (t *planTx) UpdateRow(row Row, _ int64) error {
	t.changed = append(t.changed, row)
	return nil
}

// SaveProduct keeps p for Product, unless a newer version is stored.
func (t *planTx) SaveProduct(p Product) error {
	stored, found, err := t.Tx.Product(p.ID)
	if err == nil && (!found || stored.Version < p.Version) {
		t.products[p.ID] = p
	}
	return err
}

// Product returns a product as SaveProduct would have left it.
func (t *planTx) Product(id string) (Product, bool, error) {
	if p, saved := t.products[id]; saved {
		return p, true, nil
	}
	return t.Tx.Product(id)
}

// InsertRow writes nothing, as the other methods that write.
func (t *planTx) InsertRow(Row) error { return nil }

// InsertMovement writes nothing.
func (t *planTx) InsertMovement(Movement) error { return nil }

// UseStore writes nothing.
func (t *planTx) UseStore(_, _ string) error { return nil }

// Append writes nothing.
func (t *planTx) Append(events.Event) error { return nil }
