package kafka

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
	"inventory.example/pkg/tlsclient"
)

func ev(t *testing.T, key string, version int64, reason string) events.Event {
	e, err := events.New(events.Meta{ID: key + "/" + time.Unix(version, 0).Format("05"), Version: version, At: time.Now()}, events.StockUpdated{ProductID: key, Reason: reason})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrors(t *testing.T) {
	base := Config{Brokers: []string{"127.0.0.1:39092"}, Topic: t.Name() + time.Now().Format("150405"), CreateTopics: true, Partitions: 2, Replication: -1}
	for name, change := range map[string]func(*Config){
		"refused":       func(c *Config) { c.Brokers = []string{"127.0.0.1:1"} },
		"blackhole":     func(c *Config) { c.Brokers = []string{"10.255.255.1:9092"} },
		"noname":        func(c *Config) { c.Brokers = []string{"nosuch.invalid:9092"} },
		"missing topic": func(c *Config) { c.CreateTopics = false },
		"plain wrong": func(c *Config) {
			c.Brokers[0] = "127.0.0.1:39192"
			c.SASLMechanism = "PLAIN"
			c.Username = "alice"
			c.Password = "wrongpw"
		},
		"scram wrong": func(c *Config) {
			c.Brokers[0] = "127.0.0.1:39192"
			c.SASLMechanism = "SCRAM-SHA-512"
			c.Username = "alice"
			c.Password = "wrongpw"
		},
		"no sasl":      func(c *Config) { c.Brokers[0] = "127.0.0.1:39192" },
		"no tls":       func(c *Config) { c.Brokers[0] = "127.0.0.1:39195" },
		"tls to plain": func(c *Config) { c.TLS = tlsclient.Config{Enabled: true} },
		"unknown ca":   func(c *Config) { c.Brokers[0] = "127.0.0.1:39195"; c.TLS = tlsclient.Config{Enabled: true} },
		"replication":  func(c *Config) { c.Replication = 3 },
		"topic name":   func(c *Config) { c.Topic = "a b" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := base
			c.Brokers = []string{base.Brokers[0]}
			change(&c)
			b := openT(t, c)
			started := time.Now()
			err := b.Publisher().Publish(t.Context(), ev(t, "p", 1, ""))
			t.Logf("%s publish %v", time.Since(started), err)
			if err == nil || strings.Contains(err.Error(), "wrongpw") {
				t.Error("bad")
			}
			started = time.Now()
			err = b.Publisher().(events.Pinger).Ping(t.Context())
			t.Logf("%s ping %v", time.Since(started), err)
			ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
			defer cancel()
			if name == "plain wrong" || name == "refused" || name == "missing topic" {
				must(t, b.Subscriber().Subscribe(ctx, events.Subscription{Group: "g", Handler: func(context.Context, events.Event) error { return nil }}))
			}
		})
	}
}

func TestSecure(t *testing.T) {
	for _, mech := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", ""} {
		for _, tls := range []bool{false, true} {
			if mech == "" && !tls {
				continue
			}
			t.Run(mech, func(t *testing.T) {
				c := Config{Brokers: []string{"127.0.0.1:39192"}, Topic: "s" + time.Now().Format("150405.000000"), CreateTopics: true, Partitions: 2, Replication: -1, SASLMechanism: mech}
				if mech != "" {
					c.Username, c.Password = "alice", "alice-secret"
				}
				if tls {
					c.Brokers[0] = "127.0.0.1:39194"
					c.TLS = tlsclient.Config{Enabled: true, CAFile: "/tmp/hkafka/b/cert.pem"}
					if mech == "" {
						c.Brokers[0] = "127.0.0.1:39195"
					}
				}
				must(t, errors.Join(c.Validate()...))
				b := openT(t, c)
				must(t, b.Publisher().Publish(t.Context(), ev(t, "p", 1, "")))
				ctx, cancel := context.WithCancel(t.Context())
				must(t, b.Subscriber().Subscribe(ctx, events.Subscription{Group: "g", Handler: func(context.Context, events.Event) error { cancel(); return nil }}))
			})
		}
	}
}

func TestLarge(t *testing.T) {
	b := openT(t, Config{Brokers: []string{"127.0.0.1:39092"}, Topic: "l" + time.Now().Format("150405.000000"), CreateTopics: true, Partitions: 2, Replication: -1})
	p := b.Publisher()
	must(t, p.Publish(t.Context(), ev(t, "p", 1, strings.Repeat("x", 1_040_000))))
	err := p.PublishBatch(t.Context(), []events.Event{ev(t, "p", 2, strings.Repeat("x", 1_100_000)), ev(t, "p", 3, "")})
	t.Log(err)
	if err == nil {
		t.Error("too large")
	}
	n := 0
	must(t, b.Scan(t.Context(), func(events.Event) error { n++; return nil }))
	if n != 1 {
		t.Error(n)
	}
	// and can be buried
	ctx, cancel := context.WithCancel(t.Context())
	must(t, p.Publish(t.Context(), ev(t, "p", 4, "")))
	must(t, b.Subscriber().Subscribe(ctx, events.Subscription{Group: "g", Retry: events.Retry{MaxAttempts: 1}, Handler: func(_ context.Context, e events.Event) error {
		if e.Version == 4 {
			cancel()
			return nil
		}
		return errors.New(strings.Repeat("ü", 50000))
	}}))
	l, err := b.DeadLetters(t.Context(), "", 10)
	must(t, err)
	if len(l) != 1 || len(l[0].Document) < 1_040_000 {
		t.Error(len(l))
	}
}

func TestInspect(t *testing.T) {
	b := openT(t, Config{Brokers: []string{"127.0.0.1:39092"}, Topic: "i" + time.Now().Format("150405.000000"), CreateTopics: true, Partitions: 3, Replication: -1})
	scan := func() (n int) {
		must(t, b.Scan(t.Context(), func(events.Event) error { n++; return nil }))
		return
	}
	if n := scan(); n != 0 { // no topic yet
		t.Error(n)
	}
	since, err := b.KeptSince(t.Context())
	must(t, err)
	if !since.IsZero() {
		t.Error(since)
	}
	l, err := b.DeadLetters(t.Context(), "", 10)
	must(t, err)
	if len(l) != 0 {
		t.Error(l)
	}
	g, err := b.Groups(t.Context())
	t.Log(g, err)
	p := b.Publisher()
	for i := range int64(20) {
		must(t, p.Publish(t.Context(), ev(t, string(rune('a'+i)), i, "")))
	}
	if n := scan(); n != 20 {
		t.Error(n)
	}
	must(t, b.letters.produce(t.Context(), []*kgo.Record{{Topic: b.config.Topic, Key: []byte("x"), Value: []byte("rubbish")}}))
	if n := scan(); n != 20 {
		t.Error(n)
	}
	// tail
	tailed := make(chan events.Event, 100)
	tctx, tcancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Tail(tctx, func(e events.Event) error { tailed <- e; return nil }) }()
	consume := func(group string, fail, last int64, want int) {
		ctx, cancel := context.WithCancel(t.Context())
		var n atomic.Int64
		must(t, b.Subscriber().Subscribe(ctx, events.Subscription{Group: group, Member: "m", Retry: events.Retry{MaxAttempts: 1}, Handler: func(_ context.Context, e events.Event) error {
			if n.Add(1) == int64(want) {
				if fail < 0 {
					defer cancel()
				} else {
					go func() {
						for l := 0; l < 2; {
							all, err := b.DeadLetters(t.Context(), "", 10)
							must(t, err)
							l = len(all)
						}
						cancel()
					}()
				}
			}
			if e.Version == fail {
				return errors.New("boom")
			}
			return nil
		}}))
	}
	consume("g", 3, 0, 20)
	must(t, p.Publish(t.Context(), ev(t, "tail", 99, "")))
	if e := <-tailed; e.Version != 99 {
		t.Error(e.Version)
	}
	tcancel()
	must(t, <-ended)
	g, err = b.Groups(t.Context())
	t.Log(g, err)
	l, err = b.DeadLetters(t.Context(), "", 10)
	must(t, err)
	for _, x := range l {
		t.Logf("%s %s %s %s %d %v", x.ID, x.EventID, x.Group, x.Reason, x.Attempts, x.FailedAt)
	}
	if len(l) < 1 {
		t.Fatal("letters")
	}
	for _, x := range l {
		err := b.ReplayDeadLetter(t.Context(), x.ID)
		if x.EventID == "" {
			if !errors.Is(err, events.ErrMalformed) {
				t.Error(err)
			}
			continue
		}
		must(t, err)
		if err := b.ReplayDeadLetter(t.Context(), x.ID); !errors.Is(err, events.ErrNoDeadLetter) {
			t.Error(err)
		}
	}
	consume("g", -1, 0, 2)      // the replayed and the 99
	consume("other", -1, 0, 21) // not the replayed
	must(t, b.Republish(t.Context(), "", []events.Event{ev(t, "again", 1, "")}))
	if n := scan(); n != 22 {
		t.Error(n)
	}
	g, err = b.Groups(t.Context())
	t.Log(g, err)
	// limit, after
	l, err = b.DeadLetters(t.Context(), "", 1)
	t.Log(len(l), err)
	// trim partition
	ends, err := b.admin.ListEndOffsets(t.Context(), b.config.Topic)
	must(t, err)
	os := ends.Offsets()
	for _, ps := range os {
		for k, o := range ps {
			o.At = 1
			ps[k] = o
		}
	}
	_, err = b.admin.DeleteRecords(t.Context(), os)
	must(t, err)
	since, err = b.KeptSince(t.Context())
	must(t, err)
	t.Log(since, scan())
	if since.IsZero() {
		t.Error("since")
	}
}

func TestTopicLost(t *testing.T) {
	b := openT(t, Config{Brokers: []string{"127.0.0.1:39092"}, Topic: "d" + time.Now().Format("150405.000000"), CreateTopics: true, Partitions: 3, Replication: -1})
	got := make(chan int64, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := b.Subscriber()
	p := b.Publisher()
	go func() {
		ended <- s.Subscribe(ctx, events.Subscription{Group: "g", Handler: func(_ context.Context, e events.Event) error { got <- e.Version; return nil }})
	}()
	for i := range int64(3) {
		must(t, p.Publish(t.Context(), ev(t, "k", i, "")))
		<-got
	}
	_, err := b.admin.DeleteTopic(t.Context(), b.config.Topic)
	must(t, err)
	started := time.Now()
	for {
		err := p.Publish(t.Context(), ev(t, "k", 10, ""))
		t.Log(time.Since(started), err)
		if err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if v := <-got; v != 10 {
		t.Error(v)
	}
	t.Log(time.Since(started))
	cancel()
	must(t, <-ended)
}

func TestHung(t *testing.T) {
	s := startServer(t)
	b := openT(t, Config{Brokers: []string{s.addr}, Topic: "h" + time.Now().Format("150405.000000"), CreateTopics: true, Partitions: 3, Replication: -1})
	p := b.Publisher()
	must(t, p.Publish(t.Context(), ev(t, "k", 1, "")))
	must(t, s.cmd.Process.Signal(syscall.SIGSTOP))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	started := time.Now()
	err := p.Publish(ctx, ev(t, "k", 2, ""))
	t.Log(time.Since(started), err)
	started = time.Now()
	err = p.Publish(t.Context(), ev(t, "k", 2, ""))
	t.Log(time.Since(started), err)
	cancel()
	must(t, s.cmd.Process.Signal(syscall.SIGCONT))
	must(t, p.Publish(t.Context(), ev(t, "k", 3, "")))
	must(t, b.Scan(t.Context(), func(e events.Event) error { t.Log(e.Version); return nil }))
}

func TestMain2(t *testing.T) { _ = os.Args }
