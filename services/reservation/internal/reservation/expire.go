package reservation

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
)

// expireBatch bounds how many reservations one Expire ends.
const expireBatch = 256

// Expire ends a batch of the reservations whose time is over. It reports
// whether there may be more, and otherwise when the next one is due (zero when
// none is pending).
func (s *Service) Expire(ctx context.Context) (more bool, next time.Time, err error) {
	due, err := s.repo.Due(ctx, clock.Truncate(s.clock.Now()), expireBatch)
	if err != nil {
		return false, time.Time{}, err
	}
	if len(due) == 0 {
		next, err := s.repo.NextDue(ctx)
		return false, next, err
	}
	expired, err := write(ctx, s, Needs{Reservations: due}, func(c *change) ([]Reservation, error) {
		var expired []Reservation
		for _, id := range due {
			r, found, err := c.tx.Reservation(id)
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
			// Another request may have ended or extended it since it was found.
			ended := protocol.Expire(r.act(), r.protocolLines(), r.ExpiresAt.UnixMilli(), c.at.UnixMilli())
			if ended.Ending != protocol.EndApplied {
				continue
			}
			if r, err = c.applyEnd(r, ended, ending{act: protocol.Expired}); err != nil {
				return nil, err
			}
			expired = append(expired, r)
		}
		return expired, nil
	})
	if err != nil {
		return false, time.Time{}, err
	}
	if len(expired) > 0 {
		s.counts.expired(expired, s.clock.Now())
		s.settle(ctx, expired)
	}
	return true, time.Time{}, nil
}

// Overdue returns for how long the reservation that is due first has been due;
// 0 when none is. More than a moment means that expiring does not work.
func (s *Service) Overdue(ctx context.Context) (time.Duration, error) {
	next, err := s.repo.NextDue(ctx)
	if err != nil || next.IsZero() {
		return 0, err
	}
	return max(0, s.clock.Now().Sub(next)), nil
}
