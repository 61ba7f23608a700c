package eventstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/events"
)

// Factory returns an empty broker that no other test uses, such as a stream of its
// own on a shared server. It registers the cleanup with t.
type Factory func(t *testing.T) Broker

// Broker is a broker under test.
type Broker interface {
	// Publisher connects a new publisher, as another process would. The suite
	// closes it.
	Publisher(t *testing.T) events.Publisher
	// Subscriber connects a new subscriber, as another process would. The
	// suite closes it.
	Subscriber(t *testing.T) events.Subscriber
	// Inspector connects a new inspector, as another process would. It lives
	// until the end of the test, or until a restart.
	Inspector(t *testing.T) events.Inspector
	// Restart stops the broker and starts it again on the same storage.
	Restart(t *testing.T)
}

// Features names the features that an adapter does not have, in general or in the
// way in which it runs here. The zero value stands for an adapter with all
// features. A test that needs a missing feature is skipped with a reason that
// starts with "unsupported:".
type Features struct {
	// NoRestart: Broker.Restart cannot be called.
	NoRestart bool
	// ClientsEndWithBroker: publishers and subscribers do not survive a
	// restart, because they live in the broker's process.
	ClientsEndWithBroker bool
	// SharedLetters: calls that replay and discard one dead letter at the same
	// time may all succeed.
	SharedLetters bool
	// Timeout bounds each test of the suite; default one minute. It must leave
	// time for another member to take over the events of a dead one.
	Timeout time.Duration
}

// Run is the contract of the ports in package events as a test. It assumes
// nothing about speed and nothing about where the broker runs.
func Run(t *testing.T, factory Factory, features Features) {
	if features.Timeout == 0 {
		features.Timeout = time.Minute
	}
	tests := []struct {
		name string
		run  func(*suite)
	}{
		{"events of a key keep their order", testOrder},
		{"concurrent publishers keep the order of their keys", testConcurrentPublishers},
		{"documents arrive unchanged", testDocuments},
		{"a large batch arrives whole", testLargeBatch},
		{"an empty batch is published at once", testEmptyBatch},
		{"publishing with a cancelled context fails", testCancelledPublish},
		{"a closing publisher stores acknowledged batches", testClosePublisher},
		{"each group sees every event once", testGroups},
		{"a new group starts at the beginning", testNewGroup},
		{"a group continues where it stopped", testResume},
		{"a group continues where it stopped after a restart", testRestart},
		{"clients outlive a restart", testClientsOutliveRestart},
		{"a group gets only the types of its subscription", testTypes},
		{"members share the work", testMembersShare},
		{"a dead member's events go to another", testDeadMember},
		{"a failing event is retried and then becomes a dead letter", testDeadLetter},
		{"an event that succeeds at its last attempt is not a dead letter", testLateSuccess},
		{"a panic is a failed attempt", testPanic},
		{"a temporary error is retried without end", testTemporary},
		{"a dead letter concerns one group", testDeadLetterOfOneGroup},
		{"a discarded dead letter is gone", testDiscard},
		{"a discarded dead letter is gone after a restart", testDiscardRestart},
		{"a dead letter is replayed and discarded at once", testDiscardRace},
		{"the end of the context waits for handlers", testEndWaits},
		{"closing a subscriber waits for handlers", testCloseSubscriber},
		{"a subscription needs a group and a handler", testIncompleteSubscription},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), features.Timeout)
			defer cancel()
			test.run(&suite{T: t, ctx: ctx, broker: factory(t), features: features})
		})
	}
}

// suite is one test of the suite.
type suite struct {
	*testing.T
	ctx      context.Context
	broker   Broker
	features Features
}

// unsupported skips the test if the adapter lacks a feature.
func (s *suite) unsupported(lacks bool, what string) {
	s.Helper()
	if lacks {
		s.Skip("unsupported: " + what)
	}
}

// publisher connects a publisher and closes it with the test.
func (s *suite) publisher() events.Publisher {
	s.Helper()
	p := s.broker.Publisher(s.T)
	s.Cleanup(func() {
		if err := p.Close(); err != nil {
			s.Errorf("close publisher: %v", err)
		}
	})
	return p
}

// subscriber connects a subscriber and closes it with the test.
func (s *suite) subscriber() events.Subscriber {
	s.Helper()
	sub := s.broker.Subscriber(s.T)
	s.Cleanup(func() {
		if err := sub.Close(); err != nil {
			s.Errorf("close subscriber: %v", err)
		}
	})
	return sub
}

func (s *suite) publish(p events.Publisher, list ...events.Event) {
	s.Helper()
	if err := p.PublishBatch(s.ctx, list); err != nil {
		s.Fatalf("publish %d events: %v", len(list), err)
	}
}

func (s *suite) deadLetters() []events.StoredDeadLetter {
	s.Helper()
	letters, err := s.broker.Inspector(s.T).DeadLetters(s.ctx, "", 1000)
	if err != nil {
		s.Fatalf("read dead letters: %v", err)
	}
	return letters
}

// event returns an event of key. Within a key the suite counts versions from 1, so
// that a record detects wrong order and gaps.
func (s *suite) event(key string, version int64) events.Event {
	s.Helper()
	return s.eventOf(key, version, counted{Key: key, StoreID: "MAD-001", Number: version, Text: "restock"})
}

func (s *suite) eventOf(key string, version int64, body events.Body) events.Event {
	s.Helper()
	e, err := events.New(events.Meta{
		ID: fmt.Sprintf("%s/%d", key, version), Version: version,
		At: time.Date(2025, 10, 28, 15, 4, 5, 123_000_000, time.UTC).Add(time.Duration(version) * time.Millisecond),
	}, body)
	if err != nil {
		s.Fatal(err)
	}
	return e
}

// mixed returns events of versions from..to of each key, key after key within a
// version.
func (s *suite) mixed(keys []string, from, to int64) []events.Event {
	s.Helper()
	var list []events.Event
	for version := from; version <= to; version++ {
		for _, key := range keys {
			list = append(list, s.event(key, version))
		}
	}
	return list
}

func keys(prefix string, count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%d", prefix, i+1)
	}
	return list
}
