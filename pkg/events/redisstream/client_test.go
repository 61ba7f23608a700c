package redisstream

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/tlsfiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// validConfig returns a configuration that Validate accepts. No server listens
// at its address.
func validConfig() Config {
	return Config{Host: "127.0.0.1", Port: 1, Stream: "inventory-events", Lease: 10 * time.Second}
}

func TestConfig_Validate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string // parts of the errors, one each
	}{
		"one server":     {change: func(*Config) {}},
		"one address":    {change: func(c *Config) { c.Host, c.Addrs = "", []string{"a:1"} }},
		"cluster":        {change: func(c *Config) { c.Cluster, c.Addrs = true, []string{"a:1", "b:1"} }},
		"sentinels":      {change: func(c *Config) { c.SentinelMaster, c.Addrs = "main", []string{"a:1", "b:1"} }},
		"no host":        {change: func(c *Config) { c.Host = "" }, want: []string{"REDIS_HOST"}},
		"port":           {change: func(c *Config) { c.Port = 65536 }, want: []string{"REDIS_PORT"}},
		"several":        {change: func(c *Config) { c.Addrs = []string{"a:1", "b:1"} }, want: []string{"REDIS_ADDRS"}},
		"cluster and DB": {change: func(c *Config) { c.Cluster, c.DB = true, 1 }, want: []string{"REDIS_DB must be 0"}},
		"negative DB":    {change: func(c *Config) { c.DB = -1 }, want: []string{"REDIS_DB must not be negative"}},
		"both":           {change: func(c *Config) { c.Cluster, c.SentinelMaster = true, "main" }, want: []string{"exclude each other"}},
		"stream, lease":  {change: func(c *Config) { c.Stream, c.Lease = "", 0 }, want: []string{"REDIS_STREAM", "REDIS_LEASE"}},
		"no authorities": {change: func(c *Config) { c.TLS = tlsfiles.ClientConfig{Enabled: true, CAFile: "nowhere"} }, want: []string{"REDIS_TLS"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := validConfig()
			test.change(&c)
			errs := c.Validate()
			if len(errs) != len(test.want) {
				t.Fatalf("got %v, want %d errors", errs, len(test.want))
			}
			for i, err := range errs {
				if !strings.Contains(err.Error(), test.want[i]) {
					t.Errorf("got %q, want it to contain %q", err, test.want[i])
				}
			}
		})
	}
}

func TestConfig_options(t *testing.T) {
	c := validConfig()
	c.Username, c.Password, c.DB = "user", "password", 3
	o, err := c.options()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.Addrs, []string{"127.0.0.1:1"}) || o.Username != "user" || o.Password != "password" || o.DB != 3 ||
		o.TLSConfig != nil || o.IsClusterMode || o.MasterName != "" {
		t.Errorf("got %+v", o)
	}
	if o.MaxRetries != -1 || !o.ContextTimeoutEnabled {
		t.Errorf("commands are sent again, or contexts are ignored: %+v", o)
	}
	c.Host = "::1"
	c.TLS = tlsfiles.ClientConfig{Enabled: true, ServerName: "redis.example"}
	if o, err = c.options(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.Addrs, []string{"[::1]:1"}) || o.TLSConfig == nil || o.TLSConfig.ServerName != "redis.example" {
		t.Errorf("got %+v", o)
	}
	c.Addrs, c.SentinelMaster, c.SentinelPassword = []string{"a:1", "b:1"}, "main", "other"
	if o, err = c.options(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.Addrs, c.Addrs) || o.MasterName != "main" || o.SentinelPassword != "other" {
		t.Errorf("got %+v", o)
	}
	if s := c.server(); s != "main (sentinels a:1,b:1)" {
		t.Errorf("got server %q", s)
	}
	c.TLS.CAFile = "nowhere"
	if _, err := Open(t.Context(), Options{Config: c}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v, want an error about the file", err)
	}
}

// serverError is an error response of the server.
type serverError string

func (e serverError) Error() string { return string(e) }
func (serverError) RedisError()     {}

var _ redis.Error = serverError("")

func TestBroker_wrapError(t *testing.T) {
	b := &Broker{server: "redis:6379"}
	if err := b.wrapError(t.Context(), nil, "read"); err != nil {
		t.Errorf("got %v for nil", err)
	}
	for response, want := range map[string]string{
		"WRONGTYPE Operation against a key": "read stream s on Redis redis:6379: WRONGTYPE Operation against a key (the key holds",
		"NOAUTH Authentication required.":   "(set REDIS_PASSWORD)",
		"WRONGPASS invalid":                 "(check REDIS_USERNAME and REDIS_PASSWORD)",
		"OOM command not allowed":           "(the server's maxmemory is reached)",
		"ERR something else":                "redis:6379: ERR something else",
	} {
		err := b.wrapError(t.Context(), serverError(response), "read stream %s", "s")
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to contain %q", err, want)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.wrapError(cancelled, errors.New("i/o timeout"), "read"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error in it", err)
	}
	if !groupIsLost(errors.Join(b.wrapError(t.Context(), serverError("NOGROUP No such key"), "read"), nil)) {
		t.Error("a lost group is not recognized")
	}
	if groupIsLost(serverError("OOM")) || !noSuchKey(serverError("ERR no such key")) {
		t.Error("errors are confused")
	}
}

// TestOpen_unreachable opens a broker without a server.
func TestOpen_unreachable(t *testing.T) {
	c := validConfig()
	c.Password = "secret-password"
	b, err := Open(t.Context(), Options{Config: c, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p := b.Publisher()
	event, err := events.New(events.Meta{ID: "event-1"}, inventory.StockCreated{ProductID: "product-1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Publish": p.Publish(t.Context(), event), "Ping": p.(events.Pinger).Ping(t.Context()), "Scan": b.Scan(t.Context(), nil),
		"Tail": b.Tail(t.Context(), nil), "ReplayDeadLetter": b.ReplayDeadLetter(t.Context(), "1-0"),
	} {
		if err == nil || !strings.Contains(err.Error(), "on Redis 127.0.0.1:1: ") || strings.Contains(err.Error(), c.Password) {
			t.Errorf("%s: got %v, want an error with the address and without the password", name, err)
		}
	}
	if err := p.Publish(t.Context(), events.Event{}); err == nil || !strings.Contains(err.Error(), "no document") {
		t.Errorf("got %v for an event without document", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- b.Subscriber().Subscribe(ctx, events.Subscription{
			Group: "group", Handler: func(context.Context, events.Event) error { return nil },
		})
	}()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Subscribe: got %v", err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.Groups(t.Context()); !errors.Is(err, events.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
