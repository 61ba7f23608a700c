// Package reservationpg keeps reservations in PostgreSQL: it implements the ports
// of package reservation on the schema of the service with its outbox, which
// several instances of the service may have open at once.
package reservationpg

import (
	"context"
	"embed"

	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/servicepg"
	"inventory.example/services/reservation/internal/reservation"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the Repository.
type DB struct{ *servicepg.DB }

// Open connects to the server and creates or migrates the schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicepg.Open(ctx, config, deps, servicepg.Options{
		Component: postgres.Component{Name: "reservation", FS: migrations},
		Tables:    []postgres.Table{reservations, otherLines, settledTotals, attempts, unacknowledged, peers},
	})
	if err != nil {
		return nil, err
	}
	return &DB{DB: db}, nil
}

// Write implements reservation.Repository.
func (db *DB) Write(ctx context.Context, needs reservation.Needs, change func(reservation.Tx) error) error {
	return db.Change(ctx, needed(needs), func(tx servicepg.Tx) error { return change(&Tx{Tx: tx, tx: tx.SQL()}) })
}

// needed returns the records of this database that a change has named.
func needed(n reservation.Needs) []postgres.Need {
	needs := servicepg.Results(n.Once)
	if n.Attempt && n.Once.Asked() {
		needs = append(needs, attempts.Need(ofRequest(n.Once)))
	}
	for _, id := range n.Reservations {
		needs = append(needs, reservations.Need(id))
		if n.Returns {
			needs = append(needs, unacknowledged.Need(id))
		}
	}
	return needs
}

// Tx implements reservation.Tx.
type Tx struct {
	servicepg.Tx
	tx *postgres.Tx
}
