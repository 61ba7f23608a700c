package embedded_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

var errEnough = errors.New("enough")

// follow tails b until count events came, then ends with errEnough. It returns
// once the tail has begun: it has seen an event that was published for that.
func follow(t *testing.T, b *broker, count int) (versions <-chan int64, ended <-chan error) {
	t.Helper()
	const probe = -1
	seen, end, begun := make(chan int64, count), make(chan error, 1), make(chan struct{})
	go func() {
		probing := true
		end <- b.Tail(t.Context(), func(e events.Event) error {
			switch {
			case e.Version == probe && probing:
				probing = false
				close(begun)
			case e.Version != probe:
				seen <- e.Version
				if count--; count == 0 {
					return errEnough
				}
			}
			return nil
		})
	}()
	for {
		select {
		case <-begun:
			return seen, end
		default:
			publish(t, b, probe, 1)
		}
	}
}

func TestBroker_Tail(t *testing.T) {
	tests := map[string]embedded.Options{"from memory": {}, "mostly from the log": {TailLength: 3}}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			b := open(t, options)
			publish(t, b, 900, 2) // before it began
			versions, ended := follow(t, b, 1200)
			publish(t, b, 1, 600)
			if err := b.Republish(t.Context(), "somebody", numbered(700, 1)); err != nil {
				t.Fatal(err)
			}
			if err := b.Republish(t.Context(), "", numbered(601, 600)); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !errors.Is(err, errEnough) {
				t.Errorf("got %v, want the error of each", err)
			}
			var got []int64
			for range 1200 {
				got = append(got, <-versions)
			}
			expectRange(t, got, 1, 1200)
		})
	}
}

func TestBroker_TailEnds(t *testing.T) {
	b := open(t, embedded.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	each := func(events.Event) error { return nil }
	go func() { ended <- b.Tail(ctx, each) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v at the end of its context", err)
	}
	go func() { ended <- b.Tail(t.Context(), each) }()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, events.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestBroker_Republish(t *testing.T) {
	b := open(t, embedded.Options{})
	publish(t, b, 1, 3)
	expectConsumed(t, consume(t, b, true, 3), 1, 2, 3)
	for _, step := range []struct {
		group string
		list  []events.Event
	}{{"group", numbered(1, 2)}, {"", numbered(4, 1)}, {"", nil}} {
		if err := b.Republish(t.Context(), step.group, step.list); err != nil {
			t.Fatal(err)
		}
	}
	b.Restart(t)
	expectConsumed(t, consume(t, b, true, 4), 1, 2, 4)
	expectRange(t, receive(t, b, "other", 4), 1, 4)
	expectRange(t, scan(t, b), 1, 4)
}

func TestBroker_Groups(t *testing.T) {
	b := open(t, embedded.Options{})
	if groups, err := b.Groups(t.Context()); err != nil || len(groups) > 0 {
		t.Errorf("got %+v and %v before there is one", groups, err)
	}
	publish(t, b, 1, 3)
	receive(t, b, "second", 3)
	expectConsumed(t, consume(t, b, true, 3), 1, 2, 3)
	publish(t, b, 4, 2)
	handling, handled := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- b.Subscriber(t).Subscribe(ctx, events.Subscription{
			Group: "first", Member: "one", Handler: func(context.Context, events.Event) error {
				select {
				case handling <- struct{}{}:
				case <-handled:
				}
				return nil
			},
		})
	}()
	<-handling
	groups, err := b.Groups(t.Context())
	want := []events.Group{{Name: "first", Members: 1, Lag: 5}, {Name: "group", Lag: 2}, {Name: "second", Lag: 2}}
	if err != nil || !slices.Equal(groups, want) {
		t.Errorf("got %+v and %v, want %+v", groups, err, want)
	}
	close(handled)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if groups, err = b.Groups(t.Context()); err != nil || len(groups) != 3 || groups[0].Members != 0 {
		t.Errorf("got %+v and %v after its member left", groups, err)
	}
}
