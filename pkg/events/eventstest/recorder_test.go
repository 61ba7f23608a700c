package eventstest_test

import (
	"context"
	"errors"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
)

func TestRecorder(t *testing.T) {
	var r eventstest.Recorder
	boom := errors.New("boom")
	list := make([]events.Event, 3)
	r.Fail(boom)
	if err := r.PublishBatch(t.Context(), list); !errors.Is(err, boom) {
		t.Errorf("PublishBatch: got %v, want boom", err)
	}
	if err := r.Ping(t.Context()); !errors.Is(err, boom) {
		t.Errorf("Ping: got %v, want boom", err)
	}
	if n := len(r.Events()); n > 0 {
		t.Errorf("a failed batch left %d events", n)
	}
	r.Recover()
	if err := r.Ping(t.Context()); err != nil {
		t.Errorf("Ping: got %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Publish(cancelled, list[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish: got %v, want the context's error", err)
	}
	waited := make(chan int)
	go func() {
		all, err := r.WaitFor(t.Context(), 4)
		if err != nil {
			t.Error(err)
		}
		waited <- len(all)
	}()
	for _, publish := range []func() error{
		func() error { return r.PublishBatch(t.Context(), list) },
		func() error { return r.Publish(t.Context(), list[0]) },
	} {
		if err := publish(); err != nil {
			t.Error(err)
		}
	}
	if n := <-waited; n != 4 {
		t.Errorf("WaitFor returned %d events, want 4", n)
	}
	if all, err := r.WaitFor(cancelled, 5); !errors.Is(err, context.Canceled) || len(all) != 4 {
		t.Errorf("WaitFor: got %d events and %v", len(all), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Publish(t.Context(), list[0]); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Publish after Close: got %v", err)
	}
}
