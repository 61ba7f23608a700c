package events

import (
	"context"
	"errors"
	"time"
)

// Publisher publishes events to a broker. It is safe for concurrent use.
type Publisher interface {
	// Publish is PublishBatch with one event.
	Publish(ctx context.Context, event Event) error

	// PublishBatch publishes the events in their order. A nil error means that
	// the broker has stored and acknowledged all of them. After an error some may
	// be stored, and the caller publishes all of them again. So an event may be
	// published more than once, and within an ordering key a repetition starts
	// at or before the first event that was not acknowledged. ErrNoBroker means
	// that no broker is configured.
	PublishBatch(ctx context.Context, events []Event) error

	// Close waits for running calls; later calls fail with ErrClosed. A second
	// Close does nothing.
	Close() error
}

// Pinger is implemented by publishers that can check their broker without
// publishing an event.
type Pinger interface {
	// Ping returns nil if the broker responds.
	Ping(ctx context.Context) error
}

// Subscriber delivers events to consumer groups. It is safe for concurrent
// use.
type Subscriber interface {
	// Subscribe delivers to subscription.Handler until ctx ends, then returns nil
	// once no handler runs any more. Each group gets every event of the stream: a
	// new group from the beginning, another one from its last acknowledged event.
	// The members of a group share the events. An event is acknowledged after its
	// handler returned nil or it became a dead letter. Events whose handler ran
	// when the process died are delivered again. Subscribe survives an outage of
	// the broker; an error means that the subscription cannot work at all.
	Subscribe(ctx context.Context, subscription Subscription) error

	// Close ends the running subscriptions and waits for their handlers. A second
	// Close does nothing.
	Close() error
}

// Handler handles one event. It may be called more than once for the same event,
// and concurrently for different ordering keys, never for one key. Nil
// acknowledges the event. After an error from Temporary the event is tried again
// without end; after other errors a bounded number of times, and then it becomes
// a dead letter.
type Handler func(ctx context.Context, event Event) error

// Subscription is one member of a consumer group. Group and Handler are required.
type Subscription struct {
	Group   string // consumer group
	Member  string // name of the member, unique within the group
	Types   []Type // that Handler gets; other events are acknowledged without it. Empty: all
	Handler Handler
	Retry   Retry
	// Observe, which may be nil, is called with each outcome, for metrics. Calls
	// are concurrent.
	Observe func(Outcome)
}

// Outcome is the result of a delivery or an attempt.
type Outcome string

// The outcomes. Each delivery ends as Handled or Buried, unless the member stops
// first.
const (
	Handled     Outcome = "handled"     // the handler returned nil
	Retried     Outcome = "retried"     // an attempt failed and another one follows
	Redelivered Outcome = "redelivered" // it was delivered before, to a member that did not acknowledge it
	Buried      Outcome = "buried"      // it became a dead letter
)

// Retry bounds the attempts for a failing event. Zero fields take the defaults.
type Retry struct {
	MaxAttempts int           // attempts before an event becomes a dead letter; default 5
	MinBackoff  time.Duration // before the second attempt, then doubled; default 50 ms
	MaxBackoff  time.Duration // default 5 s
	// Wait waits for d, or until ctx ends, and then returns the error of ctx. The
	// default is a timer of the machine.
	Wait func(ctx context.Context, d time.Duration) error
}

// Errors of the ports.
var (
	// ErrNoBroker is the error of the publisher of MESSAGE_BROKER=none: events
	// stay in their table until a broker is configured.
	ErrNoBroker = errors.New("no message broker is configured")
	// ErrClosed is the error of calls on a closed publisher or subscriber.
	ErrClosed = errors.New("closed")
)

// Temporary marks err as a failure that ends without an operator, such as a
// service that does not respond: the event is tried again, and never becomes a
// dead letter because of it. It returns nil for nil.
func Temporary(err error) error {
	if err == nil {
		return nil
	}
	return &temporaryError{err}
}

// IsTemporary reports whether an error in the chain of err is from Temporary.
func IsTemporary(err error) bool {
	var t *temporaryError
	return errors.As(err, &t)
}

type temporaryError struct{ err error }

func (e *temporaryError) Error() string { return "temporary: " + e.err.Error() }
func (e *temporaryError) Unwrap() error { return e.err }

// DeadLetter is an event that a group could not handle.
type DeadLetter struct {
	Document []byte    // the event as the broker carried it, also when it could not be decoded
	Group    string    //
	Reason   string    // the last error's text
	Attempts int       //
	FailedAt time.Time // UTC
}
