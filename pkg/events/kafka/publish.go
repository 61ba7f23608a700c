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
	// deliveryLimit is for a record that no server took yet: a little less, so
	// that its error comes from the client, which knows why.
	deliveryLimit = 8 * time.Second
	pingLimit     = 5 * time.Second
)

// errTooSlow is the cause of what the adapter gave up by itself.
var errTooSlow = errors.New("Kafka did not answer in time") //nolint:staticcheck // a name

// ping asks any server for its version.
func (b *Broker) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pingLimit, errTooSlow)
	defer cancel()
	if err := b.client.Ping(ctx); err != nil {
		return fmt.Errorf("ping Kafka: %w", b.trouble.explain(err))
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

// producer hands records to Kafka. After a failure it takes a new client: the
// old one might still send, behind the repetition, what the caller was told has
// failed.
type producer struct {
	broker  *Broker
	turn    chan struct{} // holds a token; who has it may look at current
	current *connection   // nil until it is needed, and after a failure
}

func newProducer(b *Broker) *producer {
	p := &producer{broker: b, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// closeConnection ends the client. No call may be under way any more. A second close does
// nothing.
func (p *producer) closeConnection() {
	<-p.turn
	defer func() { p.turn <- struct{}{} }()
	if p.current != nil {
		p.current.closeClient()
		p.current = nil
	}
}

// produce returns nil when all records are stored in all in-sync replicas. On
// an error none of them is sent any more.
func (p *producer) produce(ctx context.Context, records []*kgo.Record) error {
	ctx, cancel := context.WithTimeoutCause(ctx, publishLimit, errTooSlow)
	defer cancel()
	c, err := p.connection(ctx)
	if err != nil {
		return err
	}
	// Nothing is sent of a batch that does not fit. The next client asks for the
	// limits again, because an operator may raise them.
	if err = c.fits(records); err == nil {
		err = c.produce(ctx, records)
	}
	if err == nil {
		return nil
	}
	<-p.turn
	if p.current == c {
		p.current = nil
	}
	p.turn <- struct{}{}
	c.closeClient()
	return c.trouble.explain(err)
}

// connection returns the present client, or a new one, once the topics are
// there.
func (p *producer) connection(ctx context.Context) (*connection, error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { p.turn <- struct{}{} }()
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
		// A publisher does without. A dead letter will fail and be tried again.
	default:
		return nil, err
	}
	c := &connection{limits: limits, trouble: &trouble{}}
	c.client, err = b.connect(
		c.trouble,
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), // as Kafka's own client: a hash of the key
		kgo.ProducerLinger(0),                                // the relay gathers already
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
	client  *kgo.Client
	limits  map[string]int32 // bytes of a batch, by topic
	trouble *trouble
	closing sync.Once
}

func (c *connection) limit(name string) int32 {
	if n, ok := c.limits[name]; ok {
		return n
	}
	return defaultBatchBytes
}

// close drops what was not sent yet. It may be called more than once.
func (c *connection) closeClient() { c.closing.Do(c.client.Close) }

// fits refuses a record that is too large before anything is sent, because the
// records behind it would be stored and it would not.
func (c *connection) fits(records []*kgo.Record) error {
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
		if failure == nil || vague(failure) && !vague(err) {
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
		c.closeClient() // before more of the batch overtakes what failed
		<-done
	case <-ctx.Done():
		c.closeClient()
		<-done
	}
	if failure == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && vague(failure) {
		return cause
	}
	return failure
}
