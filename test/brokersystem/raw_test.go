package brokersystem_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// redis returns a client of the stream's server, beside the adapter.
func (s *stream) redis(t testing.TB) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.addr, Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// do sends a command to Redis.
func (s *stream) do(t testing.TB, command ...any) {
	t.Helper()
	if err := s.redis(t).Do(t.Context(), command...).Err(); err != nil {
		t.Fatalf("%v: %v", command, err)
	}
}

// kafka returns a client of the stream's server, beside the adapter.
func (s *stream) kafka(t testing.TB, more ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(s.addr), kgo.DisableClientMetrics()}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// createTopic creates the stream's topic on Kafka, with a configuration.
func (s *stream) createTopic(t testing.TB, config map[string]*string) {
	t.Helper()
	admin := kadm.NewClient(s.kafka(t))
	for _, name := range []string{s.name, s.name + ".dlq"} {
		if _, err := admin.CreateTopic(t.Context(), 3, 1, config, name); err != nil {
			t.Fatalf("make topic %s: %v", name, err)
		}
	}
}

// configure sets a value of the stream's topic on Kafka.
func (s *stream) configure(t testing.TB, name, value string) {
	t.Helper()
	changes, err := kadm.NewClient(s.kafka(t)).AlterTopicConfigs(t.Context(),
		[]kadm.AlterConfig{{Op: kadm.SetConfig, Name: name, Value: &value}}, s.name, s.name+".dlq")
	if err == nil {
		_, err = changes.On(s.name, nil)
	}
	if err != nil {
		t.Fatalf("set %s: %v", name, err)
	}
}

// put publishes a record beside the adapter, with no field or header but the
// document.
func (s *stream) put(t testing.TB, key, document string) {
	t.Helper()
	if s.kind == redisKind {
		s.do(t, "XADD", s.name, "*", "event", document)
		return
	}
	r := &kgo.Record{Topic: s.name, Key: []byte(key), Value: []byte(document)}
	if err := s.kafka(t).ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
