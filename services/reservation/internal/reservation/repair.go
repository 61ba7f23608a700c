package reservation

import (
	"context"
	"time"

	"inventory.example/pkg/contract/protocol"
)

// Repair inserts the reservation of a hold whose create broke off between the
// two services, so that its TTL frees the stock. It asks stock for the hold's
// present state, so that an old event repairs nothing; it asks neither about
// reservations that this process recorded itself nor about those that are in
// the database.
//
// heldAt is the time of the hold. While another instance may be about to record the
// reservation, Repair postpones the repair to RepairDue.
func (s *Service) Repair(ctx context.Context, id string, heldAt time.Time) error {
	if due := heldAt.Add(s.repairAfter); s.repairAfter > 0 && s.clock.Now().Before(due) {
		return s.postponeRepair(ctx, id, due)
	}
	_, err := s.repair(ctx, id)
	return err
}

// repaired says how a repair ended.
type repaired int

const (
	repairNone  repaired = iota // there was nothing to repair
	repairDone                  // the reservation was inserted
	repairEarly                 // another instance may be about to record it
)

// repair is Repair of a hold of any age.
func (s *Service) repair(ctx context.Context, id string) (repaired, error) {
	if recorded, err := s.inFlight.waitForHandlers(ctx, id); err != nil || recorded {
		return repairNone, err
	}
	if _, found, err := s.repo.Reservation(ctx, id); err != nil || found {
		return repairNone, err
	}
	r, hold, err := s.holder.FindHold(ctx, id)
	switch {
	case err != nil:
		return repairNone, err
	case !protocol.Repair(protocol.Absent, hold):
		return repairNone, nil
	case s.isCreateUnderWay(r):
		return repairEarly, nil
	}
	inserted, err := write(ctx, s, Needs{Reservations: []string{id}}, func(c *change) (bool, error) {
		row, _, err := c.tx.Reservation(id)
		// Another party may have recorded the reservation while stock was asked; only that
		// party can have settled the hold.
		if err != nil || !protocol.Repair(row.Status, hold) {
			return false, err
		}
		missing := r
		missing.Status, missing.Version, missing.CreatedAt, missing.UpdatedAt = protocol.Pending, 1, c.at, c.at
		missing.Actor, missing.UpdatedBy = c.meta.Actor, c.meta.Actor
		return c.insert(missing)
	})
	if err != nil || !inserted {
		return repairNone, err
	}
	s.counts.outcome(OutcomeRepaired)
	s.logger.WarnContext(ctx, "repaired a create that broke off", "reservation_id", id)
	s.scheduled(r.ExpiresAt)
	return repairDone, nil
}

// isCreateUnderWay reports whether the create of r, as stock knows it from the
// request, has begun so recently that another instance may be about to record it.
func (s *Service) isCreateUnderWay(r Reservation) bool {
	began := r.ExpiresAt.Add(-time.Duration(r.TTLSeconds) * time.Second)
	now := s.clock.Now()
	return !began.After(now) && now.Before(began.Add(s.repairAfter))
}
