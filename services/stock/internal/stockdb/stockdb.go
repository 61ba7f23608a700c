// Package stockdb keeps the ledger in SQLite: it implements the ledger's ports
// on one database file with its outbox.
package stockdb

import (
	"context"
	"embed"

	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/servicedb"
	"inventory.example/services/stock/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the ledger's Repository.
type DB struct{ *servicedb.DB }

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicedb.Open(ctx, config, deps, servicedb.Options{Component: sqlite.Component{Name: "stock", FS: migrations}})
	if err != nil {
		return nil, err
	}
	return &DB{DB: db}, nil
}

// Write implements ledger.Repository. It ignores the needs: a statement for each
// record costs less here than one for many.
func (db *DB) Write(ctx context.Context, _ ledger.Needs, change func(ledger.Tx) error) error {
	return db.Change(ctx, func(tx servicedb.Tx) error { return change(&Tx{Tx: tx, tx: tx.SQL()}) })
}

// Tx implements ledger.Tx.
type Tx struct {
	servicedb.Tx
	tx *sqlite.Tx
}
