package outbox_test

import (
	"context"
	"testing"
	"time"

	"inventory.example/pkg/clock"
)

const refuseStamps = `CREATE TRIGGER refuse BEFORE INSERT ON acknowledged BEGIN SELECT RAISE(ABORT, 'refused'); END`

// A stamp may fail on a full disk or in a full queue of changes; the relay
// still publishes all events before it ends.
func TestRelay_drainsWithFailedStamps(t *testing.T) {
	p := &published{}
	s := restarted(t, 12_000, p)
	s.write(t, refuseStamps)
	s.clock.Advance(time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.relay.Run(ctx); err != nil {
		t.Fatal(err)
	}
	expectVersions(t, p.Events(), 1, 12_000)
}

// A failed stamp causes no pause between two pages.
func TestRelay_noPauseAfterFailedStamp(t *testing.T) {
	before := restarted(t, 30_000, &published{})
	before.crash(t)
	p := &published{}
	now := watchedClock{Fake: clock.NewFake(start), timers: make(chan time.Duration, 1000)}
	s := openWith(t, before.path, p, now, now.Fake)
	s.write(t, refuseStamps)
	now.Advance(time.Second)
	s.run(t)
	<-now.timers // the relay pauses
	expectVersions(t, p.Events(), 1, 30_000)
}
