package brokersystem_test

import (
	"fmt"
	"sync"
	"testing"
)

// TestConsumerKilled kills stock while it works off a backlog of reservations
// that ended without it: nothing of it is lost, and nothing is applied twice.
func TestConsumerKilled(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		const orders, each, kills = 900, 2, 2
		s := newSystem(t, on.shared(t))
		product := s.stocked(t, plenty)
		killed, sold := 0, int64(0)
		for killed == 0 { // it may be quicker than we look
			ids := s.reserveMany(t, product, orders, each)
			s.services[stock].kill()
			s.finishMany(t, ids)
			killed = s.workOff(t, product, orders*each, kills)
			sold += orders * each / 2
		}
		t.Logf("stock was killed %d times", killed)
		s.settled()
		s.wantsRow(t, product, plenty-sold, 0)
	})
}

// workOff starts stock, which has a backlog that ends the holds of so many units,
// and kills it so often in the middle of that, if it is not done before. It
// returns how often it did.
func (s *system) workOff(t testing.TB, product string, held int64, kills int) (killed int) {
	t.Helper()
	for {
		s.services[stock].start()
		before := held
		eventually(t, "stock works", func() error {
			row, err := s.row(product)
			if held = row.Reserved; err == nil && held == before {
				err = fmt.Errorf("%d units are held", held)
			}
			return err
		})
		// The last rounds are left to one that is not killed.
		if held == 0 || killed == kills {
			return killed
		}
		s.services[stock].kill()
		killed++
	}
}

// reserveMany makes reservations, side by side.
func (s *system) reserveMany(t testing.TB, product string, n int, each int64) []string {
	t.Helper()
	ids := make([]string, n)
	s.sideBySide(t, n, func(i int) error {
		r, err := s.reserve(product, each, 3600)
		ids[i] = r.ID
		return err
	})
	return ids
}

// finishMany confirms one half of the reservations and cancels the other.
func (s *system) finishMany(t testing.TB, ids []string) {
	t.Helper()
	s.sideBySide(t, len(ids), func(i int) error {
		_, err := s.finish(ids[i], []string{"confirm", "cancel"}[i%2])
		return err
	})
}

// sideBySide calls do with the numbers below n, several at a time.
func (s *system) sideBySide(t testing.TB, n int, do func(i int) error) {
	t.Helper()
	const atOnce = 16
	work := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := range work {
				if err := do(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
