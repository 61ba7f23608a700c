package reservation

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxPostponed bounds the repairs that are postponed at a time. More are left to
	// the walk.
	maxPostponed = 1 << 16
	// repairBatch bounds how many reservations one RepairDue looks up.
	repairBatch = 256
)

// postponed are holds without a reservation that another instance may be about to
// record. They are in memory only: the walk finds the same holds when a process has
// ended before it repaired them.
type postponed struct {
	scheduled func(at time.Time)

	mu    sync.Mutex
	holds []postponedHold
}

type postponedHold struct {
	id  string
	due time.Time
}

// add notes a hold and reports whether there was room.
func (p *postponed) add(h postponedHold) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.holds) >= maxPostponed {
		return false
	}
	p.holds = append(p.holds, h)
	return true
}

// takeDue removes a batch of the holds that are due at a time, and returns when the next
// one is due; zero when none is left. Holds come nearly in the order of their times:
// one that is not due lets those after it wait.
func (p *postponed) takeDue(at time.Time) (due []string, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.holds) && n < repairBatch && !p.holds[n].due.After(at) {
		due = append(due, p.holds[n].id)
		n++
	}
	p.holds = append(p.holds[:0], p.holds[n:]...)
	if len(p.holds) > 0 {
		next = p.holds[0].due
	}
	return due, next
}

// postponeRepair leaves the repair of a hold to RepairDue, unless the reservation is
// recorded already.
func (s *Service) postponeRepair(ctx context.Context, id string, due time.Time) error {
	if s.inFlight.isRecorded(id) {
		return nil
	}
	if _, found, err := s.repo.Reservation(ctx, id); err != nil || found {
		return err
	}
	if s.postponed.add(postponedHold{id, due}) {
		s.postponed.scheduled(due)
	}
	return nil
}

// RepairDue repairs a batch of the holds whose repair was postponed and that still have
// no reservation. It reports whether there may be more, and otherwise when the next
// one is due (zero when none is). A repair that fails is left to the walk.
func (s *Service) RepairDue(ctx context.Context) (more bool, next time.Time, err error) {
	due, next := s.postponed.takeDue(s.clock.Now())
	if len(due) == 0 {
		return false, next, nil
	}
	if err := s.repairMissing(ctx, due); err != nil {
		s.logger.InfoContext(ctx, "repair left to the walk", slog.Any("reason", err))
		s.unsettled()
	}
	return true, time.Time{}, nil
}

// repairMissing repairs those of the holds that have no reservation.
func (s *Service) repairMissing(ctx context.Context, ids []string) error {
	decided, err := s.repo.Decided(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range decided {
		if r.Status != "" {
			continue
		}
		how, err := s.repair(ctx, r.ID)
		if err != nil {
			return err
		}
		if how == repairEarly { // the clock of the other instance is ahead
			s.unsettled()
		}
	}
	return nil
}
