package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresRows keeps rows, reservations and events in three tables. The row's lock
// keeps requests apart, and one statement does all that a reservation needs.
type postgresRows struct{ pool *pgxpool.Pool }

const postgresSchema = `
CREATE TABLE stock (product_id text, store_id text, available bigint NOT NULL CHECK (available >= 0), PRIMARY KEY (product_id, store_id));
CREATE TABLE reservations (id text PRIMARY KEY, product_id text NOT NULL, store_id text NOT NULL, customer_id text NOT NULL,
	quantity bigint NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE outbox (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type text NOT NULL, reservation_id text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now())`

func newPostgresRows(ctx context.Context, url string) (postgresRows, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return postgresRows{}, err
	}
	config.MaxConns = 64
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return postgresRows{}, err
	}
	if _, err := pool.Exec(ctx, postgresSchema); err != nil {
		pool.Close()
		return postgresRows{}, err
	}
	return postgresRows{pool}, nil
}

func (p postgresRows) create(ctx context.Context, product, store string, units int64) error {
	_, err := p.pool.Exec(ctx, `INSERT INTO stock (product_id, store_id, available) VALUES ($1, $2, $3)`, product, store, units)
	return err
}

func (p postgresRows) reserve(ctx context.Context, id string, r bareRequest) (bool, error) {
	done, err := p.pool.Exec(ctx, `
		WITH taken AS (
			UPDATE stock SET available = available - $4 WHERE product_id = $1 AND store_id = $2 AND available >= $4 RETURNING product_id, store_id
		), reserved AS (
			INSERT INTO reservations (id, product_id, store_id, customer_id, quantity, status)
			SELECT $3, product_id, store_id, $5, $4, 'pending' FROM taken RETURNING id
		)
		INSERT INTO outbox (type, reservation_id) SELECT 'reservation.created', id FROM reserved`,
		r.ProductID, r.StoreID, id, r.Quantity, r.CustomerID)
	return done.RowsAffected() == 1, err
}

func (p postgresRows) confirm(ctx context.Context, id string) (bool, error) {
	done, err := p.pool.Exec(ctx, `
		WITH confirmed AS (UPDATE reservations SET status = 'confirmed' WHERE id = $1 AND status = 'pending' RETURNING id)
		INSERT INTO outbox (type, reservation_id) SELECT 'reservation.confirmed', id FROM confirmed`, id)
	return done.RowsAffected() == 1, err
}

func (p postgresRows) available(ctx context.Context, product, store string) (available int64, err error) {
	err = p.pool.QueryRow(ctx, `SELECT available FROM stock WHERE product_id = $1 AND store_id = $2`, product, store).Scan(&available)
	return available, err
}

func (p postgresRows) close() { p.pool.Close() }

// startOnPostgres starts a PostgreSQL server with its defaults, every commit on disk
// among them, and the hand-made server on it. programs is the folder of initdb and
// postgres; "" looks for them on the PATH.
func startOnPostgres(ctx context.Context, programs string) (*server, func(), error) {
	folder, err := os.MkdirTemp("", "bench-postgres-")
	if err != nil {
		return nil, nil, err
	}
	stopPostgres := func() { _ = os.RemoveAll(folder) }
	url, command, err := startPostgres(ctx, programs, folder)
	if command != nil {
		stopPostgres = func() {
			_ = command.Process.Signal(syscall.SIGINT) // a fast shutdown
			_ = command.Wait()
			_ = os.RemoveAll(folder)
		}
	}
	if err != nil {
		stopPostgres()
		return nil, nil, err
	}
	s, err := startSelf(ctx, "yardstick", "-postgres", url)
	if err != nil {
		stopPostgres()
		return nil, nil, err
	}
	return s, func() { s.stop(); stopPostgres() }, nil
}

func startPostgres(ctx context.Context, programs, folder string) (url string, server *exec.Cmd, err error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return "", nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	credential, err := postgresUser(folder)
	if err != nil {
		return "", nil, err
	}
	run := func(name string, args ...string) *exec.Cmd {
		command := exec.CommandContext(ctx, filepath.Join(programs, name), args...) //nolint:gosec // the caller's own choice
		command.Dir = folder
		command.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
		return command
	}
	data := filepath.Join(folder, "data")
	if text, err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync").CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb (-postgres names its folder): %w: %s", err, text)
	}
	server = run("postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", folder, "-c", "max_connections=200")
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGINT) }
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	url = "postgres://postgres@" + addr + "/postgres?sslmode=disable"
	return url, server, eventually(ctx, func() error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// postgresUser returns the user that the server runs as, which must not be root: nil is
// the user of this process. It gets the folder.
func postgresUser(folder string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // no other user is needed
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, errUser := strconv.ParseUint(found.Uid, 10, 32)
	gid, errGroup := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(errUser, errGroup, os.Chown(folder, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
