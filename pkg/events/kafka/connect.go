package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const (
	clientID    = "inventory"
	dialTimeout = 3 * time.Second
	// metadataMinAge is the shortest time between two requests for the places of
	// the partitions: the delay until a client uses partitions that are back.
	metadataMinAge = 250 * time.Millisecond
	metadataMaxAge = time.Minute
)

// connect returns a client of the cluster, which the caller must close. It does
// not open a connection yet.
func (b *Broker) connect(t *dialErrors, more ...kgo.Opt) (*kgo.Client, error) {
	c := b.config
	seeds := make([]string, len(c.Brokers))
	for i, s := range c.Brokers {
		seeds[i] = strings.TrimSpace(s)
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(seeds...),
		kgo.ClientID(clientID),
		kgo.DialTimeout(dialTimeout),
		kgo.MetadataMinAge(metadataMinAge),
		kgo.MetadataMaxAge(metadataMaxAge),
		kgo.DisableClientMetrics(),
		kgo.WithLogger(clientLog{b.logger}),
		kgo.WithHooks(t),
	}
	security, err := c.TLS.Load()
	if err != nil {
		return nil, fmt.Errorf("TLS to Kafka: %w", err)
	}
	if security != nil {
		opts = append(opts, kgo.DialTLSConfig(security))
	}
	switch c.SASLMechanism {
	case saslPlain:
		opts = append(opts, kgo.SASL(plain.Auth{User: c.Username, Pass: c.Password}.AsMechanism()))
	case saslSCRAM256:
		opts = append(opts, kgo.SASL(scram.Auth{User: c.Username, Pass: c.Password}.AsSha256Mechanism()))
	case saslSCRAM512:
		opts = append(opts, kgo.SASL(scram.Auth{User: c.Username, Pass: c.Password}.AsSha512Mechanism()))
	}
	client, err := kgo.NewClient(append(opts, more...)...)
	if err != nil {
		return nil, fmt.Errorf("configure the client for %s: %w", strings.Join(seeds, ", "), err)
	}
	return client, nil
}

// dialErrors is a hook that records the error of the last connection, which
// explains errors that only mention a timeout.
type dialErrors struct {
	mu   sync.Mutex
	last error
}

// OnBrokerConnect implements kgo.HookBrokerConnect.
func (t *dialErrors) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if errors.Is(err, context.Canceled) {
		return // the caller gave up
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = err
}

// explain adds the error of the last connection to an error without a reason.
func (t *dialErrors) explain(err error) error {
	t.mu.Lock()
	last := t.last
	t.mu.Unlock()
	if last == nil || !lacksReason(err) || errors.Is(err, last) {
		return err
	}
	return fmt.Errorf("%w (last connection: %w)", err, last)
}

// lacksReason reports whether err says that an operation failed, but not why.
func lacksReason(err error) bool {
	for _, v := range []error{
		context.Canceled, context.DeadlineExceeded, errTooSlow,
		kgo.ErrRecordTimeout, kgo.ErrRecordRetries, kgo.ErrClientClosed,
	} {
		if errors.Is(err, v) {
			return true
		}
	}
	return false
}

// clientLog logs the client's warnings at level debug. The client warns of each
// attempt; calls and polls return the same errors, and the adapter logs them once
// per outage.
type clientLog struct{ logger *slog.Logger }

// Level implements kgo.Logger.
func (clientLog) Level() kgo.LogLevel { return kgo.LogLevelWarn }

// Log implements kgo.Logger.
func (l clientLog) Log(_ kgo.LogLevel, message string, keyvals ...any) {
	l.logger.Debug("kafka client", slog.String("message", message), slog.String("details", fmt.Sprint(keyvals...)))
}
