package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
)

var errRead = errors.New("the database cannot be read")

// broken is an empty queue of a webhook that is not active. Reading it fails until
// mend; then it records each read.
type broken struct {
	Queue // no other method is called

	read chan string // webhooks, and "queued"

	mu     sync.Mutex
	mended bool
	failed int
}

func (b *broken) recordRead(what string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mended {
		b.failed++
		return errRead
	}
	b.read <- what
	return nil
}

// mend makes the queue readable and returns how many reads had failed.
func (b *broken) mend() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mended = true
	return b.failed
}

func (b *broken) Webhooks(context.Context, paging.Page) (paging.List[Webhook], error) {
	return paging.List[Webhook]{Items: []Webhook{{ID: "idle"}}, Total: 1}, nil
}
func (b *broken) Listen(func(), func([]string))             {}
func (b *broken) LastQueued(context.Context) (int64, error) { return 0, nil }

func (b *broken) Webhook(_ context.Context, id string) (Webhook, bool, error) {
	return Webhook{}, false, b.recordRead(id)
}

func (b *broken) QueuedAfter(_ context.Context, id int64, _ int) ([]string, int64, error) {
	return nil, id, b.recordRead("queued")
}

// After a read that failed, the deliverer pauses, and then reads everything that it
// had to read.
func TestDeliverer_FailedReads(t *testing.T) {
	for name, test := range map[string]struct {
		tell func(*Deliverer)
		want []string
	}{
		"changed webhooks":  {func(d *Deliverer) { d.webhooksChanged([]string{"a", "b", "c"}) }, []string{"a", "b", "c"}},
		"queued deliveries": {(*Deliverer).deliveriesQueued, []string{"queued"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, c, timers := &broken{read: make(chan string, 10)}, clock.NewFake(time.Unix(0, 0)), make(chan time.Duration, 1000)
			c.NotifyTimers(timers)
			d := NewDeliverer(DelivererOptions{Queue: b, Clock: c, Logger: slog.New(slog.DiscardHandler)})
			test.tell(d)
			<-d.wake // Run takes a first step without being woken
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { _ = d.Run(ctx) })
			defer running.Wait()
			defer cancel()
			for range 3 { // one read after each pause
				if pause := <-timers; pause != retryStep {
					t.Errorf("the pause is %s, want %s", pause, retryStep)
				}
				c.Advance(retryStep)
			}
			<-timers
			if failed := b.mend(); failed != 4 {
				t.Errorf("%d reads failed, want 4: the first and one after each pause", failed)
			}
			c.Advance(retryStep)
			var got []string
			for range test.want {
				select {
				case what := <-b.read:
					got = append(got, what)
				case <-time.After(10 * time.Second):
					t.Fatalf("it read %v, want %v", got, test.want)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("it read %v, want %v", got, test.want)
			}
		})
	}
}

// Without webhooks the deliverer reads no deliveries, however many events are
// recorded.
func TestDeliverer_NoWebhooks(t *testing.T) {
	t.Parallel()
	d := NewDeliverer(DelivererOptions{Queue: &shrinking{hooks: []Webhook{}}, Clock: clock.NewFake(time.Unix(0, 0)), Logger: slog.New(slog.DiscardHandler)})
	d.deliveriesQueued()
	if err := d.refresh(t.Context()); err != nil { // QueuedAfter would panic
		t.Error(err)
	}
}

// rotating is the queue of a webhook whose secret changes, and which then gets a
// delivery, after the deliverer read the changes and before it reads the deliveries.
type rotating struct {
	Queue // no other method is called

	hook Webhook
	next func()
}

func (r *rotating) LastQueued(context.Context) (int64, error) { return 0, nil }
func (r *rotating) Webhooks(context.Context, paging.Page) (paging.List[Webhook], error) {
	return paging.List[Webhook]{Items: []Webhook{r.hook}, Total: 1}, nil
}

func (r *rotating) Webhook(context.Context, string) (Webhook, bool, error) { return r.hook, true, nil }

func (r *rotating) Next(context.Context, string, int) ([]Delivery, error) {
	r.next()
	return []Delivery{{ID: 1, WebhookID: r.hook.ID}}, nil
}

func (r *rotating) Document(context.Context, int64) ([]byte, bool, error) { return nil, true, nil }

func (r *rotating) Write(context.Context, func(Tx) error) error { return nil }

type secrets chan []string

func (s secrets) Send(_ context.Context, r Request) Result {
	s <- r.Secrets
	return Result{Status: 204}
}

// A delivery that was queued after a change of its webhook is sent to the changed
// webhook.
func TestDeliverer_ChangeBeforeDelivery(t *testing.T) {
	t.Parallel()
	sent := make(secrets, 10)
	queue := &rotating{hook: Webhook{ID: "a", Details: Details{Active: true}, Secret: Secret{Current: "old"}}}
	d := NewDeliverer(DelivererOptions{Queue: queue, Sender: sent, Clock: clock.NewFake(time.Unix(0, 0)), Logger: slog.New(slog.DiscardHandler)})
	queue.next = sync.OnceFunc(func() {
		queue.hook.Secret.Current = "new"
		d.webhooksChanged([]string{"a"})
	})
	for range 2 {
		if _, err := d.step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d.requests.Wait()
	if got := <-sent; !slices.Equal(got, []string{"new"}) {
		t.Errorf("signed with %v", got)
	}
	if len(sent) > 0 {
		t.Errorf("sent again, signed with %v", <-sent)
	}
}

// shrinking is a queue whose webhooks are deleted one by one: each read deletes the
// first one.
type shrinking struct {
	Queue // no other method is called

	hooks []Webhook
}

func (s *shrinking) LastQueued(context.Context) (int64, error) { return 0, nil }

func (s *shrinking) Webhooks(_ context.Context, page paging.Page) (paging.List[Webhook], error) {
	items := slices.Clone(s.hooks[min(page.Offset, len(s.hooks)):min(page.Offset+page.Limit, len(s.hooks))])
	s.hooks = s.hooks[min(1, len(s.hooks)):]
	return paging.List[Webhook]{Items: items, Total: int64(len(s.hooks))}, nil
}

// When a webhook is deleted while all are read, no other webhook is missed.
func TestDeliverer_DeletionDuringLoad(t *testing.T) {
	t.Parallel()
	queue := &shrinking{}
	for i := range 1501 {
		queue.hooks = append(queue.hooks, Webhook{ID: fmt.Sprint(i)})
	}
	left := queue.hooks[10:]
	d := NewDeliverer(DelivererOptions{Queue: queue, Clock: clock.NewFake(time.Unix(0, 0)), Logger: slog.New(slog.DiscardHandler)})
	if err := d.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, w := range left {
		if _, found := d.schedule.lanes[w.ID]; !found {
			t.Errorf("webhook %s has no lane", w.ID)
		}
	}
}

// Timers do not notice that the clock is set forward, so that a step follows soon
// although the next delivery is due in hours.
func TestDeliverer_SafetyTick(t *testing.T) {
	t.Parallel()
	c, timers := clock.NewFake(time.Unix(0, 0)), make(chan time.Duration, 1)
	c.NotifyTimers(timers)
	d := NewDeliverer(DelivererOptions{Clock: c, Logger: slog.New(slog.DiscardHandler)})
	d.wakeRun()
	d.waitUntil(t.Context(), c.Now().Add(8*time.Hour))
	if pause := <-timers; pause != safetyTick {
		t.Errorf("the pause is %s, want %s", pause, safetyTick)
	}
}

// changing is a queue whose webhooks change without an announcement.
type changing struct {
	Queue // the rest is not asked

	hooks map[string]Webhook
	last  int64
}

func (c *changing) LastQueued(context.Context) (int64, error) { return c.last, nil }

func (c *changing) Webhooks(context.Context, paging.Page) (paging.List[Webhook], error) {
	return paging.List[Webhook]{Items: slices.Collect(maps.Values(c.hooks)), Total: int64(len(c.hooks))}, nil
}

func (c *changing) Webhook(_ context.Context, id string) (Webhook, bool, error) {
	w, found := c.hooks[id]
	return w, found, nil
}

func (c *changing) QueuedAfter(_ context.Context, id int64, _ int) ([]string, int64, error) {
	if id == c.last {
		return nil, id, nil
	}
	return []string{"same"}, c.last, nil
}

// Without hints the deliverer reads created, changed and deleted webhooks and queued
// deliveries after the safety tick.
func TestDeliverer_NoHints(t *testing.T) {
	t.Parallel()
	queue := &changing{hooks: map[string]Webhook{
		"same": {ID: "same", Details: Details{Active: true}}, "changed": {ID: "changed", Version: 1}, "deleted": {ID: "deleted"},
	}}
	c := clock.NewFake(time.Unix(0, 0))
	d := NewDeliverer(DelivererOptions{Queue: queue, Clock: c, Logger: slog.New(slog.DiscardHandler)})
	refresh := func() {
		t.Helper()
		if err := d.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	same := d.schedule.lanes["same"]
	same.mayHaveDue = false
	delete(queue.hooks, "deleted")
	queue.hooks["changed"], queue.hooks["created"] = Webhook{ID: "changed", Version: 2}, Webhook{ID: "created"}
	queue.last = 7
	refresh()
	if d.schedule.lanes["changed"].hook.Version != 1 || same.mayHaveDue {
		t.Error("it read the tables before it was time")
	}
	c.Advance(safetyTick)
	refresh()
	if d.schedule.lanes["changed"].hook.Version != 2 || d.schedule.lanes["created"] == nil || d.schedule.lanes["deleted"] != nil {
		t.Errorf("the lanes are %v", d.schedule.lanes)
	}
	if d.last != 7 || !same.mayHaveDue {
		t.Errorf("the last delivery that it knows is %d, want 7", d.last)
	}
}
