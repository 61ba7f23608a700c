// Package catalogpg keeps products and stores in a schema of a PostgreSQL
// database: it implements the cores' ports, for any number of instances of the
// service at once.
package catalogpg

import (
	"context"
	"embed"

	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/servicepg"
	"inventory.example/services/catalog/internal/counts"
	"inventory.example/services/catalog/internal/product"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the core's Repository.
type DB struct {
	*servicepg.DB
	counts counts.Memory[int64]
}

// Open connects to the server and creates or migrates the schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicepg.Open(ctx, config, deps, servicepg.Options{
		Component: postgres.Component{Name: "catalog", FS: migrations},
		Tables:    []postgres.Table{products, productsByKey, stores},
	})
	if err != nil {
		return nil, err
	}
	return &DB{DB: db}, nil
}

// Write implements product.Repository.
func (db *DB) Write(ctx context.Context, n product.Needs, change func(product.Tx) error) error {
	needs := append(servicepg.Results(n.Results...), products.Need(n.IDs...))
	if len(n.SKUs) > 0 {
		keys := make([]string, len(n.SKUs))
		for i, text := range n.SKUs {
			keys[i] = product.Fold(text)
		}
		needs = append(needs, productsByKey.Need(keys...))
	}
	return db.Change(ctx, needs, func(tx servicepg.Tx) error { return change(&Tx{tx}) })
}

// Tx implements product.Tx.
type Tx struct{ servicepg.Tx }
