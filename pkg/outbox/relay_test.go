package outbox_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// published is the publisher of most tests.
type published = eventstest.Recorder

var errDown = errors.New("the broker is down")

// steps runs Step until nothing waits, and expects no error.
func (s *service) steps(tb testing.TB) {
	tb.Helper()
	for more := true; more; {
		var err error
		if more, err = s.relay.Step(context.Background()); err != nil {
			tb.Fatal(err)
		}
	}
}

// run starts the relay and returns a function that ends it and expects nil.
func (s *service) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.relay.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func waitFor(t *testing.T, p *published, count int) []events.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	list, err := p.WaitFor(ctx, count)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// No timer fires in this test: every event is published because its commit woke
// the relay.
func TestRelay_wakesOnCommit(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	s.run(t)
	for i := range 20 {
		s.appendEvents(t, 1)
		expectVersions(t, waitFor(t, p, i+1), 1, int64(i+1))
	}
}

func TestRelay_publishesInTableOrder(t *testing.T) {
	const writers, each = 16, 40
	p := &published{}
	s := open(t, "", p)
	stop := s.run(t)
	lists := make([][]events.Event, writers)
	for i := range lists {
		for range each {
			lists[i] = append(lists[i], s.event(t))
		}
	}
	var wait sync.WaitGroup
	for _, list := range lists {
		wait.Go(func() {
			for i, e := range list {
				err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error {
					if err := s.store.Append(tx, e); err != nil {
						return err
					}
					if i%7 == 0 { // its event is undone with it
						return errDown
					}
					return nil
				})
				if (err != nil) != (i%7 == 0) {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	stop() // publishes the rest
	rows, list := s.page(t, outbox.Filter{}), p.Events()
	if want := writers * (each - 6); len(rows) != want || len(list) != want {
		t.Fatalf("%d rows, %d events published, want %d", len(rows), len(list), want)
	}
	for i, row := range rows {
		if row.Seq != int64(i+1) {
			t.Errorf("row %d has seq %d", i, row.Seq)
		}
		if e, err := events.Decode(row.Document); err != nil || e.ID != list[i].ID {
			t.Fatalf("event %d was %s, in the table it is %s (%v)", i, list[i].ID, e.ID, err)
		}
	}
	if n := s.stamped(t); n != len(rows) {
		t.Errorf("%d of %d events are stamped", n, len(rows))
	}
}

func TestRelay_publishesFromMemory(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	s.appendEvents(t, 3)
	sqlitetest.Damage(t, s.path, `UPDATE outbox SET payload = '{"from":"the table"}'`)
	p.Fail(errDown) // events that could not be published stay in memory
	if _, err := s.relay.Step(t.Context()); !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
	p.Recover()
	s.steps(t)
	for _, e := range p.Events() {
		if string(e.Payload) == `{"from":"the table"}` {
			t.Error("the table was read although all events were in memory")
		}
	}
	expectVersions(t, p.Events(), 1, 3)
}

func TestRelay_stampsLazily(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	s.appendEvents(t, 2)
	s.steps(t)
	if n := s.stamped(t); n != 2 {
		t.Errorf("%d events are stamped, want the 2 of the first batch", n)
	}
	s.appendEvents(t, 2)
	s.steps(t)
	if n, published := s.stamped(t), len(p.Events()); n != 2 || published != 4 {
		t.Errorf("%d of %d published events are stamped, want 2 of 4", n, published)
	}
	s.clock.Advance(250 * time.Millisecond)
	s.steps(t)
	if n := s.stamped(t); n != 4 {
		t.Errorf("%d events are stamped, want 4", n)
	}
	if row := s.page(t, outbox.Filter{After: 2})[0]; row.SyncedAt != events.FormatTime(s.clock.Now()) {
		t.Errorf("synced_at is %s, want %s", row.SyncedAt, events.FormatTime(s.clock.Now()))
	}
}

func TestRelay_republishesUnstamped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.db")
	p := &published{}
	s := open(t, path, p)
	s.appendEvents(t, 3)
	s.steps(t) // stamps the events
	s.appendEvents(t, 4)
	s.steps(t) // publishes without a stamp
	s.appendEvents(t, 2)
	s.crash(t) // a crash: these events are not published either

	again := &published{}
	restarted := open(t, path, again)
	if n := restarted.relay.Pending(); n != 6 {
		t.Errorf("%d events are pending after the restart, want 6", n)
	}
	restarted.steps(t)
	expectVersions(t, again.Events(), 4, 9)
	restarted.made = 9
	restarted.appendEvents(t, 1)
	restarted.steps(t)
	expectVersions(t, again.Events(), 4, 10)
}

// watchedClock reports each timer that is set.
type watchedClock struct {
	*clock.Fake
	timers chan time.Duration
}

func (c watchedClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.Fake.NewTimer(d)
	c.timers <- d
	return timer
}

func TestRelay_outage(t *testing.T) {
	p := &published{}
	now := watchedClock{Fake: clock.NewFake(start), timers: make(chan time.Duration, 1000)}
	s := openWith(t, "", p, now, now.Fake)
	p.Fail(errDown)
	s.appendEvents(t, 1)
	stop := s.run(t)
	pause := 50 * time.Millisecond
	for range 12 {
		if d := <-now.timers; d != pause {
			t.Fatalf("paused for %v, want %v", d, pause)
		}
		if s.relay.Reachable() {
			t.Error("the broker is down and counts as reachable")
		}
		s.appendEvents(t, 150) // commits do not shorten the pause
		s.appendEvents(t, 150)
		if s.stamped(t) > 0 {
			t.Error("events are stamped that the broker has not acknowledged")
		}
		now.Advance(pause)
		pause = min(2*pause, 5*time.Second)
	}
	<-now.timers // the relay pauses again
	if n := len(now.timers); n > 0 {
		t.Errorf("commits have ended %d pauses", n)
	}
	if n := s.relay.Pending(); n != 3601 {
		t.Errorf("%d events are pending, want 3601", n)
	}
	p.Recover()
	now.Advance(pause)
	expectVersions(t, waitFor(t, p, 3601), 1, 3601) // each once
	eventually(t, "the broker counting as reachable", s.relay.Reachable)
	stop()
	if n := s.stamped(t); n != 3601 {
		t.Errorf("%d of 3601 events are stamped", n)
	}
}

// failingPublisher fails every second call, sometimes after it has accepted a
// part of the batch, and checks the stamps in each.
type failingPublisher struct {
	published
	t     *testing.T
	s     *service
	calls int
	acked int64 // highest version that was acknowledged
}

func (p *failingPublisher) PublishBatch(ctx context.Context, list []events.Event) error {
	if n := p.s.stamped(p.t); int64(n) > p.acked {
		p.t.Errorf("%d events are stamped, %d acknowledged", n, p.acked)
	}
	if list[0].Version != p.acked+1 {
		p.t.Errorf("the batch begins with version %d, %d was acknowledged", list[0].Version, p.acked)
	}
	p.calls++
	switch p.calls % 4 {
	case 1:
		return errDown
	case 3:
		if err := p.published.PublishBatch(ctx, list[:len(list)/2]); err != nil {
			return err
		}
		return errDown
	}
	err := p.published.PublishBatch(ctx, list)
	if err == nil {
		p.acked = list[len(list)-1].Version
	}
	return err
}

func TestRelay_stampsOnlyAcknowledged(t *testing.T) {
	p := &failingPublisher{t: t}
	s := open(t, "", p)
	p.s = s
	for range 8 {
		s.appendEvents(t, 2500) // more than one batch
		if _, err := s.relay.Step(t.Context()); err != nil && !errors.Is(err, errDown) {
			t.Fatal(err)
		}
		s.clock.Advance(time.Second)
	}
	for s.relay.Pending() > 0 {
		if _, err := s.relay.Step(t.Context()); err != nil && !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	if p.acked != s.made {
		t.Errorf("%d of %d events were acknowledged", p.acked, s.made)
	}
}

// blockingPublisher delays its first batch until it is released.
type blockingPublisher struct {
	published
	entered, leave chan struct{}
	once           sync.Once
}

func (p *blockingPublisher) PublishBatch(ctx context.Context, list []events.Event) error {
	p.once.Do(func() {
		close(p.entered)
		<-p.leave
	})
	// The end of the relay must not cancel the last batches.
	return p.published.PublishBatch(context.WithoutCancel(ctx), list)
}

func TestRelay_drains(t *testing.T) {
	p := &blockingPublisher{entered: make(chan struct{}), leave: make(chan struct{})}
	s := open(t, "", p)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.relay.Run(ctx) }()
	s.appendEvents(t, 1)
	<-p.entered
	s.appendEvents(t, 4500)
	cancel()
	s.appendEvents(t, 10)
	close(p.leave)
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
	expectVersions(t, p.Events(), 1, 4511)
	if n := s.stamped(t); n != 4511 {
		t.Errorf("%d of 4511 events are stamped", n)
	}
}

func TestRelay_endsWithoutBroker(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	p.Fail(errDown)
	s.appendEvents(t, 3)
	stop := s.run(t)
	eventually(t, "an attempt", func() bool { return !s.relay.Reachable() })
	stop()
	if n := s.stamped(t); n > 0 || s.relay.Pending() != 3 {
		t.Errorf("%d events are stamped, %d pending", n, s.relay.Pending())
	}
}

func TestRelay_noBroker(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.db")
	none := &published{}
	none.Fail(events.ErrNoBroker)
	s := open(t, path, none)
	stop := s.run(t)
	for range 5 {
		s.appendEvents(t, 2000) // in all, more than fits into memory
	}
	stop()
	if _, err := s.relay.Step(t.Context()); !errors.Is(err, events.ErrNoBroker) {
		t.Errorf("Step: got %v, want ErrNoBroker", err)
	}
	if n := s.relay.Pending(); n != 10_000 {
		t.Errorf("%d events are pending, want 10000", n)
	}
	if !s.relay.Reachable() {
		t.Error("a missing broker counts as out of reach")
	}
	if n := s.stamped(t); n > 0 {
		t.Errorf("%d events are stamped", n)
	}
	s.crash(t)

	p := &published{}
	configured := open(t, path, p)
	configured.steps(t)
	expectVersions(t, p.Events(), 1, 10_000)
}

func TestRelay_pingsSilentBroker(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	s.steps(t)
	if !s.relay.Reachable() {
		t.Error("the broker responds and counts as out of reach")
	}
	p.Fail(errDown)
	s.steps(t)
	if !s.relay.Reachable() {
		t.Error("the broker was pinged again at once")
	}
	s.clock.Advance(5 * time.Second)
	s.steps(t)
	if s.relay.Reachable() {
		t.Error("the broker is down and counts as reachable")
	}
	p.Recover()
	s.clock.Advance(5 * time.Second)
	s.steps(t)
	if !s.relay.Reachable() {
		t.Error("the broker is back and counts as out of reach")
	}
}
