package redisstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
)

func TestOperators(t *testing.T) {
	s := startServer(t)
	operators(t, s.config())
}

func operators(t *testing.T, cfg Config) {
	b := open(t, cfg)
	ctx := t.Context()
	if gs, err := b.Groups(ctx); err != nil || len(gs) != 0 {
		t.Error(gs, err)
	}
	if ls, err := b.DeadLetters(ctx, "", 10); err != nil || len(ls) != 0 {
		t.Error(ls, err)
	}
	if err := b.Scan(ctx, func(events.Event) error { return nil }); err != nil {
		t.Error(err)
	}
	var bad atomic.Bool
	bad.Store(true)
	got, other := make(chan string, 100), make(chan string, 100)
	subscribe(t, b, "bad", "a", func(_ context.Context, e events.Event) error {
		if bad.Load() {
			return events.Temporary(errors.New("x"))
		}
		got <- e.ID
		return nil
	})
	subscribe(t, b, "other", "a", func(_ context.Context, e events.Event) error { other <- e.ID; return nil })
	tailed := make(chan string, 100)
	tctx, tstop := context.WithCancel(ctx)
	tended := make(chan error, 1)
	go func() { tended <- b.Tail(tctx, func(e events.Event) error { tailed <- e.ID; return nil }) }()
	time.Sleep(100 * time.Millisecond)
	pub := b.Publisher()
	pub.Publish(ctx, ev(t, "k", 1))
	receive(t, other, "k/1")
	receive(t, tailed, "k/1")
	if err := b.bury(ctx, events.DeadLetter{Document: ev(t, "k", 7).Document(), Group: "bad", Reason: "r", Attempts: 3, FailedAt: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	b.bury(ctx, events.DeadLetter{Document: []byte("nonsense"), Group: "bad", Reason: "r", FailedAt: time.Now()})
	bad.Store(false)
	receive(t, got, "k/1")
	// not an event
	b.client.XAdd(ctx, &redis.XAddArgs{Stream: cfg.Stream, Values: []any{"what", "ever"}})
	b.client.XAdd(ctx, &redis.XAddArgs{Stream: cfg.Stream, Values: []any{"event", "{"}})
	pub.Publish(ctx, ev(t, "k", 2))
	receive(t, got, "k/2")
	receive(t, other, "k/2")
	receive(t, tailed, "k/2")
	ls, err := b.DeadLetters(ctx, "", 10)
	if err != nil || len(ls) != 6 {
		t.Fatal(ls, err)
	}
	if ls[0].EventID != "k/7" || ls[0].Attempts != 3 || ls[0].Group != "bad" || ls[0].FailedAt.IsZero() {
		t.Error(ls[0])
	}
	rest, err := b.DeadLetters(ctx, ls[0].ID, 2)
	if err != nil || len(rest) != 2 || rest[0].ID != ls[1].ID {
		t.Error(rest, err)
	}
	if _, err := b.DeadLetters(ctx, "x", 2); err == nil {
		t.Error("no error")
	}
	if err := b.ReplayDeadLetter(ctx, ls[1].ID); !errors.Is(err, events.ErrMalformed) {
		t.Error(err)
	}
	for _, id := range []string{"", "x", "1", "1-1", "9999999999999999999999-0"} {
		if err := b.ReplayDeadLetter(ctx, id); !errors.Is(err, events.ErrNoDeadLetter) {
			t.Error(id, err)
		}
		if _, err := b.DeadLetter(ctx, id); !errors.Is(err, events.ErrNoDeadLetter) {
			t.Error(id, err)
		}
	}
	var ok, gone atomic.Int64
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			switch err := b.ReplayDeadLetter(ctx, ls[0].ID); {
			case err == nil:
				ok.Add(1)
			case errors.Is(err, events.ErrNoDeadLetter):
				gone.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 || gone.Load() != 5 {
		t.Error(ok.Load(), gone.Load())
	}
	receive(t, got, "k/7")
	receive(t, tailed, "k/7")
	b.Republish(ctx, "", []events.Event{ev(t, "k", 1), ev(t, "k", 2)})
	receive(t, other, "k/1")
	receive(t, got, "k/1")
	n := 0
	if err := b.Scan(ctx, func(events.Event) error { n++; return nil }); err != nil || n != 4 {
		t.Error(n, err)
	}
	boom := errors.New("boom")
	if err := b.Scan(ctx, func(events.Event) error { return boom }); err != boom {
		t.Error(err)
	}
	receive(t, tailed, "k/1")
	receive(t, tailed, "k/2")
	gs, err := b.Groups(ctx)
	t.Log(gs, err)
	if len(gs) != 2 || gs[0].Members != 1 {
		t.Error(gs)
	}
	tstop()
	if err := <-tended; err != nil {
		t.Error(err)
	}
	go func() { tended <- b.Tail(ctx, func(e events.Event) error { return nil }) }()
	time.Sleep(50 * time.Millisecond)
	at := time.Now()
	b.Close()
	if err := <-tended; !errors.Is(err, events.ErrClosed) {
		t.Error(err)
	}
	t.Log("close took", time.Since(at))
	if _, err := b.Groups(ctx); !errors.Is(err, events.ErrClosed) {
		t.Error(err)
	}
	if err := pub.Publish(ctx, ev(t, "k", 1)); err != events.ErrClosed {
		t.Error(err)
	}
}

func TestLatency(t *testing.T) {
	s := startServer(t)
	b := open(t, s.config())
	b2 := open(t, s.config())
	var mu sync.Mutex
	var list []time.Duration
	by := map[string]int{}
	seen := make(chan string, 10)
	h := func(m string) events.Handler {
		return func(_ context.Context, e events.Event) error {
			mu.Lock()
			defer mu.Unlock()
			by[m]++
			var n int64
			fmt.Sscanf(e.Traceparent, "%d", &n)
			list = append(list, time.Since(time.Unix(0, n)))
			if len(list) == 5000 {
				seen <- "x"
			}
			return nil
		}
	}
	subscribe(t, b, "g", "a", h("a"))
	subscribe(t, b2, "g", "b", h("b"))
	time.Sleep(300 * time.Millisecond)
	pub := b.Publisher()
	tick := time.NewTicker(10 * time.Millisecond)
	for i := range 500 {
		<-tick.C
		var batch []events.Event
		for j := range 10 {
			e, _ := events.New(events.Meta{ID: fmt.Sprintf("%d/%d", i, j), Version: int64(i), At: time.Now(), Traceparent: fmt.Sprint(time.Now().UnixNano())}, events.StockUpdated{ProductID: fmt.Sprint(j)})
			batch = append(batch, e)
		}
		if err := pub.PublishBatch(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	receive(t, seen, "x")
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	t.Log("p50", list[2500], "p99", list[4950], "max", list[4999], by)
}

func TestUnusable(t *testing.T) {
	s := startServer(t)
	cfg := s.config()
	b := open(t, cfg)
	pub := b.Publisher()
	if err := pub.(events.Pinger).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	check := func(name string, b *Broker, parts ...string) {
		t.Helper()
		at := time.Now()
		err := b.Publisher().PublishBatch(t.Context(), []events.Event{ev(t, "k", 1), ev(t, "k", 2)})
		t.Log(name, time.Since(at), err)
		for _, p := range parts {
			if err == nil || !strings.Contains(err.Error(), p) {
				t.Error(name, "lacks", p)
			}
		}
		err = b.Publisher().(events.Pinger).Ping(t.Context())
		t.Log(name, "ping", err)
	}
	b.client.Set(t.Context(), "taken", "x", 0)
	wrong := cfg
	wrong.Stream = "taken"
	check("wrongtype", open(t, wrong), "WRONGTYPE", "REDIS_STREAM")
	b.client.ConfigSet(t.Context(), "maxmemory", "1mb")
	b.client.ConfigSet(t.Context(), "maxmemory-policy", "noeviction")
	check("oom", b, "OOM", "maxmemory")
	b.client.ConfigSet(t.Context(), "maxmemory", "0")
	b.client.ConfigSet(t.Context(), "proto-max-bulk-len", "1mb")
	big, _ := events.New(events.Meta{ID: "big"}, events.StockUpdated{ProductID: "p", Reason: strings.Repeat("x", 8<<20)})
	t.Log(pub.Publish(t.Context(), big))
	b.client.ConfigSet(t.Context(), "requirepass", "geheim")
	check("noauth", open(t, cfg), "NOAUTH", "REDIS_PASSWORD")
	cfg.Password = "falsch"
	check("wrongpass", open(t, cfg), "WRONGPASS")
	cfg.Password = "geheim"
	good := open(t, cfg)
	s.cmd.Process.Signal(syscall.SIGSTOP)
	check("paused", good)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	at := time.Now()
	err := good.Publisher().Publish(ctx, ev(t, "k", 1))
	cancel()
	t.Log("deadline", time.Since(at), err)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error()
	}
	s.cmd.Process.Signal(syscall.SIGCONT)
	cfg.Host = "10.255.255.1"
	check("blackhole", open(t, cfg))
	cfg.Host = "nosuchhost.invalid"
	check("nohost", open(t, cfg))
	s.kill(syscall.SIGKILL)
	cfg.Host = "127.0.0.1"
	check("refused", open(t, cfg))
}

// The server stands still while a member holds the turn.
func TestPause(t *testing.T) {
	s := startServer(t)
	b, c := open(t, s.config()), open(t, s.config())
	var mu sync.Mutex
	last := map[string]int64{}
	var count atomic.Int64
	h := func(_ context.Context, e events.Event) error {
		mu.Lock()
		defer mu.Unlock()
		k := e.OrderingKey()
		if e.Version > last[k]+1 {
			t.Errorf("%s: %d after %d", k, e.Version, last[k])
		}
		last[k] = max(last[k], e.Version)
		count.Add(1)
		return nil
	}
	for i, br := range []*Broker{b, c, b, c} {
		subscribe(t, br, "g", fmt.Sprint("m", i), h)
	}
	pub := open(t, s.config()).Publisher()
	var v int64
	next := 1
	deadline := time.Now().Add(35 * time.Second)
	go func() {
		for i := range 5 {
			time.Sleep(3 * time.Second)
			if i == 3 {
				s.kill(syscall.SIGKILL)
				s.start()
				continue
			}
			s.cmd.Process.Signal(syscall.SIGSTOP)
			time.Sleep(4 * time.Second)
			s.cmd.Process.Signal(syscall.SIGCONT)
		}
	}()
	v = 1
	for time.Now().Before(deadline) {
		var batch []events.Event
		for k := range 5 {
			batch = append(batch, ev(t, fmt.Sprint("k", k), v))
		}
		if pub.PublishBatch(t.Context(), batch) == nil {
			v++
		} else {
			time.Sleep(50 * time.Millisecond)
		}
		next++
	}
	for i := 0; ; i++ {
		mu.Lock()
		done := true
		for k := range 5 {
			done = done && last[fmt.Sprint("k", k)] == v-1
		}
		mu.Unlock()
		if done {
			break
		}
		if i > 400 {
			t.Fatal("not all", last, v)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Log("handled", count.Load(), "of", (v-1)*5)
}

func TestCluster(t *testing.T) {
	s := startServer(t, "--cluster-enabled", "yes")
	c := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", s.port)})
	if err := c.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(c.ClusterInfo(t.Context()).Val(), "cluster_state:ok") {
		time.Sleep(50 * time.Millisecond)
	}
	c.Close()
	cfg := s.config()
	cfg.Cluster = true
	operators(t, cfg)
}

func TestSentinel(t *testing.T) {
	s := startServer(t)
	sent := &server{t: t, dir: t.TempDir()}
	conf := sent.dir + "/s.conf"
	sh := fmt.Sprintf("printf 'sentinel monitor mymaster 127.0.0.1 %d 1\nport %d\ndir %s\n' > %s", s.port, s.port+1, sent.dir, conf)
	if err := exec.Command("sh", "-c", sh).Run(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("redis-server", conf, "--sentinel")
	cmd.Start()
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	time.Sleep(500 * time.Millisecond)
	cfg := s.config()
	cfg.SentinelMaster = "mymaster"
	cfg.Addrs = []string{fmt.Sprintf("127.0.0.1:%d", s.port+1)}
	operators(t, cfg)
}

var _ = slog.Default
