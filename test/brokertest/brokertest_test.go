package brokertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"go.uber.org/goleak"

	"inventory.example/test/brokertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.Tests{M: m}) }

func client(t *testing.T, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func expect(t *testing.T, c *redis.Client, want string) {
	t.Helper()
	got, err := c.Get(t.Context(), "key").Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestRedis(t *testing.T) {
	t.Run("starts and stops", testRedisStartsAndStops)
	t.Run("pause", testRedisPause)
}

func testRedisStartsAndStops(t *testing.T) {
	for name, test := range map[string]struct {
		options brokertest.RedisOptions
		kept    string // after a restart
	}{
		"persistent": {options: brokertest.RedisOptions{Persistent: true}, kept: "value"},
		"transient":  {},
	} {
		t.Run(name, func(t *testing.T) {
			s := brokertest.Redis(t, test.options)
			c := client(t, s.Addr())
			for _, end := range []func(testing.TB){s.Kill, s.Stop} {
				if err := c.Set(t.Context(), "key", "value", 0).Err(); err != nil {
					t.Fatal(err)
				}
				end(t)
				if err := c.Ping(t.Context()).Err(); err == nil {
					t.Fatal("it responds after its end")
				}
				s.Start(t)
				expect(t, c, test.kept)
			}
			s.Stop(t)
			s.Wipe(t)
			s.Start(t)
			expect(t, c, "")
		})
	}
}

func testRedisPause(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{})
	c := client(t, s.Addr())
	expect(t, c, "")
	s.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // the end of the context is expected
	defer cancel()
	if err := c.Ping(ctx).Err(); err == nil {
		t.Error("it responds while it is paused")
	}
	s.Resume(t)
	expect(t, c, "")
	s.Pause(t)
	s.Kill(t) // also a paused one
}

func TestSharedRedis(t *testing.T) {
	addr := brokertest.SharedRedis(t)
	expect(t, client(t, addr), "")
	if again := brokertest.SharedRedis(t); again != addr {
		t.Errorf("got %s, then %s", addr, again)
	}
}

// topics lists the topics that a client with the options sees.
func topics(t *testing.T, options ...kgo.Opt) ([]string, error) {
	t.Helper()
	c, err := kgo.NewClient(append(options, kgo.RequestRetries(3))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	list, err := kadm.NewClient(c).ListTopics(t.Context())
	return list.Names(), err
}

func TestKafka(t *testing.T) {
	const password = "the right one"
	s := brokertest.Kafka(t, brokertest.KafkaOptions{User: "inventory", Password: password})
	login := func(password string) kgo.Opt {
		return kgo.SASL(scram.Auth{User: "inventory", Pass: password}.AsSha512Mechanism())
	}
	if _, err := topics(t, kgo.SeedBrokers(s.Addr()), login("a wrong one")); err == nil {
		t.Error("a wrong password is accepted")
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(s.Addr()), login(password))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := kadm.NewClient(c).CreateTopic(t.Context(), 1, 1, nil, "kept"); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func(testing.TB){s.Kill, s.Stop} {
		end(t)
		s.Start(t)
		if got, err := topics(t, kgo.SeedBrokers(s.Addr()), login(password)); err != nil || len(got) != 1 || got[0] != "kept" {
			t.Errorf("got topics %q, %v", got, err)
		}
	}
	s.Stop(t)
	s.Wipe(t)
	s.Start(t)
	if got, err := topics(t, kgo.SeedBrokers(s.Addr()), login(password)); err != nil || len(got) != 0 {
		t.Errorf("got topics %q, %v; want none", got, err)
	}
}
