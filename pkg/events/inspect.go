package events

import (
	"context"
	"errors"
	"time"
)

// Inspector is what operators ask of a broker: what it holds, who lags behind,
// what could not be handled, and to hand events out once more. It is safe for
// concurrent use. The broker "none" has none.
type Inspector interface {
	// Scan calls each for the events of the stream that the broker holds now,
	// in their order, until each returns an error, which it returns. Records
	// that are no events are left out.
	Scan(ctx context.Context, each func(Event) error) error

	// KeptSince returns the time from which on the broker, unless it lost
	// something, holds every event that was made and acknowledged; zero: it
	// never trimmed anything, so it holds all that ever were.
	KeptSince(ctx context.Context) (time.Time, error)

	// Tail calls each for the events that are published from now on, until ctx
	// ends, then returns nil, or until each returns an error, which it returns.
	// It belongs to no consumer group and acknowledges nothing.
	Tail(ctx context.Context, each func(Event) error) error

	// Republish puts the events at the end of the stream once more, in their
	// order, for one group only, or for all groups when group is empty.
	Republish(ctx context.Context, group string, list []Event) error

	// DeadLetters returns the dead letters behind the one with the id after,
	// limit at most, oldest first. Empty: from the beginning.
	DeadLetters(ctx context.Context, after string, limit int) ([]StoredDeadLetter, error)

	// DeadLetter returns one; ErrNoDeadLetter when it is not there.
	DeadLetter(ctx context.Context, id string) (StoredDeadLetter, error)

	// ReplayDeadLetter republishes the event of a dead letter for the group
	// that could not handle it and removes the letter. ErrNoDeadLetter when it
	// is not there, ErrMalformed when its document is no event. After a crash
	// between the two the event was republished and the letter is still there.
	ReplayDeadLetter(ctx context.Context, id string) error

	// DiscardDeadLetter removes a dead letter for ever, also one that is no
	// event, and returns it. ErrNoDeadLetter when it is not there. With any
	// other error it returns the letter, too, once it has tried to remove it,
	// which then may be gone. A replay at the same time may have republished
	// the event all the same.
	DiscardDeadLetter(ctx context.Context, id string) (StoredDeadLetter, error)

	// Groups returns the consumer groups by name.
	Groups(ctx context.Context) ([]Group, error)
}

// Group is a consumer group as the broker knows it.
type Group struct {
	Name    string
	Members int   // connected now, as far as the broker can tell
	Lag     int64 // events of the stream that the group has not acknowledged
}

// StoredDeadLetter is a dead letter in a broker.
type StoredDeadLetter struct {
	DeadLetter
	ID      string // within the broker; opaque
	EventID string // empty when the document is no event
}

// ErrNoDeadLetter is in the chain of errors about a dead letter that is not, or
// no more, in the broker.
var ErrNoDeadLetter = errors.New("no such dead letter")
