// Package conformance_test runs the contract of the ports on the broker adapters
// with real servers, and tests the adapters in bad situations. Package brokertest
// starts the servers.
package conformance_test

import (
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/events/kafka"
	"inventory.example/pkg/events/redisstream"
	"inventory.example/test/brokertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.Tests{M: m}) }

// adapter is an open broker of any kind.
type adapter interface {
	Publisher() events.Publisher
	Subscriber() events.Subscriber
	Close() error
	events.Inspector
}

// opener opens a new client of a broker, which ends with the test.
type opener func(t testing.TB) adapter

func openRedis(t testing.TB, c redisstream.Config) adapter {
	t.Helper()
	b, err := redisstream.Open(t.Context(), redisstream.Options{Config: c, Logger: slog.New(slog.DiscardHandler)})
	return opened(t, b, err)
}

func openKafka(t testing.TB, c kafka.Config) adapter {
	t.Helper()
	b, err := kafka.Open(t.Context(), kafka.Options{Config: c, Logger: slog.New(slog.DiscardHandler)})
	return opened(t, b, err)
}

func opened(t testing.TB, a adapter, err error) adapter {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close broker: %v", err)
		}
	})
	return a
}

// redisConfig is the configuration for a server at addr, otherwise with the
// defaults.
func redisConfig(t testing.TB, addr string) redisstream.Config {
	t.Helper()
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return redisstream.Config{Host: host, Port: number, Stream: newName("stream"), Lease: 2 * time.Second}
}

// kafkaConfig is the configuration for servers at addrs, otherwise with the
// defaults.
func kafkaConfig(addrs ...string) kafka.Config {
	return kafka.Config{Brokers: addrs, Topic: newName("topic"), CreateTopics: true, Partitions: 6, Replication: -1}
}

var names atomic.Int64

// newName returns a name that no other test uses, also not on a server that
// outlives this run.
func newName(kind string) string {
	return kind + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.FormatInt(names.Add(1), 10)
}

// underTest is an eventstest.Broker.
type underTest struct {
	open    opener
	restart func(t *testing.T)
}

func (u *underTest) Publisher(t *testing.T) events.Publisher   { return u.open(t).Publisher() }
func (u *underTest) Subscriber(t *testing.T) events.Subscriber { return u.open(t).Subscriber() }
func (u *underTest) Inspector(t *testing.T) events.Inspector   { return u.open(t) }
func (u *underTest) Restart(t *testing.T)                      { u.restart(t) }

// server has the methods of a brokertest server that a restart needs.
type server interface {
	Start(t testing.TB)
	Stop(t testing.TB)
	Kill(t testing.TB)
}

// restarts are the two ways in which a broker ends.
var restarts = map[string]func(t testing.TB, s server){
	"stopped": func(t testing.TB, s server) { s.Stop(t); s.Start(t) },
	"killed":  func(t testing.TB, s server) { s.Kill(t); s.Start(t) },
}

// concernsRestart reports whether a test of the suite restarts its broker. A test
// that this does not recognize fails in Restart.
func concernsRestart(t *testing.T) bool { return strings.Contains(t.Name(), "_restart") }

func TestRedis(t *testing.T) {
	for name, restart := range restarts {
		t.Run(name, func(t *testing.T) {
			eventstest.Run(t, func(t *testing.T) eventstest.Broker {
				s := brokertest.Redis(t, brokertest.RedisOptions{Persistent: true})
				config := redisConfig(t, s.Addr())
				open := func(t testing.TB) adapter { return openRedis(t, config) }
				return &underTest{open: open, restart: func(t *testing.T) { restart(t, s) }}
			}, eventstest.Features{})
		})
	}
}

// TestKafka runs on the shared server. Only tests that restart a server get their
// own, because it takes seconds to start.
func TestKafka(t *testing.T) {
	brokertest.SharedKafka(t) // before the clocks of the tests run
	eventstest.Run(t, func(t *testing.T) eventstest.Broker {
		if !concernsRestart(t) {
			return kafkaUnderTest(t, brokertest.SharedKafka(t), func(t *testing.T) { t.Fatal("the server is shared") })
		}
		s := brokertest.Kafka(t, brokertest.KafkaOptions{})
		restart := restarts["stopped"]
		if strings.Contains(t.Name(), "outlive") {
			restart = restarts["killed"]
		}
		return kafkaUnderTest(t, []string{s.Addr()}, func(t *testing.T) { restart(t, s) })
	}, eventstest.Features{Timeout: 2 * time.Minute, SharedLetters: true})
}

func kafkaUnderTest(t *testing.T, addrs []string, restart func(t *testing.T)) eventstest.Broker {
	t.Helper()
	config := kafkaConfig(addrs...)
	return &underTest{open: func(t testing.TB) adapter { return openKafka(t, config) }, restart: restart}
}
