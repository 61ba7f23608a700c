package engine_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/engine"
)

// put queues a change and waits until it is in the queue.
func put(ctx context.Context, t *testing.T, q *engine.Queue[int], change int, patience time.Duration) <-chan error {
	t.Helper()
	before := q.Len()
	ended := make(chan error, 1)
	go func() { ended <- q.Do(ctx, change, patience) }()
	for deadline := time.Now().Add(10 * time.Second); q.Len() == before; {
		if time.Now().After(deadline) {
			t.Fatal("the change was not queued")
		}
		runtime.Gosched()
	}
	return ended
}

func TestQueue_Order(t *testing.T) {
	q := engine.NewQueue[int](3)
	var ended []<-chan error
	for i := range 3 {
		ended = append(ended, put(t.Context(), t, q, i, 0))
	}
	if err := q.Do(t.Context(), 3, 0); !engine.IsUnavailable(err) {
		t.Errorf("a full queue: %v", err)
	}
	q.Close()
	if err := q.Do(t.Context(), 3, 0); !engine.IsUnavailable(err) {
		t.Errorf("a closed queue: %v", err)
	}
	failure, groupFailure := errors.New("of the change"), errors.New("of the group")
	for i, test := range []struct{ ofChange, ofGroup, want error }{
		{nil, nil, nil}, {failure, nil, failure}, {failure, groupFailure, groupFailure},
	} {
		c, ok := q.Receive()
		if !ok || c.Change != i || !c.Begin() {
			t.Fatalf("received %v, want change %d", c, i)
		}
		c.Err = test.ofChange
		c.End(test.ofGroup)
		if err := <-ended[i]; !errors.Is(err, test.want) {
			t.Errorf("change %d: got %v, want %v", i, err, test.want)
		}
	}
	if _, ok := q.Receive(); ok {
		t.Error("received a change from a queue that is closed and empty")
	}
}

// A caller gives up a change that has not begun, and waits for one that has.
func TestQueue_GiveUp(t *testing.T) {
	for name, test := range map[string]struct {
		patience time.Duration
		cancel   bool
		isError  func(error) bool
	}{
		"ctx ends":      {0, true, func(err error) bool { return errors.Is(err, context.Canceled) }},
		"patience ends": {time.Millisecond, false, engine.IsUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			q := engine.NewQueue[int](2)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := put(ctx, t, q, 1, test.patience)
			if test.cancel {
				cancel()
			}
			if err := <-ended; !test.isError(err) {
				t.Errorf("got %v", err)
			}
			if c, ok := q.Ready(); !ok || c.Begin() {
				t.Error("an abandoned change began")
			}
		})
	}
	t.Run("not after the change began", func(t *testing.T) {
		q := engine.NewQueue[int](1)
		ctx, cancel := context.WithCancel(t.Context())
		ended := put(ctx, t, q, 1, 0)
		c, _ := q.Ready()
		if !c.Begin() {
			t.Fatal("the change did not begin")
		}
		cancel()
		c.End(nil)
		if err := <-ended; err != nil {
			t.Errorf("got %v, want the result of the change", err)
		}
	})
}

// Each change ends exactly once, also if its caller gives up.
func TestQueue_ManyCallers(t *testing.T) {
	q := engine.NewQueue[int](64)
	var server, callers sync.WaitGroup
	began := 0
	server.Go(func() {
		for first, ok := q.Receive(); ok; first, ok = q.Receive() {
			for c, more := first, true; more; c, more = q.Next() {
				if c.Begin() {
					began++
					c.End(nil)
				}
			}
		}
	})
	var mu sync.Mutex
	succeeded := 0
	for range 8 {
		callers.Go(func() {
			for i := range 2000 {
				ctx, cancel := context.WithCancel(context.Background())
				if i%7 == 0 {
					go cancel()
				}
				err := q.Do(ctx, i, 0)
				cancel()
				if err == nil {
					mu.Lock()
					succeeded++
					mu.Unlock()
				} else if !errors.Is(err, context.Canceled) && !engine.IsUnavailable(err) {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	q.Close()
	server.Wait()
	if succeeded != began {
		t.Errorf("%d changes succeeded, %d began", succeeded, began)
	}
}
