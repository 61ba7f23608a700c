package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

// moodyBroker accepts batches, refuses them, or accepts a part of one and
// fails; it checks the stamps before and after each. It outlives the service.
type moodyBroker struct {
	t      *testing.T // of the run
	random *rand.Rand
	db     *sqlite.DB
	next   int64 // the version that the next batch must begin with; 0 after a start: any up to newest + 1
	newest int64 // the newest version that was accepted
	acked  int64 // version up to which everything was acknowledged
}

func (b *moodyBroker) Close() error { return nil }

func (b *moodyBroker) Publish(ctx context.Context, e events.Event) error {
	return b.PublishBatch(ctx, []events.Event{e})
}

func (b *moodyBroker) PublishBatch(_ context.Context, list []events.Event) error {
	b.looksAtStamps()
	defer b.looksAtStamps()
	first, last := list[0].Version, list[len(list)-1].Version
	if b.next != 0 && first != b.next || first > b.newest+1 {
		b.t.Errorf("the batch begins with version %d, want %d; %d is the newest that was accepted", first, b.next, b.newest)
	}
	for i, e := range list {
		if e.Version != first+int64(i) {
			b.t.Errorf("version %d at place %d of the batch that begins with %d", e.Version, i, first)
			break
		}
	}
	b.next = first
	for range b.random.IntN(200) { // commits during the batch
		runtime.Gosched()
	}
	switch b.random.IntN(5) {
	case 0:
		return errDown
	case 1:
		b.newest = max(b.newest, list[b.random.IntN(len(list))].Version)
		return errDown
	}
	b.newest, b.acked, b.next = max(b.newest, last), max(b.acked, last), last+1
	return nil
}

func (b *moodyBroker) looksAtStamps() {
	var until int64
	if err := b.db.Reader().QueryRowContext(b.t.Context(), `SELECT COALESCE(MAX(until_seq), 0) FROM acknowledged`).Scan(&until); err != nil {
		b.t.Error(err)
	}
	if until > b.acked {
		b.t.Errorf("events are stamped up to %d, acknowledged up to %d", until, b.acked)
	}
}

// The broker fails at random, others commit, and the service is stopped at any
// point: every event is published in order, an event is repeated only after a
// failure or a crash, and no stamp precedes its acknowledgement.
func TestRelay_randomInterleaving(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test
			b := &moodyBroker{t: t, random: random}
			path := filepath.Join(t.TempDir(), "service.db")
			made := int64(0)
			for range 4 {
				made = life(t, b, path, random, made)
			}
			s := open(t, path, b)
			b.db, b.next = s.db, 0
			drained(t, s)
			s.clock.Advance(time.Second)
			drained(t, s)
			if b.acked != made {
				t.Errorf("%d of %d events were acknowledged", b.acked, made)
			}
			if n := s.stamped(t); int64(n) != made {
				t.Errorf("%d of %d events are stamped", n, made)
			}
		})
	}
}

func drained(t *testing.T, s *service) {
	t.Helper()
	for more := true; (more || s.relay.Pending() > 0) && !t.Failed(); {
		var err error
		if more, err = s.relay.Step(t.Context()); err != nil && !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
}

// life opens the service, lets a writer commit while the relay runs, and
// crashes the service.
func life(t *testing.T, b *moodyBroker, path string, random *rand.Rand, made int64) int64 {
	t.Helper()
	s := open(t, path, b)
	b.db, b.next = s.db, 0
	s.made = made
	sizes := make([]int, 12)
	for i := range sizes {
		sizes[i] = []int{1, 7, 300, 1500, 4000}[random.IntN(5)]
	}
	steps, advance := 5+random.IntN(25), random.IntN(4)
	var wait sync.WaitGroup
	wait.Go(func() {
		for _, n := range sizes {
			list := make([]events.Event, n)
			for i := range list {
				list[i] = s.event(t)
			}
			err := s.db.Write(context.Background(), func(tx *sqlite.Tx) error {
				for _, e := range list {
					if err := s.store.Append(tx, e); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for range steps {
		if _, err := s.relay.Step(t.Context()); err != nil && !errors.Is(err, errDown) {
			t.Error(err)
		}
		s.clock.Advance(time.Duration(advance) * 100 * time.Millisecond)
	}
	wait.Wait()
	s.crash(t)
	return s.made
}
