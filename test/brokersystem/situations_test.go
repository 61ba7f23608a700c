package brokersystem_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"inventory.example/test/brokertest"
)

// secret is a password that is wrong at first.
const secret = "a-password-that-nobody-may-log"

// situation is a broker that cannot be used.
type situation struct {
	*stream
	cause  string           // is in a line of the log
	repair func(testing.TB) // nil: there is none
	// victims are the services whose events cannot be published; nil: all.
	victims []string
}

// TestBadSituations starts the services on brokers that refuse their events:
// requests succeed, health and log report the reason without a flood of lines, and
// after the repair the events are delivered.
func TestBadSituations(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t testing.TB) situation
	}{
		{"redis nobody listens", func(t testing.TB) situation { return nobodyListens(t, redisKind) }},
		{"redis wrong password", redisWrongPassword},
		{"redis key of another type", redisWrongType},
		{"redis memory is full", redisFull},
		{"redis is a replica", redisReplica},
		{"kafka nobody listens", func(t testing.TB) situation { return nobodyListens(t, kafkaKind) }},
		{"kafka wrong password", kafkaWrongPassword},
		{"kafka topic may not be made", kafkaNoTopic},
		{"kafka event too large", kafkaTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.make(t).endure(t)
		})
	}
}

// endure runs the services in the situation, then in the repaired one.
func (b situation) endure(t *testing.T) {
	started := time.Now()
	if b.victims == nil {
		b.victims = serviceNames
	}
	s := newSystem(t, b.stream)
	product := s.stocked(t, 100)
	s.described(product)
	confirmed := must[order](t)(s.reserve(product, 3, 3600))
	must[order](t)(s.finish(confirmed.ID, "confirm"))
	must[order](t)(s.finish(must[order](t)(s.reserve(product, 5, 3600)).ID, "cancel"))

	for _, name := range b.victims {
		victim := s.services[name]
		eventually(t, "health of "+name, func() error {
			h, err := victim.health()
			if err == nil && (h.Broker != "unavailable" || h.Status != "degraded" || h.Pending == 0) {
				err = fmt.Errorf("%+v", h)
			}
			return err
		})
		eventually(t, "the log of "+name, func() error {
			if slices.ContainsFunc(victim.complaints(), func(line string) bool { return strings.Contains(line, b.cause) }) {
				return nil
			}
			return fmt.Errorf("no warning has %q", b.cause)
		})
	}
	s.waiting(b.victims)
	if b.repair != nil {
		b.repair(t)
		s.settled()
		s.wantsRow(t, product, 97, 0)
	}
	for _, name := range serviceNames {
		s.services[name].wantsAlive()
		s.services[name].wantsFewComplaints(time.Since(started))
		if strings.Contains(s.services[name].log.String(), secret) {
			t.Errorf("%s has logged the password", name)
		}
	}
}

// described gives a product the longest description.
func (s *system) described(product string) {
	s.t.Helper()
	_, err := callFor[struct{ ID string }](s.client, http.MethodPut, "/api/v1/products/"+product, map[string]any{
		"sku": "SKU-" + product, "name": "Product", "price": 5, "description": strings.Repeat("long ", 400)[:1999],
	}, http.StatusOK)
	if err != nil {
		s.t.Fatal(err)
	}
}

// waiting fails the test unless the services' tables have events that wait.
func (s *system) waiting(names []string) {
	s.t.Helper()
	for _, name := range names {
		list, err := s.services[name].events("&pending=true")
		if err != nil || len(list) == 0 {
			s.t.Errorf("%s: %d pending events, %v", name, len(list), err)
		}
	}
}

func nobodyListens(t testing.TB, on kind) situation {
	addr := net.JoinHostPort("127.0.0.1", fmt.Sprint(freePort(t)))
	return situation{stream: on.stream(addr, nil), cause: "connection refused"}
}

func redisWrongPassword(t testing.TB) situation {
	const right = "the-right-password"
	s := redisKind.own(t, false)
	s.do(t, "CONFIG", "SET", "requirepass", right)
	s.env = append(s.env, "REDIS_PASSWORD="+secret)
	return situation{stream: s, cause: "WRONGPASS", repair: func(t testing.TB) {
		c := redis.NewClient(&redis.Options{Addr: s.addr, Password: right, Protocol: 2, DisableIdentity: true})
		defer func() { _ = c.Close() }()
		if err := c.ConfigSet(t.Context(), "requirepass", secret).Err(); err != nil {
			t.Fatalf("change the password: %v", err)
		}
	}}
}

func redisWrongType(t testing.TB) situation {
	s := redisKind.shared(t)
	s.do(t, "SET", s.name, "something else")
	return situation{stream: s, cause: "WRONGTYPE", repair: func(t testing.TB) { s.do(t, "DEL", s.name) }}
}

func redisFull(t testing.TB) situation {
	s := redisKind.own(t, false)
	s.do(t, "CONFIG", "SET", "maxmemory", "1")
	return situation{stream: s, cause: "OOM", repair: func(t testing.TB) { s.do(t, "CONFIG", "SET", "maxmemory", "0") }}
}

func redisReplica(t testing.TB) situation {
	s := redisKind.own(t, false)
	s.do(t, "REPLICAOF", "127.0.0.1", fmt.Sprint(freePort(t)))
	return situation{stream: s, cause: "READONLY", repair: func(t testing.TB) { s.do(t, "REPLICAOF", "NO", "ONE") }}
}

func kafkaWrongPassword(t testing.TB) situation {
	const user, right = "inventory", "the-right-password"
	server := brokertest.Kafka(t, brokertest.KafkaOptions{User: user, Password: right})
	s := kafkaKind.stream(server.Addr(), server)
	s.env = append(s.env, "KAFKA_SASL_MECHANISM=SCRAM-SHA-256", "KAFKA_USERNAME="+user, "KAFKA_PASSWORD="+secret)
	return situation{stream: s, cause: "SASL", repair: func(t testing.TB) {
		login := scram.Auth{User: user, Pass: right}
		admin := kadm.NewClient(s.kafka(t, kgo.SASL(login.AsSha256Mechanism())))
		done, err := admin.AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{{
			User: user, Mechanism: kadm.ScramSha256, Iterations: 4096, Password: secret,
		}})
		if err == nil {
			err = done.Error()
		}
		if err != nil {
			t.Fatalf("change the password: %v", err)
		}
	}}
}

func kafkaNoTopic(t testing.TB) situation {
	s := kafkaKind.shared(t)
	s.env = append(s.env, "KAFKA_CREATE_TOPICS=false")
	return situation{stream: s, cause: s.name, repair: func(t testing.TB) { s.createTopic(t, nil) }}
}

func kafkaTooLarge(t testing.TB) situation {
	const limit = "max.message.bytes"
	small := "1500"
	s := kafkaKind.shared(t)
	s.createTopic(t, map[string]*string{limit: &small})
	return situation{
		stream: s, cause: "MESSAGE_TOO_LARGE", victims: []string{catalog},
		repair: func(t testing.TB) { s.configure(t, limit, "1048588") },
	}
}
