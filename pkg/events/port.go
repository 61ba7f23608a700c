package events

import (
	"context"
	"errors"
	"time"
)

// Publisher hands events to a broker. It is safe for concurrent use.
type Publisher interface {
	// Publish is PublishBatch with one event.
	Publish(ctx context.Context, event Event) error

	// PublishBatch hands the events to the broker in their order. A nil error
	// means that the broker has acknowledged and stored every one of them. On
	// an error some may have been stored, and the caller sends all again: the
	// same event may be published more than once, and within an ordering key a
	// repetition starts at or before the first event that was not
	// acknowledged. ErrNoBroker means that nobody is there to take events.
	PublishBatch(ctx context.Context, events []Event) error

	// Close ends the publisher after the calls under way; later calls fail
	// with ErrClosed. A second Close does nothing.
	Close() error
}

// Pinger is implemented by publishers that can tell whether their broker
// answers without publishing anything.
type Pinger interface {
	// Ping returns nil when the broker answers.
	Ping(ctx context.Context) error
}

// Subscriber delivers events to consumer groups. It is safe for concurrent
// use.
type Subscriber interface {
	// Subscribe delivers to subscription.Handler until ctx ends, then returns
	// nil once no handler runs any more. Each group gets every event of the
	// stream, from its beginning when the group is new, otherwise from where
	// it stopped; the members of a group share the work. An event is
	// acknowledged after its handler returned nil or it became a dead letter.
	// Events that were being handled when the process died are delivered
	// again. An error means that the subscription could not be served at all;
	// an outage of the broker is waited out, not returned.
	Subscribe(ctx context.Context, subscription Subscription) error

	// Close ends the subscriber; running subscriptions return. A second Close
	// does nothing.
	Close() error
}

// Handler does what an event asks for. It may be called more than once for the
// same event, and concurrently for different ordering keys, never for one key.
// Nil acknowledges the event; an error that Temporary made is tried again
// without end; any other error is tried again a bounded number of times, then
// the event becomes a dead letter.
type Handler func(ctx context.Context, event Event) error

// Subscription says who listens to what. Group and Handler are required.
type Subscription struct {
	Group   string // consumer group
	Member  string // this member's name, unique within the group
	Types   []Type // what Handler wants; others are acknowledged unseen. Empty: all
	Handler Handler
	Retry   Retry
	// Observe, which may be nil, is told what becomes of the group's events,
	// for metrics. It is called concurrently.
	Observe func(Outcome)
}

// Outcome is what a subscription's Observe is told about one event.
type Outcome string

// The outcomes. Each delivery ends as Handled or Buried, unless the member
// ends first.
const (
	Handled     Outcome = "handled"     // the handler returned nil
	Retried     Outcome = "retried"     // an attempt failed and another one follows
	Redelivered Outcome = "redelivered" // it was delivered before, to a member that did not acknowledge it
	Buried      Outcome = "buried"      // it became a dead letter
)

// Retry bounds how often a failing event is tried. Zero fields take the
// defaults.
type Retry struct {
	MaxAttempts int           // attempts before an event becomes a dead letter; default 5
	MinBackoff  time.Duration // before the second attempt, then doubled; default 50 ms
	MaxBackoff  time.Duration // default 5 s
	// Wait waits for d or until ctx ends, then returns its error. Default: a
	// timer of the machine.
	Wait func(ctx context.Context, d time.Duration) error
}

// Errors of the ports.
var (
	// ErrNoBroker is returned by the publisher of MESSAGE_BROKER=none: events
	// stay in their table until a broker is configured.
	ErrNoBroker = errors.New("no message broker is configured")
	// ErrClosed is returned by calls on a closed publisher or subscriber.
	ErrClosed = errors.New("closed")
)

// Temporary marks err as one that passes by itself, such as a service that
// does not answer: the event waits, and is never a dead letter because of it.
// It returns nil for nil.
func Temporary(err error) error {
	if err == nil {
		return nil
	}
	return &temporaryError{err}
}

// IsTemporary reports whether Temporary made an error of err's chain.
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
