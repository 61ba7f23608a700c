package broker_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func load(t *testing.T, env map[string]string) broker.Config {
	t.Helper()
	var cfg broker.Config
	if err := envconfig.ProcessWith(t.Context(), &envconfig.Config{
		Target: &cfg, Lookuper: envconfig.MapLookuper(env),
	}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestConfig_Defaults(t *testing.T) {
	got := load(t, nil)
	if got.Name != "embedded" || got.SQLitePath != "data/broker.db" || got.Retention != 7*24*time.Hour {
		t.Errorf("got %+v", got)
	}
	if want := broker.DefaultConfig(broker.Embedded); !reflect.DeepEqual(got, want) {
		t.Errorf("without variables: got %+v, want DefaultConfig, %+v", got, want)
	}
	for _, name := range []string{broker.Embedded, broker.Redis, broker.Kafka, broker.None} {
		if errs := broker.DefaultConfig(name).Validate(); len(errs) > 0 {
			t.Errorf("the defaults of %s are refused: %v", name, errs)
		}
	}
}

func TestConfig_Validate(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		want []string // parts of the errors, one each
	}{
		"none needs nothing else": {env: map[string]string{"MESSAGE_BROKER": "none", "BROKER_RETENTION": "1s"}},
		"redis by its defaults":   {env: map[string]string{"MESSAGE_BROKER": "redis", "BROKER_SQLITE_PATH": ""}},
		"kafka by its defaults":   {env: map[string]string{"MESSAGE_BROKER": "kafka", "BROKER_RETENTION": "1s"}},
		"redis": {
			env: map[string]string{
				"MESSAGE_BROKER": "redis", "BROKER_RETENTION": "1s", "REDIS_PORT": "-1", "REDIS_TLS_CA_FILE": "ca.pem", "KAFKA_PARTITIONS": "0",
			},
			want: []string{"REDIS_PORT", "REDIS_TLS", "BROKER_RETENTION"},
		},
		"kafka": {
			env: map[string]string{
				"MESSAGE_BROKER": "kafka", "KAFKA_PARTITIONS": "0", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_TLS_CA_FILE": "ca.pem", "REDIS_PORT": "-1",
			},
			want: []string{"KAFKA_PARTITIONS", "KAFKA_SASL_MECHANISM", "KAFKA_TLS"},
		},
		"the others' variables": {env: map[string]string{"REDIS_PORT": "-1", "KAFKA_PARTITIONS": "0"}},
		"unknown":               {env: map[string]string{"MESSAGE_BROKER": "rabbit"}, want: []string{`"rabbit" is unknown`}},
		"everything at once": {
			env:  map[string]string{"BROKER_SQLITE_PATH": "", "BROKER_RETENTION": "1s"},
			want: []string{"BROKER_SQLITE_PATH", "BROKER_RETENTION"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			errs := load(t, test.env).Validate()
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

func TestOpen_refuses(t *testing.T) {
	_, err := broker.Open(t.Context(), broker.Config{Name: "kafka"}, clock.System{}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "KAFKA_BROKERS") {
		t.Errorf("got %v", err)
	}
}

func TestOpen_Embedded(t *testing.T) {
	cfg := broker.Config{
		Name: broker.Embedded, SQLitePath: filepath.Join(t.TempDir(), "broker.db"), Retention: time.Hour,
	}
	b := open(t, cfg)
	if b.Name != broker.Embedded {
		t.Errorf("got name %q", b.Name)
	}
	event, err := events.New(events.Meta{ID: "event-1"}, inventory.StockCreated{ProductID: "product-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Publisher.Publish(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	ended := subscribe(t.Context(), b, func(_ context.Context, e events.Event) error {
		got <- e.ID
		return nil
	})
	if id := <-got; id != "event-1" {
		t.Errorf("got event %q", id)
	}
	held := ""
	if err := b.Inspector.Scan(t.Context(), func(e events.Event) error { held += e.ID; return nil }); err != nil || held != "event-1" {
		t.Errorf("Scan: got %q, %v", held, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Subscribe returned %v", err)
	}
}

func TestOpen_None(t *testing.T) {
	b := open(t, broker.Config{Name: broker.None})
	if err := b.Publisher.PublishBatch(t.Context(), nil); !errors.Is(err, events.ErrNoBroker) {
		t.Errorf("PublishBatch: got %v, want ErrNoBroker", err)
	}
	if b.Inspector != nil {
		t.Error("there is nothing that could be inspected")
	}
	if _, ok := b.Publisher.(events.Pinger); ok {
		t.Error("there is no broker that could answer a ping")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Publisher.Publish(cancelled, events.Event{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish: got %v, want the context's error", err)
	}
	never := func(context.Context, events.Event) error {
		t.Error("an event out of nowhere")
		return nil
	}
	if err := <-subscribe(cancelled, b, never); err != nil {
		t.Errorf("Subscribe: got %v", err)
	}
	ended := subscribe(t.Context(), b, never)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil && !errors.Is(err, events.ErrClosed) { // closed before or after it began
		t.Errorf("Subscribe: got %v", err)
	}
	if err := b.Publisher.Publish(t.Context(), events.Event{}); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Publish on a closed publisher: got %v", err)
	}
	if err := <-subscribe(t.Context(), b, never); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Subscribe on a closed subscriber: got %v", err)
	}
}

func open(t *testing.T, cfg broker.Config) *broker.Broker {
	t.Helper()
	b, err := broker.Open(t.Context(), cfg, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func subscribe(ctx context.Context, b *broker.Broker, handler events.Handler) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- b.Subscriber.Subscribe(ctx, events.Subscription{Group: "group", Handler: handler}) }()
	return ended
}
