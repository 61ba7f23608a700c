package conformance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/kafka"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/test/brokertest"
)

func kafkaOpener(c kafka.Config) opener {
	return func(t testing.TB) adapter { return openKafka(t, c) }
}

// kafkaAdmin returns a client for the administration of topics, users and groups.
func kafkaAdmin(t testing.TB, addrs ...string) *kadm.Client {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addrs...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return kadm.NewClient(c)
}

func createTopics(t testing.TB, admin *kadm.Client, settings map[string]*string, names ...string) {
	t.Helper()
	response, err := admin.CreateTopics(t.Context(), 1, 1, settings, names...)
	if err == nil {
		err = response.Error()
	}
	if err != nil {
		t.Fatalf("create topics %q: %v", names, err)
	}
}

func TestKafka_LoginAndTLS(t *testing.T) {
	const user, secret = "inventory", "right-secret"
	right, wrong := brokertest.NewCertificate(t), brokertest.NewCertificate(t)
	s := brokertest.Kafka(t, brokertest.KafkaOptions{TLS: wrong, User: user, Password: secret})
	config := func(mechanism, password, ca string) kafka.Config {
		c := kafkaConfig(s.Addr())
		c.SASLMechanism, c.Username, c.Password = mechanism, user, password
		c.TLS = tlsfiles.ClientConfig{Enabled: true, CAFile: ca}
		return c
	}
	t.Run("wrong authority", func(t *testing.T) {
		c := config("SCRAM-SHA-256", secret, right.CAFile)
		trouble{
			open: kafkaOpener(c), want: []string{"x509"}, not: secret,
			repair: func(t testing.TB) { changeCertificate(t, s, wrong, right) },
		}.test(t)
	})
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) { roundTrip(t, kafkaOpener(config(mechanism, secret, right.CAFile))) })
	}
	t.Run("wrong password", func(t *testing.T) {
		trouble{
			open: kafkaOpener(config("SCRAM-SHA-512", "wrong-secret", right.CAFile)),
			want: []string{"SASL_AUTHENTICATION_FAILED"}, not: "wrong-secret",
			repair: func(t testing.TB) {
				response, err := kafkaAdmin(t, s.AdminAddr()).AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{
					{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: "wrong-secret"},
				})
				if err == nil {
					err = response.Error()
				}
				if err != nil {
					t.Fatal(err)
				}
			},
		}.test(t)
	})
}

func TestKafka_Down(t *testing.T) {
	s := brokertest.Kafka(t, brokertest.KafkaOptions{})
	t.Run("does not respond", func(t *testing.T) {
		s.Pause(t)
		trouble{
			open: kafkaOpener(kafkaConfig(s.Addr())), want: []string{"deadline exceeded", "timeout"}, repair: s.Resume,
		}.test(t)
	})
	t.Run("unreachable", func(t *testing.T) {
		s.Stop(t)
		trouble{
			open: kafkaOpener(kafkaConfig(s.Addr())), want: []string{"connection refused"}, repair: s.Start,
		}.test(t)
	})
}

func TestKafka_MissingTopic(t *testing.T) {
	addrs := brokertest.SharedKafka(t)
	config := kafkaConfig(addrs...)
	config.CreateTopics = false
	trouble{
		open: kafkaOpener(config), want: []string{"UNKNOWN_TOPIC_OR_PARTITION", config.Topic},
		repair: func(t testing.TB) {
			createTopics(t, kafkaAdmin(t, addrs...), nil, config.Topic, config.Topic+".dlq")
		},
	}.test(t)
}

func TestKafka_EventTooLarge(t *testing.T) {
	addrs := brokertest.SharedKafka(t)
	t.Run("for the topic", func(t *testing.T) {
		config, limit := kafkaConfig(addrs...), "20000"
		createTopics(t, kafkaAdmin(t, addrs...), map[string]*string{"max.message.bytes": &limit}, config.Topic)
		trouble{
			open: kafkaOpener(config), list: []events.Event{largeEvent(t, 40_000)}, want: []string{"MESSAGE_TOO_LARGE"},
		}.test(t)
	})
	t.Run("for the default settings", func(t *testing.T) {
		trouble{
			open: kafkaOpener(kafkaConfig(addrs...)), list: []events.Event{largeEvent(t, 4<<20)},
			want: []string{"MESSAGE_TOO_LARGE"},
		}.test(t)
	})
}

// TestKafka_KeptSince deletes the beginning of a topic, in the end up to the control
// record of another program's transaction, which has no time.
func TestKafka_KeptSince(t *testing.T) {
	addrs := brokertest.SharedKafka(t)
	config := kafkaConfig(addrs...)
	config.Partitions = 1
	b, admin := openKafka(t, config), kafkaAdmin(t, addrs...)
	publish := func() (before, after time.Time) {
		t.Helper()
		before = time.Now().Truncate(time.Millisecond)
		if err := b.Publisher().Publish(t.Context(), newEvent(t, "product-1", 1, "")); err != nil {
			t.Fatal(err)
		}
		return before, time.Now()
	}
	deleteUntil := func(offset int64) {
		t.Helper()
		until := kadm.Offsets{}
		until.AddOffset(config.Topic, 0, offset, -1)
		response, err := admin.DeleteRecords(t.Context(), until)
		if err == nil {
			err = response.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	wants := func(from, to time.Time) {
		t.Helper()
		if since, err := b.KeptSince(t.Context()); err != nil || since.Before(from) || since.After(to) {
			t.Errorf("kept since %s, %v; want from %s to %s", since, err, from, to)
		}
	}
	publish()
	wants(time.Time{}, time.Time{})
	second, end := publish()
	deleteUntil(1)
	wants(second, end)

	inTransaction(t, addrs, config.Topic) // one record, and the control record
	last, _ := publish()
	deleteUntil(3)
	wants(last, time.Now().Add(time.Minute))
}

// inTransaction adds a record to partition 0 of a topic.
func inTransaction(t testing.TB, addrs []string, topic string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.TransactionalID(newName("transaction")), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	err = c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("no event")}).FirstErr()
	if err == nil {
		err = c.EndTransaction(t.Context(), kgo.TryCommit)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestKafka_StopsDuringRebalance: a member may not leave the group while
// Kafka waits for one that is dead. It ends all the same.
func TestKafka_StopsDuringRebalance(t *testing.T) {
	addrs, group := brokertest.SharedKafka(t), newName("group")
	config := kafkaConfig(addrs...)
	b := openKafka(t, config)
	if err := b.Publisher().Publish(t.Context(), newEvent(t, "product-1", 1, "")); err != nil {
		t.Fatal(err)
	}
	// A member with an id of its own does not leave at its end, as if killed.
	dead, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumerGroup(group), kgo.ConsumeTopics(config.Topic),
		kgo.InstanceID("dead"), kgo.SessionTimeout(10*within), kgo.RebalanceTimeout(10*within))
	if err != nil {
		t.Fatal(err)
	}
	fetched := dead.PollFetches(t.Context()).Err() // so it has joined
	dead.Close()
	if fetched != nil {
		t.Fatal(fetched)
	}

	admin := kafkaAdmin(t, addrs...)
	waits := func() bool {
		t.Helper()
		groups, err := admin.DescribeGroups(t.Context(), group)
		if err = errors.Join(err, groups.Error()); err != nil {
			t.Fatal(err)
		}
		return groups[group].State == "PreparingRebalance"
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- b.Subscriber().Subscribe(ctx, events.Subscription{
			Group: group, Handler: func(context.Context, events.Event) error { return nil },
		})
	}()
	for !waits() {
		select {
		case <-time.After(50 * time.Millisecond):
		case err := <-ended:
			t.Fatal("Subscribe returned: ", err)
		}
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(within):
		t.Fatal("Subscribe does not return")
	}
	if !waits() {
		t.Error("the group does not wait for the dead member any more")
	}
}

// TestKafka_GroupPrefix runs two systems, whose prefixes and topics differ, on
// one Kafka. Each has a consumer group of its own, which operators know by the
// name in the subscription.
func TestKafka_GroupPrefix(t *testing.T) {
	addrs, group := brokertest.SharedKafka(t), newName("group")
	admin := kafkaAdmin(t, addrs...)
	for _, prefix := range []string{"north.", "south."} {
		config := kafkaConfig(addrs...)
		config.GroupPrefix = prefix
		b := openKafka(t, config)
		if err := b.Publisher().Publish(t.Context(), newEvent(t, "product-1", 1, "")); err != nil {
			t.Fatal(err)
		}
		got := make(chan int64)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- b.Subscriber().Subscribe(ctx, events.Subscription{Group: group, Handler: sendVersions(got)})
		}()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		if version := receive(t, got); version != 1 {
			t.Errorf("got version %d, want 1", version)
		}
		if err := b.Republish(t.Context(), group, []events.Event{newEvent(t, "product-1", 2, "")}); err != nil {
			t.Fatal(err)
		}
		if version := receive(t, got); version != 2 {
			t.Errorf("got version %d, want 2, which was replayed for the group", version)
		}
		// Groups of other programs: one has a name of its own, and one the name
		// that the system's group has for its operators.
		commitPosition(t, admin, config.Topic, group)
		commitPosition(t, admin, config.Topic, group+".billing")
		list, err := b.Groups(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].Name != group || list[0].Members != 1 || list[1].Name != group+".billing" {
			t.Errorf("groups of the topic: got %+v, want %s with one member and %s.billing", list, group, group)
		}
	}
	described, err := admin.DescribeGroups(t.Context(), "north."+group, "south."+group)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range described {
		if len(d.Members) != 1 {
			t.Errorf("group %s has %d members in Kafka, want 1", d.Group, len(d.Members))
		}
	}
}

func receive(t *testing.T, got <-chan int64) int64 {
	t.Helper()
	select {
	case version := <-got:
		return version
	case <-time.After(within):
		t.Fatal("no event arrived")
		return 0
	}
}

// commitPosition creates a group without members that has read nothing.
func commitPosition(t *testing.T, admin *kadm.Client, topic, group string) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, 0, -1)
	response, err := admin.CommitOffsets(t.Context(), group, offsets)
	if err == nil {
		err = response.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}
