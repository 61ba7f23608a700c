// Package catalogdb keeps products in SQLite: it implements the core's ports on
// one database file with its outbox.
package catalogdb

import (
	"context"
	"embed"
	"errors"

	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/servicedb"
	"inventory.example/services/catalog/internal/counts"
	"inventory.example/services/catalog/internal/product"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the core's Repository.
type DB struct {
	*servicedb.DB
	grouping grouping
	counts   counts.Memory[counted]
}

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	return open(ctx, config, deps, defaultGrouping)
}

func open(ctx context.Context, config database.Config, deps database.Deps, g grouping) (*DB, error) {
	db, err := servicedb.Open(ctx, config, deps, servicedb.Options{Component: sqlite.Component{Name: "catalog", FS: migrations}})
	if err != nil {
		return nil, err
	}
	catalog := &DB{DB: db, grouping: g}
	err = catalog.fillKeys(ctx)
	if err == nil {
		err = catalog.fillGrams(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return catalog, nil
}

// Write implements product.Repository. It reads records one by one, so it uses no
// needs.
func (db *DB) Write(ctx context.Context, _ product.Needs, change func(product.Tx) error) error {
	return db.Change(ctx, func(tx servicedb.Tx) error {
		return change(&Tx{Tx: tx, tx: tx.SQL(), grouping: db.grouping})
	})
}

// Tx implements product.Tx.
type Tx struct {
	servicedb.Tx
	grouping
	tx *sqlite.Tx
}
