// Package broker opens the message broker that the configuration names. It is
// the only package that knows all adapters.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// The values of MESSAGE_BROKER.
const (
	Embedded = "embedded" // a log in one SQLite file, for one process
	Redis    = "redis"
	Kafka    = "kafka"
	None     = "none" // events stay in their tables
)

// Config says which broker to open.
type Config struct {
	Name       string        `env:"MESSAGE_BROKER, default=embedded"`
	SQLitePath string        `env:"BROKER_SQLITE_PATH, default=data/broker.db"`
	Retention  time.Duration `env:"BROKER_RETENTION, default=168h"`
}

// minRetention keeps a unit that was forgotten from emptying the log.
const minRetention = time.Minute

// Validate returns everything that is wrong with the configuration.
func (c Config) Validate() []error {
	var errs []error
	names := []string{Embedded, None}
	switch {
	case slices.Contains(names, c.Name):
	case c.Name == Redis || c.Name == Kafka:
		errs = append(errs, fmt.Errorf("MESSAGE_BROKER: %s is not part of this release; use %s",
			c.Name, strings.Join(names, " or ")))
	default:
		errs = append(errs, fmt.Errorf("MESSAGE_BROKER: %q is unknown; use %s", c.Name, strings.Join(names, " or ")))
	}
	if c.Name != Embedded {
		return errs
	}
	if c.SQLitePath == "" {
		errs = append(errs, errors.New("BROKER_SQLITE_PATH: is required for the embedded broker"))
	}
	if c.Retention < minRetention {
		errs = append(errs, fmt.Errorf("BROKER_RETENTION: %s is too short; at least %s", c.Retention, minRetention))
	}
	return errs
}

// Broker is an open broker.
type Broker struct {
	Name       string
	Publisher  events.Publisher
	Subscriber events.Subscriber
	Scanner    Scanner // nil when what the broker holds cannot be read
	close      func() error
}

// Scanner reads what a broker holds, for the audit.
type Scanner interface {
	// Scan calls each for the events that the broker holds now, until each
	// returns an error, which it returns.
	Scan(ctx context.Context, each func(events.Event) error) error
	// KeptSince returns the time from which on it holds every event that was
	// made and acknowledged; zero: it holds all that ever were.
	KeptSince(ctx context.Context) (time.Time, error)
}

// Open opens the broker that cfg names. The caller must Close it, after all who
// use its publisher and subscriber have stopped.
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
	b, err := embedded.Open(ctx, embedded.Options{
		Path: cfg.SQLitePath, Retention: cfg.Retention, Clock: c, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	return &Broker{Name: Embedded, Publisher: b.Publisher(), Subscriber: b.Subscriber(), Scanner: b, close: b.Close}, nil
}

// Close closes the subscriber, which waits for its handlers, then the
// publisher, then the broker.
func (b *Broker) Close() error {
	return errors.Join(b.Subscriber.Close(), b.Publisher.Close(), b.close())
}
