package rest

import (
	"cmp"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// requestOf returns the request of a hold, nil for none.
func requestOf(r *stockwire.Request) (*ledger.Request, error) {
	if r == nil {
		return nil, nil
	}
	shortage := cmp.Or(r.OnShortage, stockwire.ShortageReject)
	if shortage != stockwire.ShortageReject && shortage != stockwire.ShortagePartial {
		return nil, problem.Invalid("on_shortage", "must be reject or partial")
	}
	request := &ledger.Request{
		Reference: r.Reference, Partial: shortage == stockwire.ShortagePartial,
		Sourcing: ledger.Sourcing(cmp.Or(r.Sourcing, stockwire.SourcingRanked)), Lines: make([]ledger.RequestLine, len(r.Lines)),
	}
	for i, l := range r.Lines {
		l.SKU = sku.Normal(l.SKU)
		request.Lines[i] = ledger.RequestLine(l)
	}
	return request, nil
}

// wireRequest is requestOf in the other direction.
func wireRequest(r *ledger.Request) *stockwire.Request {
	if r == nil {
		return nil
	}
	request := &stockwire.Request{
		Reference: r.Reference, OnShortage: stockwire.ShortageReject, Sourcing: string(r.Sourcing), Lines: make([]stockwire.RequestLine, len(r.Lines)),
	}
	if r.Partial {
		request.OnShortage = stockwire.ShortagePartial
	}
	for i, l := range r.Lines {
		request.Lines[i] = stockwire.RequestLine(l)
	}
	return request
}

// heldLines returns the lines of a hold, or, as it was granted, only those that its
// request asked for, before any settlement.
func heldLines(h ledger.Hold, asGranted bool) []stockwire.HeldLine {
	lines := make([]stockwire.HeldLine, 0, len(h.Lines))
	for i, l := range h.Lines {
		line := stockwire.HeldLine{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity}
		switch {
		case i < len(h.Requested) && h.Requested[i] != l.Quantity:
			line.Requested = h.Requested[i]
		case i >= len(h.Requested) && asGranted:
			continue
		}
		if !asGranted {
			line.Committed, line.Released, line.Returned, line.Restocked = l.Committed, l.Released, l.Returned, l.Restocked
		}
		lines = append(lines, line)
	}
	return lines
}
