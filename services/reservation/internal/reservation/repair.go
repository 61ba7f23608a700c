package reservation

import (
	"context"

	"inventory.example/pkg/protocol"
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

func (s *Service) repair(ctx context.Context, id string) (inserted bool, err error) {
	if recorded, err := s.creates.wait(ctx, id); err != nil || recorded {
		return false, err
	}
	if _, found, err := s.repo.Reservation(ctx, id); err != nil || found {
		return false, err
	}
	r, hold, err := s.holder.FindHold(ctx, id)
	if err != nil {
		return false, err
	}
	if protocol.Repair(protocol.Absent, hold) != protocol.Insert {
		return false, nil
	}
	err = s.write(ctx, func(c *change) error {
		row, _, err := c.tx.Reservation(id)
		if err != nil {
			return err
		}
		// The row may have come while stock was asked; the hold may have been
		// settled only by whoever wrote that row.
		if inserted = false; protocol.Repair(row.Status, hold) != protocol.Insert {
			return nil
		}
		r.Status, r.Version, r.CreatedAt, r.UpdatedAt = protocol.Pending, 1, c.at, c.at
		r.Actor, r.UpdatedBy = c.meta.Actor, c.meta.Actor
		inserted, err = c.insert(r)
		return err
	})
	if err != nil || !inserted {
		return false, err
	}
	s.counts.outcome(OutcomeRepaired)
	s.logger.WarnContext(ctx, "repaired a create that broke off", "reservation_id", id)
	s.scheduled(r.ExpiresAt)
	return true, nil
}
