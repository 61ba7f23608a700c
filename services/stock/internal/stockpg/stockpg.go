// Package stockpg keeps the ledger in a schema of a PostgreSQL database, which
// several instances of stock share: it implements the ledger's ports.
//
// A hold, as a transfer, is one record: its lines are a document within it. So a
// change reads and writes few records, and names all of them before it begins.
package stockpg

import (
	"context"
	"embed"

	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/servicepg"
	"inventory.example/services/stock/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the ledger's Repository.
type DB struct{ *servicepg.DB }

// Open connects to the server and creates or migrates the schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicepg.Open(ctx, config, deps, servicepg.Options{
		Component: postgres.Component{Name: "stock", FS: migrations},
		// The products first: whether a row is listed depends on its product.
		Tables: []postgres.Table{products, skus, stores, rows, holds, movements, transfers, counts, countLines},
	})
	if err != nil {
		return nil, err
	}
	return &DB{DB: db}, nil
}

// Write implements ledger.Repository.
func (db *DB) Write(ctx context.Context, needs ledger.Needs, change func(ledger.Tx) error) error {
	return db.Change(ctx, needsOf(needs), func(tx servicepg.Tx) error { return change(&Tx{Tx: tx, tx: tx.SQL()}) })
}

func needsOf(n ledger.Needs) []postgres.Need {
	needs := servicepg.Results(n.Requests...)
	add := func(need postgres.Need, named int) {
		if named > 0 {
			needs = append(needs, need)
		}
	}
	add(rows.Need(n.Rows...), len(n.Rows))
	add(rowsOfSKU.Need(n.RowsOfSKU...), len(n.RowsOfSKU))
	add(rowsOfHold.Need(n.RowsOfHolds...), len(n.RowsOfHolds))
	add(holds.Need(n.Holds...), len(n.Holds))
	add(products.Need(n.Products...), len(n.Products))
	add(skus.Need(n.SKUs...), len(n.SKUs))
	add(productsOfSKU.Need(n.SKUs...), len(n.SKUs))
	add(stores.Need(n.Stores...), len(n.Stores))
	add(transfers.Need(n.Transfers...), len(n.Transfers))
	add(rowsOfTransfer.Need(n.Transfers...), len(n.Transfers))
	add(counts.Need(n.Counts...), len(n.Counts))
	add(countLines.Need(n.CountLines...), len(n.CountLines))
	return needs
}

// Tx implements ledger.Tx.
type Tx struct {
	servicepg.Tx
	tx *postgres.Tx
}
