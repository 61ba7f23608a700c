package brokersystem_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/process"
	"inventory.example/test/brokertest"
)

// kind is a kind of broker.
type kind string

const (
	redisKind kind = broker.Redis
	kafkaKind kind = broker.Kafka
)

// server is a server of one test.
type server interface {
	Addr() string
	Start(t testing.TB)
	Stop(t testing.TB)
	Kill(t testing.TB)
	Wipe(t testing.TB)
	Pause(t testing.TB)
	Resume(t testing.TB)
}

// stream is a stream of one test, on a server that may be shared.
type stream struct {
	kind   kind
	name   string
	addr   string
	server server   // nil if it is shared
	env    []string // of the services that use it
	// foreign are ids of events that the test published itself.
	foreign map[string]bool
}

// forEachBroker runs a test on each kind of broker.
func forEachBroker(t *testing.T, test func(t *testing.T, on kind)) {
	for _, k := range []kind{redisKind, kafkaKind} {
		t.Run(string(k), func(t *testing.T) { test(t, k) })
	}
}

// shared returns a stream on the server that all tests share.
func (k kind) shared(t testing.TB) *stream {
	t.Helper()
	if k == redisKind {
		return k.stream(brokertest.SharedRedis(t), nil)
	}
	return k.stream(strings.Join(brokertest.SharedKafka(t), ","), nil)
}

// own returns a stream on a server of the test. A persistent one keeps its data
// through a restart.
func (k kind) own(t testing.TB, persistent bool) *stream {
	t.Helper()
	if k == redisKind {
		s := brokertest.Redis(t, brokertest.RedisOptions{Persistent: persistent})
		return k.stream(s.Addr(), s)
	}
	s := brokertest.Kafka(t, brokertest.KafkaOptions{})
	return k.stream(s.Addr(), s)
}

func (k kind) stream(addr string, s server) *stream {
	name := fmt.Sprintf("events-%d", serial.Add(1))
	on := &stream{kind: k, name: name, addr: addr, server: s, foreign: map[string]bool{}}
	on.env = append(on.env, "MESSAGE_BROKER="+string(k))
	if k == kafkaKind {
		on.env = append(on.env, "KAFKA_BROKERS="+addr, "KAFKA_TOPIC="+name, "KAFKA_PARTITIONS=3")
		return on
	}
	host, port, _ := net.SplitHostPort(addr)
	on.env = append(on.env, "REDIS_HOST="+host, "REDIS_PORT="+port, "REDIS_STREAM="+name, "REDIS_LEASE=2s")
	return on
}

// open connects the test to the broker.
func (s *stream) open(t testing.TB) *broker.Broker {
	t.Helper()
	b, err := openBroker(t.Context(), s.env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close the broker: %v", err)
		}
	})
	return b
}

func openBroker(ctx context.Context, env []string) (*broker.Broker, error) {
	values := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		values[name] = value
	}
	var config broker.Config
	if err := process.LoadFrom(ctx, envconfig.MapLookuper(values), "", &config); err != nil {
		return nil, err
	}
	return broker.Open(ctx, config, clock.System{}, slog.New(slog.DiscardHandler))
}

// scan returns the events of the broker, each once, in the order of their first
// delivery.
func (s *stream) scan(t testing.TB) (list []events.Event) {
	t.Helper()
	seen := map[string]bool{}
	err := s.open(t).Inspector.Scan(t.Context(), func(e events.Event) error {
		if !seen[e.ID] {
			seen[e.ID] = true
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the broker: %v", err)
	}
	return list
}

// wantsAll fails the test unless the broker holds exactly the events of the
// services' tables.
func (s *stream) wantsAll(sys *system) {
	sys.t.Helper()
	want := map[string]tableEvent{}
	for _, name := range serviceNames {
		list, err := sys.services[name].events("")
		if err != nil {
			sys.t.Fatal(err)
		}
		for _, e := range list {
			want[e.ID] = e
		}
	}
	there := map[string]bool{}
	for _, e := range s.scan(sys.t) {
		there[e.ID] = true
		if _, made := want[e.ID]; !made && !s.foreign[e.ID] {
			sys.t.Errorf("the broker has %s %s, which no service made", e.Type, e.ID)
		}
	}
	missing := 0
	for id := range want {
		if !there[id] {
			missing++
		}
	}
	if missing > 0 {
		sys.t.Errorf("the broker lacks %d of %d events", missing, len(want))
	}
}

// wantsOrder fails the test unless the broker holds the events of each
// aggregate in the order of its versions, without a gap.
func (s *stream) wantsOrder(t testing.TB) {
	t.Helper()
	versions := map[string]int64{}
	for _, e := range s.scan(t) {
		if e.Version == 0 || e.Type == inventory.TypeStockLow || s.foreign[e.ID] {
			continue // no version, or that of the event before it
		}
		aggregate := string(e.AggregateType) + " " + e.AggregateID + " " + e.StoreID
		if e.AggregateType != inventory.AggregateStock {
			aggregate = e.AggregateID // a reservation's events need not all name the store
		}
		if e.Version != versions[aggregate]+1 {
			t.Errorf("%s: %s brings version %d after %d", aggregate, e.Type, e.Version, versions[aggregate])
		}
		versions[aggregate] = e.Version
	}
}
