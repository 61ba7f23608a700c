package events

import (
	"context"
	"errors"
	"time"
)

// Inspector has the operations of operators on a broker: they read its events,
// the lag of its groups and its dead letters, and publish events again. It is
// safe for concurrent use. The broker "none" has none.
type Inspector interface {
	// Scan calls each for the events that are in the stream now, in their order,
	// until each returns an error, which it returns. It leaves out records that
	// are not events.
	Scan(ctx context.Context, each func(Event) error) error

	// KeptSince returns the time from which on the broker has every event that
	// was created and acknowledged, unless it lost events. Zero means that it has
	// never trimmed an event.
	KeptSince(ctx context.Context) (time.Time, error)

	// Tail calls each for the events that are published from now on, until ctx
	// ends, then returns nil, or until each returns an error, which it returns.
	// It reads without a consumer group and acknowledges nothing.
	Tail(ctx context.Context, each func(Event) error) error

	// Republish adds the events to the end of the stream again, in their order,
	// for one group, or for all groups if group is empty.
	Republish(ctx context.Context, group string, list []Event) error

	// DeadLetters returns the dead letters after the one with the id after, limit
	// at most, oldest first. An empty id means from the beginning.
	DeadLetters(ctx context.Context, after string, limit int) ([]StoredDeadLetter, error)

	// DeadLetter returns one dead letter, or ErrNoDeadLetter if it does not
	// exist.
	DeadLetter(ctx context.Context, id string) (StoredDeadLetter, error)

	// ReplayDeadLetter republishes the event of a dead letter for the group that
	// could not handle it, and then removes the dead letter. After a crash
	// between the two steps the dead letter still exists. It returns
	// ErrNoDeadLetter if the dead letter does not exist, and ErrMalformed if its
	// document is not an event.
	ReplayDeadLetter(ctx context.Context, id string) error

	// DiscardDeadLetter removes a dead letter for ever, also one that is not an
	// event, and returns it. It returns ErrNoDeadLetter if the dead letter does
	// not exist. With any other error of the removal it returns the dead letter,
	// too, which then may be removed or not. A concurrent replay may have
	// republished the event.
	DiscardDeadLetter(ctx context.Context, id string) (StoredDeadLetter, error)

	// Groups returns the consumer groups by name.
	Groups(ctx context.Context) ([]Group, error)
}

// Group is the state of a consumer group.
type Group struct {
	Name    string
	Members int   // connected now, as the broker counts them
	Lag     int64 // events of the stream that the group has not acknowledged
}

// StoredDeadLetter is a dead letter in a broker.
type StoredDeadLetter struct {
	DeadLetter
	ID      string // within the broker; opaque
	EventID string // empty if the document is not an event
}

// ErrNoDeadLetter is in the chain of errors about a dead letter that does not
// exist, or no longer exists.
var ErrNoDeadLetter = errors.New("no such dead letter")
