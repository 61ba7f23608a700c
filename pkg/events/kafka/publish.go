package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
)

const (
	publishLimit = 10 * time.Second // for one batch, unless the caller's context ends earlier
	// deliveryLimit is for a record that no server has accepted. It is shorter
	// than publishLimit, so that the client returns its own error with the reason.
	deliveryLimit = 8 * time.Second
	pingLimit     = 5 * time.Second
)

// errTooSlow is the cause of a context that reached a limit of the adapter.
var errTooSlow = errors.New("Kafka did not respond in time") //nolint:staticcheck // a name

// ping asks any server for its version.
func (b *Broker) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pingLimit, errTooSlow)
	defer cancel()
	if err := b.client.Ping(ctx); err != nil {
		return fmt.Errorf("ping Kafka: %w", b.dialErrors.explain(err))
	}
	return nil
}

// publish hands the events to all groups, or to one. It gives up after
// publishLimit.
func (b *Broker) publish(ctx context.Context, p *producer, onlyGroup string, list []events.Event) error {
	if len(list) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	if err := p.produce(ctx, b.config.eventRecords(list, onlyGroup)); err != nil {
		return fmt.Errorf("publish %d events to %s: %w", len(list), b.config.Topic, err)
	}
	return nil
}

// producer publishes records. After a failure it creates a new client: the old
// one might still send the failed records, after their repetition.
type producer struct {
	broker  *Broker
	token   chan struct{} // has one token, whose owner may use current: a mutex that respects contexts
	current *connection   // nil until it is needed, and after a failure
}

// closeConnection closes the client. No call may be running. A second call does
// nothing.
func (p *producer) closeConnection() {
	<-p.token
	defer func() { p.token <- struct{}{} }()
	if p.current != nil {
		p.current.closeClient()
		p.current = nil
	}
}

// produce returns nil when all records are stored in all in-sync replicas. After
// an error none of them is sent any more.
func (p *producer) produce(ctx context.Context, records []*kgo.Record) error {
	ctx, cancel := context.WithTimeoutCause(ctx, publishLimit, errTooSlow)
	defer cancel()
	c, err := p.openConnection(ctx)
	if err != nil {
		return err
	}
	// No record of a batch is sent if one is too large. The next client reads the
	// limits again, because an operator may raise them.
	if err = c.checkSizes(records); err == nil {
		err = c.produce(ctx, records)
	}
	if err == nil {
		return nil
	}
	<-p.token
	if p.current == c {
		p.current = nil
	}
	p.token <- struct{}{}
	c.closeClient()
	return c.dialErrors.explain(err)
}

// openConnection returns the current client, or a new one, once the topics exist.
func (p *producer) openConnection(ctx context.Context) (*connection, error) {
	select {
	case <-p.token:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { p.token <- struct{}{} }()
	if p.current != nil {
		return p.current, nil
	}
	b := p.broker
	stream, err := b.prepareTopic(ctx)
	if err != nil {
		return nil, err
	}
	limits := map[string]int32{b.config.Topic: stream.batchBytes}
	letters, err := b.prepareLetters(ctx, stream)
	switch {
	case err == nil:
		limits[b.config.deadLetterTopic()] = letters.batchBytes
	case errors.Is(err, errTopicMissing), errors.Is(err, kerr.TopicAuthorizationFailed):
		// A publisher does not need it. A dead letter fails and is tried again.
	default:
		return nil, err
	}
	c := &connection{limits: limits, dialErrors: &dialErrors{}}
	c.client, err = b.connect(
		c.dialErrors,
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), // like Kafka's own client: a hash of the key
		kgo.ProducerLinger(0),                                // the relay gathers events already
		kgo.RecordDeliveryTimeout(deliveryLimit),
		kgo.ProducerBatchMaxBytesFn(c.limit),
	)
	if err != nil {
		return nil, err
	}
	p.current = c
	return c, nil
}

// connection is a client that produces, until its first failure.
type connection struct {
	client     *kgo.Client
	limits     map[string]int32 // bytes of a batch, by topic
	dialErrors *dialErrors
	closing    sync.Once
}

func (c *connection) limit(name string) int32 {
	if n, ok := c.limits[name]; ok {
		return n
	}
	return defaultBatchBytes
}

// closeClient drops the records that were not sent. It may be called more than
// once.
func (c *connection) closeClient() { c.closing.Do(c.client.Close) }

// checkSizes returns an error if a record is too large: Kafka would store the
// records after it without it.
func (c *connection) checkSizes(records []*kgo.Record) error {
	for _, r := range records {
		if size, limit := recordSize(r), int(c.limit(r.Topic)); size > limit {
			return fmt.Errorf("%w: a record of key %q has %d bytes, and topic %s takes %d",
				kerr.MessageTooLarge, r.Key, size, r.Topic, limit)
		}
	}
	return nil
}

func (c *connection) produce(ctx context.Context, records []*kgo.Record) error {
	var (
		mu      sync.Mutex
		failure error
		wait    sync.WaitGroup
		failed  = make(chan struct{}, 1)
	)
	promise := func(_ *kgo.Record, err error) {
		defer wait.Done()
		if err == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if failure == nil || lacksReason(failure) && !lacksReason(err) {
			failure = err
		}
		select {
		case failed <- struct{}{}:
		default:
		}
	}
	wait.Add(len(records))
	for _, r := range records {
		c.client.Produce(ctx, r, promise)
	}
	done := make(chan struct{})
	go func() {
		wait.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-failed:
		c.closeClient() // before later records overtake the failed one
		<-done
	case <-ctx.Done():
		c.closeClient()
		<-done
	}
	if failure == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && lacksReason(failure) {
		return cause
	}
	return failure
}
