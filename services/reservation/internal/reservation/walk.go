package reservation

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
)

const (
	// settleBatch bounds how many holds the walk settles with one call.
	settleBatch = 256
	// walkGrace is how old the end of a reservation is before the walk settles
	// its hold: the direct call is bounded by less.
	walkGrace = time.Second
)

// Walked is the result of a walk.
type Walked struct {
	Held     int  // holds that stock had as held
	Settled  int  // of them, those whose reservation was over
	Repaired int  // of them, those without a reservation
	More     bool // some were left to the call or create that is under way: walk again soon
}

// Walk goes through the holds that stock has as held, newest first: it settles
// those whose reservation is over, and repairs those without one. An event does
// the same, but may come late or be lost.
func (s *Service) Walk(ctx context.Context) (w Walked, err error) {
	for after := ""; ; {
		ids, next, err := s.holder.Held(ctx, after)
		if err != nil {
			return w, err
		}
		w.Held += len(ids)
		if err := s.walkPage(ctx, ids, &w); err != nil {
			return w, err
		}
		if after = next; next == "" {
			return w, nil
		}
	}
}

func (s *Service) walkPage(ctx context.Context, ids []string, w *Walked) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := s.repo.NotPending(ctx, ids)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	at, young := clock.Truncate(now), clock.Truncate(now.Add(-walkGrace))
	var ended []Reservation
	for _, r := range rows {
		switch protocol.Walk(r.Status) {
		case protocol.WalkSettle:
			// A time in the future means that the clock was set back.
			if r.UpdatedAt.After(young) && !r.UpdatedAt.After(at) {
				w.More = true
				continue
			}
			ended = append(ended, r)
		case protocol.WalkRepair:
			if s.inFlight.isUnderWay(r.ID) {
				w.More = true
				continue
			}
			repaired, err := s.repair(ctx, r.ID)
			if err != nil {
				return err
			}
			if repaired {
				w.Repaired++
			}
		}
	}
	for len(ended) > 0 {
		batch := ended[:min(len(ended), settleBatch)]
		if err := s.holder.Settle(ctx, batch); err != nil {
			return err
		}
		w.Settled += len(batch)
		s.counts.settledByWalk(len(batch))
		ended = ended[len(batch):]
	}
	return nil
}

// settle notifies stock of the ends of reservations. When stock does not respond,
// their events or a walk settle the holds.
func (s *Service) settle(ctx context.Context, ended []Reservation) {
	if err := s.holder.Settle(ctx, ended); err != nil {
		s.unsettled()
	}
}
