package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// redisRows keeps the available units of each row as a number, and the events in a
// stream. One script does both, so a reservation is one request.
type redisRows struct{ client *redis.Client }

func newRedisRows(addr string) redisRows {
	return redisRows{redis.NewClient(&redis.Options{Addr: addr, PoolSize: 256, Protocol: 2, DisableIdentity: true})}
}

const redisEvents = "events"

var reserveScript = redis.NewScript(`
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[2]) then return 0 end
redis.call('DECRBY', KEYS[1], ARGV[2])
redis.call('XADD', KEYS[2], '*', 'type', 'reservation.created', 'id', ARGV[1], 'row', KEYS[1], 'quantity', ARGV[2], 'customer', ARGV[3])
return 1`)

func redisRow(product, store string) string { return "row:" + product + ":" + store }

func (r redisRows) create(ctx context.Context, product, store string, units int64) error {
	return r.client.Set(ctx, redisRow(product, store), units, 0).Err()
}

func (r redisRows) reserve(ctx context.Context, id string, q bareRequest) (bool, error) {
	return reserveScript.Run(ctx, r.client, []string{redisRow(q.ProductID, q.StoreID), redisEvents}, id, q.Quantity, q.CustomerID).Bool()
}

func (r redisRows) confirm(ctx context.Context, id string) (bool, error) {
	err := r.client.XAdd(ctx, &redis.XAddArgs{Stream: redisEvents, Values: []any{"type", "reservation.confirmed", "id", id}}).Err()
	return err == nil, err
}

func (r redisRows) available(ctx context.Context, product, store string) (int64, error) {
	return r.client.Get(ctx, redisRow(product, store)).Int64()
}

func (r redisRows) close() { _ = r.client.Close() }

// startOnRedis starts a Redis that has each write on disk before it responds, and the
// hand-made server on it.
func startOnRedis(ctx context.Context, program string) (*server, func(), error) {
	folder, err := os.MkdirTemp("", "bench-redis-")
	if err != nil {
		return nil, nil, err
	}
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, err
	}
	command := exec.CommandContext(ctx, program, "--port", port, "--bind", "127.0.0.1", "--dir", folder, //nolint:gosec // the caller's own choice
		"--appendonly", "yes", "--appendfsync", "always", "--save", "")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if err := command.Start(); err != nil {
		return nil, nil, fmt.Errorf("start %s (-redis-server names the program): %w", program, err)
	}
	stopRedis := func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = os.RemoveAll(folder)
	}
	client := redis.NewClient(&redis.Options{Addr: addr})
	err = errors.Join(eventually(ctx, func() error { return client.Ping(ctx).Err() }), client.Close())
	if err != nil {
		stopRedis()
		return nil, nil, err
	}
	s, err := startSelf(ctx, "yardstick", "-redis", addr)
	if err != nil {
		stopRedis()
		return nil, nil, err
	}
	return s, func() { s.stop(); stopRedis() }, nil
}
