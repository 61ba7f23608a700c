package conformance_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/redisstream"
	"inventory.example/test/brokertest"
)

// TestRedis_trim trims, in several processes at once, a stream whose events are
// all older than the retention.
func TestRedis_Trim(t *testing.T) {
	const count = 1000
	c := newRedisCase(t, brokertest.RedisOptions{})
	late, err := redisstream.Open(t.Context(), redisstream.Options{
		Config: c.config, Retention: time.Hour, Clock: clock.NewFake(time.Now().Add(2 * time.Hour)),
		Logger: slog.New(slog.DiscardHandler),
	})
	opened(t, late, err)
	trim := func(want int64) {
		t.Helper()
		var removed atomic.Int64
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				n, err := late.Trim(t.Context())
				if err != nil {
					t.Errorf("trim: %v", err)
				}
				removed.Add(n)
			})
		}
		wait.Wait()
		if n := removed.Load(); n != want {
			t.Errorf("trimmed %d entries, want %d", n, want)
		}
	}
	trim(0) // there is no stream
	for _, group := range []string{"slow", "fast"} {
		if err := c.raw.XGroupCreateMkStream(t.Context(), c.config.Stream, group, "0").Err(); err != nil {
			t.Fatal(err)
		}
	}
	c.publish(c.events(1, count)...)
	got := make(chan int64)
	stop := c.subscribe(c.broker, "fast", "a", sendVersions(got))
	c.expect(got, 1, count)
	stop()
	trim(0) // the slow group was given nothing, and has no members

	given, err := c.raw.XReadGroup(t.Context(), &redis.XReadGroupArgs{
		Group: "slow", Consumer: "gone", Streams: []string{c.config.Stream, ">"}, Count: 300,
	}).Result()
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range given[0].Messages {
		if i < 100 || i >= 150 {
			if err := c.raw.XAck(t.Context(), c.config.Stream, "slow", entry.ID).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	trim(100)
	if since, err := c.broker.KeptSince(t.Context()); err != nil || since.IsZero() {
		t.Errorf("kept since %v, %v; want a time", since, err)
	}
	stop = c.subscribe(c.broker, "slow", "b", sendVersions(got))
	c.expect(got, 101, 150)
	c.expect(got, 301, count)
	stop()
	trim(count - 100)
	if since, err := c.broker.KeptSince(t.Context()); err != nil || since.IsZero() {
		t.Errorf("kept since %v, %v of an empty stream; want a time", since, err)
	}
}

// TestRedis_ConcurrentReplays replays one dead letter in concurrent calls.
func TestRedis_ConcurrentReplays(t *testing.T) {
	const calls = 8
	c := newRedisCase(t, brokertest.RedisOptions{})
	letter := []any{"document", c.event(1).Document(), "group", "group", "event_id", "event-1"}
	id, err := c.raw.XAdd(t.Context(), &redis.XAddArgs{Stream: c.config.Stream + ".dlq", Values: letter}).Result()
	if err != nil {
		t.Fatal(err)
	}
	var replayed atomic.Int64
	var wait sync.WaitGroup
	for range calls {
		wait.Go(func() {
			err := c.broker.ReplayDeadLetter(t.Context(), id)
			if err == nil {
				replayed.Add(1)
			} else if !errors.Is(err, events.ErrNoDeadLetter) {
				t.Errorf("got %v, want ErrNoDeadLetter", err)
			}
		})
	}
	wait.Wait()
	length, err := c.raw.XLen(t.Context(), c.config.Stream).Result()
	if err != nil || replayed.Load() != 1 || length != 1 {
		t.Errorf("%d calls replayed it, and the stream has %d entries (%v); want one each", replayed.Load(), length, err)
	}
}

// TestRedis_Refusals expects that errors of the server contain advice, that no
// password is in them, and that no event of a refused batch is stored.
func TestRedis_Refusals(t *testing.T) {
	const password = "a-good-password"
	c := newRedisCase(t, brokertest.RedisOptions{})
	if err := c.raw.ACLSetUser(t.Context(), "other", "on", ">"+password, "~*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	set := func(name, value string) {
		t.Helper()
		if err := c.raw.ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(config redisstream.Config, parts ...string) {
		t.Helper()
		err := openRedis(t, config).Publisher().PublishBatch(t.Context(), c.events(1, 3))
		if err == nil {
			t.Fatalf("it was taken; want an error with %q", parts)
		}
		for _, part := range append(parts, c.server.Addr()) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("got %q, want it to contain %q", err, part)
			}
		}
		if strings.Contains(err.Error(), password) {
			t.Errorf("the password is in %q", err)
		}
	}
	wrong := c.config
	wrong.Stream = "taken"
	if err := c.raw.Set(t.Context(), wrong.Stream, "something else", 0).Err(); err != nil {
		t.Fatal(err)
	}
	refused(wrong, "WRONGTYPE", "REDIS_STREAM")

	set("maxmemory", "1mb")
	refused(c.config, "OOM", "maxmemory")
	set("maxmemory", "0")

	wrong = c.config
	wrong.Username, wrong.Password = "nobody", password
	refused(wrong, "WRONGPASS", "REDIS_USERNAME")
	set("requirepass", password)
	refused(c.config, "NOAUTH", "REDIS_PASSWORD")

	right := c.config
	right.Username, right.Password = "other", password
	b := openRedis(t, right)
	held := 0
	if err := b.Scan(t.Context(), func(events.Event) error { held++; return nil }); err != nil || held > 0 {
		t.Errorf("%d events of refused batches are there (%v)", held, err)
	}
	if err := b.Publisher().PublishBatch(t.Context(), c.events(1, 3)); err != nil {
		t.Errorf("with the right user: %v", err)
	}
}
