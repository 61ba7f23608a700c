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

// redisCase is a Redis server with a client of its own for what no broker does.
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

// event makes an event of one key.
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

// tells returns a handler that sends the versions it is given.
func tells(to chan<- int64) events.Handler {
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

// TestRedis_MemberIsCutOff cuts a member that has the turn off the server
// for ever, as the death of its machine does. Its handler must have ended
// before the next member begins, and that member gets everything.
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
			t.Error("two members work at the same time")
		}
		return tells(got)(ctx, e)
	})
	link.cut()
	c.expect(got, 1, 5)
}

// TestRedis_LateReader gives an event away to a reader whose turn is over and
// that does nothing with it. It comes before the next of its key nevertheless.
func TestRedis_LateReader(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	got := make(chan int64)
	c.subscribe(c.broker, "group", "a", tells(got))
	c.publish(c.event(1)) // whose handler waits until it is expected
	for given := 0; given == 0; {
		p, err := c.raw.XPending(t.Context(), c.config.Stream, "group").Result()
		if err == nil {
			given = int(p.Count)
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

// TestRedis_ListOfMembers expects a member in the list while it is there.
func TestRedis_ListOfMembers(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	got := make(chan int64)
	stop := c.subscribe(c.broker, "group", "", tells(got))
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

// TestRedis_LosesItsData empties the server under a member.
func TestRedis_LosesItsData(t *testing.T) {
	c := newRedisCase(t, brokertest.RedisOptions{})
	got := make(chan int64)
	c.subscribe(c.broker, "group", "a", tells(got))
	for version := int64(1); version <= 3; version++ {
		c.publish(c.event(version))
		c.expect(got, version, version)
		if err := c.raw.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		// The audit has to see that the stream lacks events.
		if since, err := c.broker.KeptSince(t.Context()); err != nil || !since.IsZero() {
			t.Errorf("kept since %v, %v; want zero", since, err)
		}
	}
}

// link is a TCP connection to a server that can be cut.
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
			l.join(near)
		}
	})
	t.Cleanup(func() { l.cut(); l.copying.Wait() })
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

func (l *link) join(near net.Conn) {
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
