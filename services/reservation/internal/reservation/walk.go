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
	Settled  int  // reservations, ended or returned in part or whole, of which stock was notified
	Repaired int  // holds without a reservation
	More     bool // some were left to the call or create that is under way: walk again soon
}

// Walk goes through the holds that stock has as held, newest first: it settles
// those whose reservation decided about units, and repairs those without one. Then it
// settles the returns that stock has not acknowledged. An event does the same, but
// may come late or be lost.
func (s *Service) Walk(ctx context.Context) (w Walked, err error) {
	for after := ""; ; {
		page, err := s.holder.Held(ctx, after)
		if err != nil {
			return w, err
		}
		w.Held += len(page.IDs)
		if err := s.walkPage(ctx, page, &w); err != nil {
			return w, err
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if err := s.noteTotals(ctx); err != nil {
		return w, err
	}
	err = s.walkReturns(ctx, &w)
	return w, err
}

// noteTotals stores that stock takes totals, once a response has said so.
func (s *Service) noteTotals(ctx context.Context) error {
	if s.totals.Load() || !s.holder.TakesTotals() {
		return nil
	}
	_, err := write(ctx, s, Needs{}, func(c *change) (struct{}, error) { return struct{}{}, c.tx.SetTakesTotals() })
	if err == nil {
		s.totals.Store(true)
	}
	return err
}

func (s *Service) walkPage(ctx context.Context, page HeldPage, w *Walked) error {
	if len(page.IDs) == 0 {
		return nil
	}
	decided, err := s.repo.Decided(ctx, page.IDs)
	if err != nil {
		return err
	}
	settled := make(map[string]int64, len(page.Settled))
	for i, id := range page.IDs {
		if units := page.settled(i); units > 0 {
			settled[id] = units
		}
	}
	now := s.clock.Now()
	var ended []Reservation
	for _, r := range decided {
		switch protocol.WalkTotals(r.Status, r.protocolLines(), settled[r.ID]) {
		case protocol.WalkSettle:
			if isYoung(r, now) {
				w.More = true
				continue
			}
			ended = append(ended, r)
		case protocol.WalkRepair:
			if s.inFlight.isUnderWay(r.ID) {
				w.More = true
				continue
			}
			how, err := s.repair(ctx, r.ID)
			if err != nil {
				return err
			}
			switch how {
			case repairDone:
				w.Repaired++
			case repairEarly:
				w.More = true
			case repairNone:
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

// isYoung reports whether the direct call for the last update of r may be under way.
// A time in the future means that the clock was set back.
func isYoung(r Reservation, now time.Time) bool {
	at, young := clock.Truncate(now), clock.Truncate(now.Add(-walkGrace))
	return r.UpdatedAt.After(young) && !r.UpdatedAt.After(at)
}

// walkReturns settles the returns that stock has not acknowledged.
func (s *Service) walkReturns(ctx context.Context, w *Walked) error {
	for after := ""; ; {
		ids, err := s.repo.UnacknowledgedReturns(ctx, after, settleBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		var batch []Reservation
		now := s.clock.Now()
		for _, id := range ids {
			r, found, err := s.repo.Reservation(ctx, id)
			switch {
			case err != nil:
				return err
			case found && isYoung(r, now):
				w.More = true
			case found:
				batch = append(batch, r)
			}
		}
		if len(batch) == 0 {
			continue
		}
		if err := s.holder.Settle(ctx, batch); err != nil {
			return err
		}
		if err := s.forgetReturns(ctx, batch); err != nil {
			return err
		}
		w.Settled += len(batch)
		s.counts.settledByWalk(len(batch))
	}
}

// settle notifies stock of the ends of reservations. When stock does not respond,
// their events or a walk settle the holds.
func (s *Service) settle(ctx context.Context, ended []Reservation) {
	if err := s.holder.Settle(ctx, ended); err != nil {
		s.unsettled()
	}
}
