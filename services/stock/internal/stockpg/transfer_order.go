package stockpg

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsTransfer = `t.seq, t.id, COALESCE(t.from_store_id, ''), COALESCE(t.supplier, ''), t.to_store_id, COALESCE(t.reference, ''),
	t.expected_at, t.status, t.actor, t.version, t.created_at, t.updated_at, t.lines::text`
	loadTransfers = `SELECT ` + columnsTransfer + ` FROM transfers t WHERE t.id = ANY($1)`

	newTransfers = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
	$10::text[], $11::text[], $12::text[]) WITH ORDINALITY AS n (id, from_store_id, supplier, to_store_id, reference,
	expected_at, status, actor, version, created_at, updated_at, lines, place)`
	insertTransfers = `INSERT INTO transfers (id, from_store_id, supplier, to_store_id, reference, expected_at, status, actor, version,
	created_at, updated_at, lines)
SELECT n.id, n.from_store_id, n.supplier, n.to_store_id, n.reference, n.expected_at, n.status, n.actor, n.version, n.created_at,
	n.updated_at, n.lines::jsonb FROM ` + newTransfers + ` ORDER BY n.place`
	updateTransfers = `UPDATE transfers t SET status = n.status, version = n.version, updated_at = n.updated_at, lines = n.lines::jsonb
FROM ` + newTransfers + ` WHERE t.id = n.id AND t.version < n.version`

	sqlTransfer       = `SELECT ` + columnsTransfer + ` FROM transfers t WHERE t.id = $1`
	sqlAuditTransfers = `SELECT ` + columnsTransfer + ` FROM transfers t ORDER BY t.seq`
)

// placedTransfer is a transfer order with its place in the table.
type placedTransfer struct {
	ledger.TransferOrder
	seq int64
}

// savedTransferLine is a line in the document of a transfer order.
type savedTransferLine struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Shipped   int64  `json:"shipped"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
}

var transfers = &postgres.Set[string, placedTransfer]{
	Name: "transfers",
	Load: loadTransfers,
	Keys: idArguments,
	Scan: func(s postgres.Scanner) (string, placedTransfer, error) {
		t, err := scanTransfer(s)
		return t.ID, t, err
	},
	Insert: insertTransfers,
	Update: updateTransfers,
	Columns: func(list []placedTransfer) []any {
		text := func(of func(placedTransfer) string) []string { return postgres.Column(list, of) }
		optional := func(of func(placedTransfer) string) []*string {
			return postgres.Column(list, func(t placedTransfer) *string { return postgres.Nullable(of(t)) })
		}
		return []any{
			text(func(t placedTransfer) string { return t.ID }),
			optional(func(t placedTransfer) string { return t.FromStore }),
			optional(func(t placedTransfer) string { return t.Supplier }),
			text(func(t placedTransfer) string { return t.ToStore }),
			optional(func(t placedTransfer) string { return t.Reference }),
			optional(func(t placedTransfer) string { return clock.Text(t.ExpectedAt) }),
			text(func(t placedTransfer) string { return string(t.Status) }),
			text(func(t placedTransfer) string { return t.Actor }),
			postgres.Column(list, func(t placedTransfer) int64 { return t.Version }),
			text(func(t placedTransfer) string { return clock.Text(t.CreatedAt) }),
			text(func(t placedTransfer) string { return clock.Text(t.UpdatedAt) }),
			text(transferDocument),
		}
	},
}

func transferDocument(t placedTransfer) string {
	lines := make([]savedTransferLine, len(t.Lines))
	for i, l := range t.Lines {
		lines[i] = savedTransferLine(l)
	}
	return document(lines)
}

func scanTransfer(s postgres.Scanner) (t placedTransfer, err error) {
	var text string
	err = s.Scan(&t.seq, &t.ID, &t.FromStore, &t.Supplier, &t.ToStore, &t.Reference, engine.Time(&t.ExpectedAt), (*string)(&t.Status), &t.Actor,
		&t.Version, engine.Time(&t.CreatedAt), engine.Time(&t.UpdatedAt), &text)
	if err != nil {
		return t, err
	}
	var saved []savedTransferLine
	if err := json.Unmarshal([]byte(text), &saved); err != nil {
		return t, fmt.Errorf("decode the lines of a transfer: %w", err)
	}
	for _, l := range saved {
		t.Lines = append(t.Lines, ledger.TransferLine(l))
	}
	return t, nil
}

// TransferOrder implements ledger.TransferTx.
func (t *Tx) TransferOrder(id string) (ledger.TransferOrder, bool, error) {
	order, found, err := transfers.Get(t.tx, id)
	if err != nil {
		err = fmt.Errorf("read transfer: %w", err)
	}
	order.Lines = slices.Clone(order.Lines)
	return order.TransferOrder, found, err
}

// InsertTransferOrder implements ledger.TransferTx.
func (t *Tx) InsertTransferOrder(o ledger.TransferOrder) error {
	_, found, err := transfers.Get(t.tx, o.ID)
	if err == nil && found {
		return ledger.ErrConflict
	}
	if err == nil {
		err = t.putTransfer(placedTransfer{TransferOrder: o})
	}
	if err != nil {
		return fmt.Errorf("insert transfer: %w", err)
	}
	return nil
}

// UpdateTransferOrder implements ledger.TransferTx.
func (t *Tx) UpdateTransferOrder(o ledger.TransferOrder, version int64) error {
	before, found, err := transfers.Get(t.tx, o.ID)
	if err != nil {
		return fmt.Errorf("update transfer: %w", err)
	}
	if !found || before.Version != version {
		return ledger.ErrConflict
	}
	before.Status, before.Version, before.UpdatedAt, before.Lines = o.Status, o.Version, o.UpdatedAt, o.Lines
	if err := t.putTransfer(before); err != nil {
		return fmt.Errorf("update transfer: %w", err)
	}
	return nil
}

func (t *Tx) putTransfer(o placedTransfer) error {
	o.Lines, o.NewStore = slices.Clone(o.Lines), false
	return transfers.Put(t.tx, o.ID, o)
}

// TransferOrder implements ledger.TransferReader.
func (db *DB) TransferOrder(ctx context.Context, id string) (ledger.TransferOrder, bool, error) {
	t, err := scanTransfer(db.Reader().QueryRow(ctx, sqlTransfer, id))
	t, found, err := postgres.Found(ctx, t, err)
	if err != nil {
		err = fmt.Errorf("read transfer: %w", err)
	}
	return t.TransferOrder, found, err
}

// TransferOrders implements ledger.Snapshot.
func (s snapshot) TransferOrders(each func(ledger.TransferOrder) error) error {
	err := s.Each(func(record postgres.Scanner) error {
		t, err := scanTransfer(record)
		if err != nil {
			return err
		}
		return each(t.TransferOrder)
	}, sqlAuditTransfers)
	if err != nil {
		return fmt.Errorf("audit transfers: %w", err)
	}
	return nil
}

// transferLists returns the parts of the list of the orders that match f. No order is
// in two of them.
func transferLists(f ledger.TransferFilter) []list {
	all := list{from: "transfers t", order: []string{"t.seq"}, back: true}
	if f.Status != nil {
		all.where.and("t.status = ?", string(*f.Status))
	}
	if f.Stores != nil {
		all.where.and("(t.from_store_id IS NULL OR t.from_store_id = ANY(?::text[]))", f.Stores)
	}
	switch {
	case f.StoreID != nil:
		from, to := all, all
		from.where.and("t.from_store_id = ?", *f.StoreID)
		to.where.and("t.to_store_id = ?", *f.StoreID)
		if f.Stores != nil {
			from.where.and("t.to_store_id = ANY(?::text[])", f.Stores)
			to.where.and("t.to_store_id = ANY(?::text[])", f.Stores)
		}
		return []list{from, to}
	case f.Stores != nil:
		all.stores, all.storeColumn = f.Stores, "t.to_store_id"
	}
	return []list{all}
}

// TransferOrders implements ledger.TransferReader.
func (db *DB) TransferOrders(
	ctx context.Context, f ledger.TransferFilter, page paging.Page,
) (found paging.List[ledger.TransferOrder], err error) {
	query, args := transferPage(f, page)
	list, err := postgres.Rows(ctx, db.SQL(), scanTransfer, query, args...)
	if err != nil {
		return found, fmt.Errorf("read transfers: %w", err)
	}
	placed := paging.Of(page, list, 0, func(t placedTransfer) paging.Key { return paging.Key{t.seq} })
	return paging.Map(placed, func(t placedTransfer) ledger.TransferOrder { return t.TransferOrder }), nil
}

func transferPage(f ledger.TransferFilter, page paging.Page) (string, []any) {
	var q query
	keys := q.keys(transferLists(f), place{after: page.After, limit: page.Limit + 1})
	return "SELECT " + columnsTransfer + " FROM (" + keys + ") k JOIN transfers t ON t.seq = k.k1 ORDER BY k.k1 DESC", q.args
}
