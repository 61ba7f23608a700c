// Package reservationdb keeps reservations in SQLite: it implements the ports
// of package reservation on one database file with its outbox.
package reservationdb

import (
	"context"
	"embed"

	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/servicedb"
	"inventory.example/services/reservation/internal/reservation"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the Repository.
type DB struct{ *servicedb.DB }

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicedb.Open(ctx, config, deps, servicedb.Options{Component: sqlite.Component{Name: "reservation", FS: migrations}})
	if err != nil {
		return nil, err
	}
	return &DB{DB: db}, nil
}

// Write implements reservation.Repository. Each read of SQLite is a statement,
// whether or not it was named before.
func (db *DB) Write(ctx context.Context, _ reservation.Needs, change func(reservation.Tx) error) error {
	return db.Change(ctx, func(tx servicedb.Tx) error { return change(&Tx{Tx: tx, tx: tx.SQL()}) })
}

// Tx implements reservation.Tx.
type Tx struct {
	servicedb.Tx
	tx *sqlite.Tx
}
