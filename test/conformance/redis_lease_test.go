package conformance_test

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/redisstream"
	"inventory.example/test/brokertest"
)

// redisCase is a Redis server with a broker, and a client for commands that no
// adapter sends.
type redisCase struct {
	t      *testing.T
	server *brokertest.RedisServer
	config redisstream.Config
	raw    *redis.Client
	broker adapter
}

func newRedisCase(t *testing.T, o brokertest.RedisOptions) *redisCase {
	t.Helper()
	s := brokertest.Redis(t, o)
	c := redis.NewClient(&redis.Options{Addr: s.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() })
	config := redisConfig(t, s.Addr())
	return &redisCase{t: t, server: s, config: config, raw: c, broker: openRedis(t, config)}
}

// event returns an event of one key.
func (c *redisCase) event(version int64) events.Event {
	c.t.Helper()
	e, err := events.New(events.Meta{ID: "event-" + strconv.FormatInt(version, 10), Version: version},
		inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001", NewQuantity: version})
	if err != nil {
		c.t.Fatal(err)
	}
	return e
}

func (c *redisCase) events(from, to int64) (list []events.Event) {
	c.t.Helper()
	for version := from; version <= to; version++ {
		list = append(list, c.event(version))
	}
	return list
}

func (c *redisCase) publish(list ...events.Event) {
	c.t.Helper()
	if err := c.broker.Publisher().PublishBatch(c.t.Context(), list); err != nil {
		c.t.Fatal(err)
	}
}

// subscribe starts a member of b and returns a function that ends it, which the
// end of the test does otherwise.
func (c *redisCase) subscribe(b adapter, group, member string, handler events.Handler) (stop func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.Subscriber().Subscribe(ctx, events.Subscription{Group: group, Member: member, Handler: handler}); err != nil {
			c.t.Errorf("Subscribe: %v", err)
		}
	})
	stop = func() { cancel(); running.Wait() }
	c.t.Cleanup(stop)
	return stop
}

// sendVersions returns a handler that sends the versions of its events.
func sendVersions(to chan<- int64) events.Handler {
	return func(ctx context.Context, e events.Event) error {
		select {
		case to <- e.Version:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// expect waits for versions in this order.
func (c *redisCase) expect(got <-chan int64, from, to int64) {
	c.t.Helper()
	for want := from; want <= to; want++ {
		select {
		case version := <-got:
			if version != want {
				c.t.Fatalf("got version %d, want %d", version, want)
			}
		case <-c.t.Context().Done():
			c.t.Fatalf("waiting for version %d: %v", want, c.t.Context().Err())
		}
	}
}

// TestRedis_MemberIsCutOff cuts the connections of the active member for ever, like
// the death of its machine. Its handler must have returned before the next member
// becomes active, and that member gets every event.
func TestRedis_MemberIsCutOff(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	link := newLink(t, c.server.Addr())
	behind := redisConfig(t, link.addr())
	behind.Stream = c.config.Stream
	started, ended := make(chan struct{}), make(chan struct{})
	c.subscribe(openRedis(t, behind), "group", "a", func(ctx context.Context, _ events.Event) error {
		close(started)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	})
	c.publish(c.events(1, 5)...)
	<-started
	got := make(chan int64)
	c.subscribe(c.broker, "group", "b", func(ctx context.Context, e events.Event) error {
		select {
		case <-ended:
		default:
			t.Error("two members are active at the same time")
		}
		return sendVersions(got)(ctx, e)
	})
	link.cut()
	c.expect(got, 1, 5)
}

// TestRedis_LateReader delivers an event to a member that no longer owns the lease
// and does not handle it. The event is handled before the next one of its key
// nevertheless.
func TestRedis_LateReader(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	got := make(chan int64)
	c.subscribe(c.broker, "group", "a", sendVersions(got))
	c.publish(c.event(1)) // whose handler waits for c.expect
	for pending := 0; pending == 0; {
		p, err := c.raw.XPending(t.Context(), c.config.Stream, "group").Result()
		if err == nil {
			pending = int(p.Count)
		} else if !redis.HasErrorPrefix(err, "NOGROUP") {
			t.Fatal(err)
		}
	}
	c.publish(c.events(2, 3)...)
	late, err := c.raw.XReadGroup(t.Context(), &redis.XReadGroupArgs{
		Group: "group", Consumer: "late", Streams: []string{c.config.Stream, ">"}, Count: 1, Block: -1,
	}).Result()
	if err != nil || len(late) != 1 {
		t.Fatalf("got %v, %v", late, err)
	}
	c.expect(got, 1, 3)
}

// TestRedis_ListOfMembers expects a member in the list until it leaves the group.
func TestRedis_ListOfMembers(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	got := make(chan int64)
	stop := c.subscribe(c.broker, "group", "", sendVersions(got))
	c.publish(c.events(1, 3)...)
	c.expect(got, 1, 3)
	groups, err := c.broker.Groups(t.Context())
	if err != nil || len(groups) != 1 || groups[0].Members != 1 {
		t.Errorf("got %+v, %v; want one group with one member", groups, err)
	}
	stop()
	groups, err = c.broker.Groups(t.Context())
	if err != nil || len(groups) != 1 || groups[0] != (events.Group{Name: "group"}) {
		t.Errorf("got %+v, %v; want the group without members and lag", groups, err)
	}
}

// TestRedis_LosesItsData deletes all data of the server while a member runs.
func TestRedis_LosesItsData(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	got := make(chan int64)
	c.subscribe(c.broker, "group", "a", sendVersions(got))
	for version := int64(1); version <= 3; version++ {
		c.publish(c.event(version))
		c.expect(got, version, version)
		if err := c.raw.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		// The audit must find out that the stream lacks events.
		if since, err := c.broker.KeptSince(t.Context()); err != nil || !since.IsZero() {
			t.Errorf("kept since %v, %v; want zero", since, err)
		}
	}
}

// link forwards TCP connections to a server until it is cut.
type link struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	ended    bool
	open     []net.Conn
	copying  sync.WaitGroup
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, to: to}
	l.copying.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			l.connect(near)
		}
	})
	t.Cleanup(func() { l.cut(); l.copying.Wait() })
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

func (l *link) connect(near net.Conn) {
	far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", l.to)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || l.ended {
		_ = near.Close()
		if err == nil {
			_ = far.Close()
		}
		return
	}
	l.open = append(l.open, near, far)
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		l.copying.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_, _ = pair[0].Close(), pair[1].Close()
		})
	}
}

// cut ends all connections and refuses new ones.
func (l *link) cut() {
	_ = l.listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for _, c := range l.open {
		_ = c.Close()
	}
}
