package reservation

import (
	"time"

	"inventory.example/pkg/contract/protocol"
)

// Outcome is the outcome of a request for a reservation, or of a reservation.
type Outcome string

// The outcomes. A repetition, which changes nothing, has none.
const (
	OutcomeCreated      Outcome = "created"         // it is recorded and pending
	OutcomeRepaired     Outcome = "repaired"        // the same, after a create that broke off
	OutcomeConfirmed    Outcome = "confirmed"       // it ended as a sale
	OutcomeCancelled    Outcome = "cancelled"       // it was given up
	OutcomeExpired      Outcome = "expired"         // its time to live ended
	OutcomeExtended     Outcome = "extended"        // it expires later
	OutcomeUpdated      Outcome = "updated"         // some of its units were sold or given back, others stay held
	OutcomeReturned     Outcome = "returned"        // sold units came back
	OutcomeInsufficient Outcome = "insufficient"    // refused: too little is available
	OutcomeNoRow        Outcome = "no_row"          // refused: there is no such stock row
	OutcomeDeleted      Outcome = "product_deleted" // refused: the product was deleted
	OutcomeUnavailable  Outcome = "unavailable"     // refused: stock was not asked
	OutcomeAborted      Outcome = "aborted"         // refused: stock's response never came, and the id was given up
)

// Outcomes are all of them.
var Outcomes = []Outcome{
	OutcomeCreated, OutcomeRepaired, OutcomeConfirmed, OutcomeCancelled, OutcomeExpired, OutcomeExtended, OutcomeUpdated, OutcomeReturned,
	OutcomeInsufficient, OutcomeNoRow, OutcomeDeleted, OutcomeUnavailable, OutcomeAborted,
}

// outcomeOf returns the outcome of a reservation that reached its end.
func outcomeOf(end protocol.Status) Outcome {
	switch end {
	case protocol.Confirmed:
		return OutcomeConfirmed
	case protocol.Cancelled:
		return OutcomeCancelled
	default:
		return OutcomeExpired
	}
}

// Counts has a function for each metric. Nil functions are not called. They are
// called after the commit, concurrently, and must not block.
type Counts struct {
	Outcome func(Outcome)
	// SettledByWalk gets the number of holds that a walk settled.
	SettledByWalk func(n int)
	// Late gets the delay of an expiry.
	Late func(time.Duration)
}

func (c Counts) outcome(o Outcome) {
	if c.Outcome != nil {
		c.Outcome(o)
	}
}

func (c Counts) settledByWalk(n int) {
	if c.SettledByWalk != nil {
		c.SettledByWalk(n)
	}
}

// expired counts reservations that were expired by now.
func (c Counts) expired(list []Reservation, now time.Time) {
	for _, r := range list {
		c.outcome(OutcomeExpired)
		if c.Late != nil {
			c.Late(max(0, now.Sub(r.ExpiresAt)))
		}
	}
}
