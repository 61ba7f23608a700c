package stockclient

import (
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/services/reservation/internal/reservation"
)

func wireLines(list []reservation.RequestLine) []stockwire.Line {
	lines := make([]stockwire.Line, len(list))
	for i, l := range list {
		lines[i] = stockwire.Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity}
	}
	return lines
}

func wireRequest(r reservation.Request, reference string) *stockwire.Request {
	request := &stockwire.Request{
		Reference: reference, OnShortage: stockwire.ShortageReject, Sourcing: string(r.Sourcing), Lines: make([]stockwire.RequestLine, len(r.Lines)),
	}
	if r.Partial {
		request.OnShortage = stockwire.ShortagePartial
	}
	for i, l := range r.Lines {
		request.Lines[i] = stockwire.RequestLine(l)
	}
	return request
}

// askedRequest returns the request that a hold was granted to, as the create had it;
// nil when that asked for units of one row.
func askedRequest(hold stockwire.FoundHold) *reservation.Request {
	r := reservation.Request{}
	if hold.Request == nil {
		for _, l := range hold.Lines {
			if l.Quantity > 0 { // the others took returned units
				r.Lines = append(r.Lines, reservation.RequestLine{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity})
			}
		}
	} else {
		r.Partial, r.Sourcing = hold.Request.OnShortage == stockwire.ShortagePartial, reservation.Sourcing(hold.Request.Sourcing)
		for _, l := range hold.Request.Lines {
			r.Lines = append(r.Lines, reservation.RequestLine(l))
		}
	}
	r = r.Normalized()
	if _, is := r.IsRow(); is || len(r.Lines) == 0 {
		return nil
	}
	return &r
}

// maxWeight bounds the holds of one request to stock, in bytes of their lines in it and
// in its response: far below the bounds of both.
const maxWeight = 256 << 10

// weight returns how many bytes the lines of a hold take, at most about.
func weight(h stockwire.Hold) int {
	const names = 64 // of the members of a line
	bytes := 0
	for _, l := range h.Lines {
		bytes += names + len(l.ProductID) + len(l.StoreID)
	}
	if h.Request == nil {
		return bytes
	}
	for _, l := range h.Request.Lines {
		row := names + max(len(l.ProductID), len(l.SKU), 64)
		bytes += row + len(l.StoreID)
		for _, store := range l.Stores {
			bytes += row + len(store) // each may be a line of the response
		}
	}
	return bytes
}
