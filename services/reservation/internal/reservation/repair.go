package reservation

import (
	"context"

	"inventory.example/pkg/contract/protocol"
)

// Repair inserts the reservation of a hold whose create broke off between the
// two services, so that its TTL frees the stock. It asks stock for the hold's
// present state, so that an old event repairs nothing; it asks neither about
// reservations that this process recorded itself nor about those that are in
// the database.
func (s *Service) Repair(ctx context.Context, id string) error {
	_, err := s.repair(ctx, id)
	return err
}

// repair is Repair that reports whether it inserted the reservation.
func (s *Service) repair(ctx context.Context, id string) (bool, error) {
	if recorded, err := s.inFlight.waitForHandlers(ctx, id); err != nil || recorded {
		return false, err
	}
	if _, found, err := s.repo.Reservation(ctx, id); err != nil || found {
		return false, err
	}
	r, hold, err := s.holder.FindHold(ctx, id)
	if err != nil {
		return false, err
	}
	if !protocol.Repair(protocol.Absent, hold) {
		return false, nil
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
		return false, err
	}
	s.counts.outcome(OutcomeRepaired)
	s.logger.WarnContext(ctx, "repaired a create that broke off", "reservation_id", id)
	s.scheduled(r.ExpiresAt)
	return true, nil
}
