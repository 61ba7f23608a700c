// Package broker opens the message broker that the configuration names. It is
// the only package that knows all adapters.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
	"inventory.example/pkg/events/kafka"
	"inventory.example/pkg/events/redisstream"
)

// The values of MESSAGE_BROKER.
const (
	Embedded = "embedded" // a log in one SQLite file, for one process
	Redis    = "redis"
	Kafka    = "kafka"
	None     = "none" // events stay in their tables
)

// Config is the configuration of the broker.
type Config struct {
	Name       string        `env:"MESSAGE_BROKER, default=embedded"`
	SQLitePath string        `env:"BROKER_SQLITE_PATH, default=data/broker.db"`
	Retention  time.Duration `env:"BROKER_RETENTION, default=168h"`

	Redis redisstream.Config
	Kafka kafka.Config
}

// DefaultConfig returns the configuration of the broker with this name, such as
// Redis, with the defaults of the variables.
func DefaultConfig(name string) Config {
	return Config{
		Name: name, SQLitePath: "data/broker.db", Retention: 7 * 24 * time.Hour,
		Redis: redisstream.DefaultConfig(), Kafka: kafka.DefaultConfig(),
	}
}

// minRetention keeps a duration without its unit from emptying the log.
const minRetention = time.Minute

// Validate returns one error for each invalid field of the named broker. It
// ignores the configuration of the other brokers.
func (c Config) Validate() []error {
	var errs []error
	switch c.Name {
	case None:
	case Embedded:
		if c.SQLitePath == "" {
			errs = append(errs, errors.New("BROKER_SQLITE_PATH: is required for the embedded broker"))
		}
	case Redis:
		errs = append(errs, c.Redis.Validate()...)
	case Kafka:
		errs = append(errs, c.Kafka.Validate()...)
	default:
		errs = append(errs, fmt.Errorf("MESSAGE_BROKER: %q is unknown; use %s, %s, %s or %s", c.Name, Redis, Kafka, Embedded, None))
	}
	if (c.Name == Embedded || c.Name == Redis) && c.Retention < minRetention {
		errs = append(errs, fmt.Errorf("BROKER_RETENTION: %s is too short; at least %s", c.Retention, minRetention))
	}
	return errs
}

// Broker is an open broker.
type Broker struct {
	Name       string
	Publisher  events.Publisher
	Subscriber events.Subscriber
	Inspector  events.Inspector // nil if no broker is configured
	measurable measurable       // nil if it has no metrics of its own
	close      func() error
}

// Open opens the broker that cfg names. The caller must Close it, after all users
// of its publisher and subscriber have stopped.
func Open(ctx context.Context, cfg Config, c clock.Clock, logger *slog.Logger) (*Broker, error) {
	if errs := cfg.Validate(); len(errs) > 0 {
		return nil, fmt.Errorf("configuration of the broker: %w", errors.Join(errs...))
	}
	if cfg.Name == None {
		return &Broker{
			Name: None, Publisher: newNoPublisher(), Subscriber: newNoSubscriber(),
			close: func() error { return nil },
		}, nil
	}
	a, err := openAdapter(ctx, cfg, c, logger)
	if err != nil {
		return nil, err
	}
	inspector, _ := a.(events.Inspector)
	own, _ := a.(measurable)
	return &Broker{
		Name: cfg.Name, Publisher: a.Publisher(), Subscriber: a.Subscriber(), Inspector: inspector, measurable: own, close: a.Close,
	}, nil
}

// backend is the value that the Open of each adapter returns.
type backend interface {
	Publisher() events.Publisher
	Subscriber() events.Subscriber
	Close() error
}

func openAdapter(ctx context.Context, cfg Config, c clock.Clock, logger *slog.Logger) (backend, error) {
	switch cfg.Name {
	case Redis:
		return redisstream.Open(ctx, redisstream.Options{
			Config: cfg.Redis, Retention: cfg.Retention, Clock: c, Logger: logger,
		})
	case Kafka:
		return kafka.Open(ctx, kafka.Options{Config: cfg.Kafka, Clock: c, Logger: logger})
	default:
		return embedded.Open(ctx, embedded.Options{
			Path: cfg.SQLitePath, Retention: cfg.Retention, Clock: c, Logger: logger,
		})
	}
}

// Pinger returns the pinger of the broker; nil if no broker is configured.
func (b *Broker) Pinger() events.Pinger {
	pinger, _ := b.Publisher.(events.Pinger)
	return pinger
}

// Close closes the subscriber, which waits for its handlers, then the
// publisher, then the broker.
func (b *Broker) Close() error {
	return errors.Join(b.Subscriber.Close(), b.Publisher.Close(), b.close())
}
