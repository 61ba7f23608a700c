package stockdb

import (
	"context"
	"fmt"
	"strings"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsTransfer = `t.seq, t.id, COALESCE(t.from_store_id, ''), COALESCE(t.supplier, ''), t.to_store_id, COALESCE(t.reference, ''),
	COALESCE(t.expected_at, ''), t.status, t.actor, t.version, t.created_at, t.updated_at`
	selectTransfer    = `SELECT ` + columnsTransfer + ` FROM `
	sqlTransfer       = selectTransfer + `transfers t WHERE t.id = ?`
	sqlInsertTransfer = `INSERT INTO transfers (id, from_store_id, supplier, to_store_id, reference, expected_at, status, actor,
	version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlUpdateTransfer = `UPDATE transfers SET status = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?`

	sqlTransferLines = `SELECT transfer_id, product_id, quantity, shipped, received, damaged, lost FROM transfer_lines
	WHERE transfer_id IN (SELECT value FROM json_each(?)) ORDER BY transfer_id, line`
	sqlInsertTransferLine = `INSERT INTO transfer_lines (transfer_id, line, product_id, quantity, shipped, received, damaged, lost)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	sqlAuditTransfers = `SELECT ` + columnsTransfer + `, l.product_id, l.quantity, l.shipped, l.received, l.damaged, l.lost
	FROM transfers t JOIN transfer_lines l ON l.transfer_id = t.id ORDER BY t.seq, l.line`
	sqlUpdateTransferLine = `UPDATE transfer_lines SET shipped = ?, received = ?, damaged = ?, lost = ? WHERE transfer_id = ? AND line = ?`
)

// placedTransfer is a transfer order with its position in the table.
type placedTransfer struct {
	ledger.TransferOrder
	seq int64
}

func scanTransfer(s sqlite.Scanner) (t placedTransfer, err error) {
	err = s.Scan(&t.seq, &t.ID, &t.FromStore, &t.Supplier, &t.ToStore, &t.Reference, engine.Time(&t.ExpectedAt), (*string)(&t.Status), &t.Actor,
		&t.Version, engine.Time(&t.CreatedAt), engine.Time(&t.UpdatedAt))
	return t, err
}

func scanTransferLine(s sqlite.Scanner) (id string, l ledger.TransferLine, err error) {
	err = s.Scan(&id, &l.ProductID, &l.Quantity, &l.Shipped, &l.Received, &l.Damaged, &l.Lost)
	return id, l, err
}

// TransferOrder implements ledger.TransferTx.
func (t *Tx) TransferOrder(id string) (ledger.TransferOrder, bool, error) {
	order, found, err := sqlite.Found(scanTransfer(t.tx.QueryRow(sqlTransfer, id)))
	if err == nil && found {
		err = t.tx.Query(func(s sqlite.Scanner) error {
			_, l, err := scanTransferLine(s)
			order.Lines = append(order.Lines, l)
			return err
		}, sqlTransferLines, sqlite.List([]string{id}))
	}
	if err != nil {
		err = fmt.Errorf("read transfer: %w", err)
	}
	return order.TransferOrder, found, err
}

// InsertTransferOrder implements ledger.TransferTx.
func (t *Tx) InsertTransferOrder(o ledger.TransferOrder) error {
	_, _, err := t.tx.Exec(sqlInsertTransfer, o.ID, sqlite.Nullable(o.FromStore), sqlite.Nullable(o.Supplier), o.ToStore,
		sqlite.Nullable(o.Reference), sqlite.Nullable(clock.Text(o.ExpectedAt)), string(o.Status), o.Actor, o.Version,
		clock.Text(o.CreatedAt), clock.Text(o.UpdatedAt))
	for i, l := range o.Lines {
		if err == nil {
			_, _, err = t.tx.Exec(sqlInsertTransferLine, o.ID, i, l.ProductID, l.Quantity, l.Shipped, l.Received, l.Damaged, l.Lost)
		}
	}
	if err != nil {
		return fmt.Errorf("insert transfer: %w", err)
	}
	return nil
}

// UpdateTransferOrder implements ledger.TransferTx.
func (t *Tx) UpdateTransferOrder(o ledger.TransferOrder, version int64) error {
	updated, _, err := t.tx.Exec(sqlUpdateTransfer, string(o.Status), o.Version, clock.Text(o.UpdatedAt), o.ID, version)
	if err == nil && updated == 0 {
		return ledger.ErrConflict
	}
	for i, l := range o.Lines {
		if err == nil {
			_, _, err = t.tx.Exec(sqlUpdateTransferLine, l.Shipped, l.Received, l.Damaged, l.Lost, o.ID, i)
		}
	}
	if err != nil {
		return fmt.Errorf("update transfer: %w", err)
	}
	return nil
}

// TransferOrder implements ledger.TransferReader.
func (db *DB) TransferOrder(ctx context.Context, id string) (order ledger.TransferOrder, found bool, err error) {
	err = db.DB.Snapshot(ctx, func(s *sqlite.Snapshot) error {
		placed, ok, err := sqlite.Found(scanTransfer(s.QueryRow(sqlTransfer, id)))
		if err != nil || !ok {
			return err
		}
		found = true
		list := []placedTransfer{placed}
		err = readTransferLines(s, list)
		order = list[0].TransferOrder
		return err
	})
	if err != nil {
		err = fmt.Errorf("read transfer: %w", err)
	}
	return order, found, err
}

// readTransferLines adds their lines to the orders.
func readTransferLines(s *sqlite.Snapshot, list []placedTransfer) error {
	ids, at := make([]string, len(list)), make(map[string]int, len(list))
	for i, t := range list {
		ids[i], at[t.ID] = t.ID, i
	}
	return s.Each(func(row sqlite.Scanner) error {
		id, l, err := scanTransferLine(row)
		if err == nil {
			list[at[id]].Lines = append(list[at[id]].Lines, l)
		}
		return err
	}, sqlTransferLines, sqlite.List(ids))
}

// TransferOrders implements ledger.Snapshot.
func (s snapshot) TransferOrders(each func(ledger.TransferOrder) error) error {
	var order ledger.TransferOrder
	err := s.Each(func(row sqlite.Scanner) error {
		var t placedTransfer
		var l ledger.TransferLine
		err := row.Scan(&t.seq, &t.ID, &t.FromStore, &t.Supplier, &t.ToStore, &t.Reference, engine.Time(&t.ExpectedAt), (*string)(&t.Status), &t.Actor,
			&t.Version, engine.Time(&t.CreatedAt), engine.Time(&t.UpdatedAt),
			&l.ProductID, &l.Quantity, &l.Shipped, &l.Received, &l.Damaged, &l.Lost)
		if err != nil {
			return err
		}
		if t.ID != order.ID && order.ID != "" {
			if err := each(order); err != nil {
				return err
			}
		}
		if t.ID != order.ID {
			order = t.TransferOrder
		}
		order.Lines = append(order.Lines, l)
		return nil
	}, sqlAuditTransfers)
	if err == nil && order.ID != "" {
		err = each(order)
	}
	if err != nil {
		return fmt.Errorf("audit transfers: %w", err)
	}
	return nil
}

// transferPart is a part of a list of transfers that one index has in order.
type transferPart struct {
	where string
	args  []any
}

// transferParts returns the parts of the list of the orders that match f. No order is
// in two of them.
func transferParts(f ledger.TransferFilter) []transferPart {
	var filter transferPart
	if f.Status != nil {
		filter = transferPart{` AND status = ?`, []any{string(*f.Status)}}
	}
	if f.Stores != nil {
		filter.where += ` AND (from_store_id IS NULL OR from_store_id IN (SELECT value FROM json_each(?)))
	AND to_store_id IN (SELECT value FROM json_each(?))`
		filter.args = append(filter.args, sqlite.List(f.Stores), sqlite.List(f.Stores))
	}
	with := func(where string, args ...any) transferPart {
		return transferPart{where + filter.where, append(args, filter.args...)}
	}
	switch {
	case f.StoreID != nil:
		return []transferPart{with(`from_store_id = ?`, *f.StoreID), with(`to_store_id = ?`, *f.StoreID)}
	case f.Stores == nil || len(f.Stores) > maxMerged:
		return []transferPart{with(`TRUE`)}
	default:
		var parts []transferPart
		for _, store := range f.Stores {
			parts = append(parts, with(`to_store_id = ?`, store))
		}
		return parts
	}
}

// transferPage returns the statement of a page of the orders before a seq, and its
// arguments.
func transferPage(f ledger.TransferFilter, before int64, limit int) (string, []any) {
	var keys []string
	var args []any
	for _, p := range transferParts(f) {
		keys = append(keys, `SELECT seq FROM transfers WHERE `+p.where+` AND seq < ?`)
		args = append(append(args, p.args...), before)
	}
	return selectTransfer + `(` + strings.Join(keys, ` UNION ALL `) + ` ORDER BY seq DESC LIMIT ?) k
	CROSS JOIN transfers t ON t.seq = k.seq ORDER BY k.seq DESC`, append(args, limit)
}

// TransferOrders implements ledger.TransferReader.
func (db *DB) TransferOrders(
	ctx context.Context, f ledger.TransferFilter, page paging.Page,
) (list paging.List[ledger.TransferOrder], err error) {
	if f.Stores != nil && len(f.Stores) == 0 {
		return list, nil
	}
	before := int64(1<<63 - 1)
	if page.After != nil {
		before, _ = page.After[0].(int64)
	}
	query, args := transferPage(f, before, page.Limit+1)
	err = db.DB.Snapshot(ctx, func(s *sqlite.Snapshot) error {
		found := make([]placedTransfer, 0, page.Limit+1)
		err := s.Each(func(row sqlite.Scanner) error {
			t, err := scanTransfer(row)
			found = append(found, t)
			return err
		}, query, args...)
		if err != nil {
			return err
		}
		placed := paging.Of(page, found, 0, func(t placedTransfer) paging.Key { return paging.Key{t.seq} })
		if err := readTransferLines(s, placed.Items); err != nil {
			return err
		}
		list = paging.Map(placed, func(t placedTransfer) ledger.TransferOrder { return t.TransferOrder })
		return nil
	})
	if err != nil {
		return list, fmt.Errorf("read transfers: %w", err)
	}
	return list, nil
}
