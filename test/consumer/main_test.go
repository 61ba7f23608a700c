package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/redisstream"
	"inventory.example/test/brokertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.Tests{M: m}) }

func TestConsume(t *testing.T) {
	t.Run("at least once", testConsumeAtLeastOnce)
}

// testConsumeAtLeastOnce: the consumer of the tutorial gets every event that
// the system's own adapter publishes, in order, and an event again whose work
// failed.
func testConsumeAtLeastOnce(t *testing.T) {
	host, port, err := net.SplitHostPort(brokertest.SharedRedis(t))
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	const stream = "TestConsume"
	broker, err := redisstream.Open(t.Context(), redisstream.Options{
		Config:    redisstream.Config{Host: host, Port: number, Stream: stream, Lease: 10 * time.Second},
		Retention: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	publisher := broker.Publisher()
	defer func() {
		if err := errors.Join(publisher.Close(), broker.Close()); err != nil {
			t.Error(err)
		}
	}()
	var want []string
	for version := range int64(250) { // more than it reads at once
		e, err := events.New(events.Meta{ID: fmt.Sprint("event-", version), At: time.Now(), Version: version + 1, Actor: inventory.ActorStock},
			inventory.StockUpdated{ProductID: "TEA", StoreID: "MAD-001", NewQuantity: version})
		if err == nil {
			err = publisher.Publish(t.Context(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("stock.updated TEA %d", version+1))
	}

	client := redis.NewClient(&redis.Options{Addr: net.JoinHostPort(host, port)})
	defer func() { _ = client.Close() }()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var got []string
	errFailed, failed := errors.New("the work failed"), false
	handle := func(e event) error {
		if e.Version == 120 && !failed {
			failed = true
			return errFailed
		}
		if got = append(got, fmt.Sprintf("%s %s %d", e.Type, e.Aggregate, e.Version)); len(got) == len(want) {
			stop()
		}
		return nil
	}
	if err := consume(ctx, client, stream, "billing", handle); !errors.Is(err, errFailed) {
		t.Fatalf("the consumer returned %v, want %v", err, errFailed)
	}
	if err := consume(ctx, client, stream, "billing", handle); !errors.Is(err, context.Canceled) {
		t.Fatalf("the consumer returned %v, want %v", err, context.Canceled)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the consumer got %v, want %v", got, want)
	}
}
