package reservation

import (
	"errors"
	"reflect"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
)

// replayed is a reservation according to its events so far. The zero value, with
// consistent set, has none.
type replayed struct {
	consistent bool // each event may follow on those before it
	status     protocol.Status
	version    int64
	expiresAt  string                      // empty: an aborted create, which says none
	reason     string                      // of a cancellation that ended it
	lines      []inventory.ReservationLine // nil: the events are of releases before lines
}

// errDiffers is the difference of an event and the record of its reservation.
var errDiffers = errors.New("it differs from the record")

// add replays an event of the reservation r. It returns an error when the event says
// something that no change of r can have been.
func (p *replayed) add(r Reservation, e events.Event) error {
	// No type has a member of another meaning under the same name.
	said, err := events.PayloadAs[struct {
		inventory.ReservationCreated
		PreviousExpiresAt string `json:"previous_expires_at"`
		Reason            string `json:"reason"`
	}](e)
	if err != nil {
		return err
	}
	product, store, quantity := r.Row()
	if said.ReservationID != r.ID || said.ProductID != product || said.StoreID != store || said.Quantity != quantity ||
		said.CustomerID != "" && said.CustomerID != r.CustomerID {
		return errDiffers
	}
	p.version++
	p.consistent = p.consistent && e.Version == p.version
	if said.Lines != nil {
		p.lines = said.Lines
	}
	begins := e.Type == inventory.TypeReservationCreated || e.Type == inventory.TypeReservationCancelled && said.Reason == inventory.ReasonAborted
	p.consistent = p.consistent && begins == (p.version == 1)
	switch e.Type {
	case inventory.TypeReservationCreated:
		p.status, p.expiresAt = protocol.Pending, said.ExpiresAt
	case inventory.TypeReservationExtended:
		p.consistent = p.consistent && p.status == protocol.Pending
		if said.PreviousExpiresAt != p.expiresAt {
			return errDiffers
		}
		p.expiresAt = said.ExpiresAt
	case inventory.TypeReservationUpdated:
		p.consistent = p.consistent && p.status == protocol.Pending
	case inventory.TypeReservationReturned:
	case inventory.TypeReservationConfirmed:
		p.applyEnd(protocol.Confirmed, begins)
	case inventory.TypeReservationCancelled:
		p.reason = said.Reason
		p.applyEnd(protocol.Cancelled, begins)
	case inventory.TypeReservationExpired:
		p.applyEnd(protocol.Expired, begins)
	default:
		p.consistent = false
	}
	return nil
}

// applyEnd replays the end of a reservation by an act, or a create that was aborted.
func (p *replayed) applyEnd(act protocol.Status, begins bool) {
	p.consistent = p.consistent && (begins || p.status == protocol.Pending)
	if p.status = act; p.lines != nil {
		p.status = protocol.StatusOf(protocolLines(p.lines), act)
	}
}

// agrees returns an error unless the events and the record of the reservation agree.
func (p *replayed) agrees(r Reservation) error {
	if p.reason != r.Reason || p.expiresAt != "" && p.expiresAt != clock.Text(r.ExpiresAt) ||
		p.lines != nil && !reflect.DeepEqual(p.lines, r.state().Lines) {
		return errDiffers
	}
	return nil
}

// protocolLines returns the lines of an event as package protocol has them.
func protocolLines(list []inventory.ReservationLine) []protocol.Line {
	lines := make([]protocol.Line, len(list))
	for i, l := range list {
		lines[i] = protocol.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Confirmed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		}
	}
	return lines
}
