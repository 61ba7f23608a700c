package ledger_test

import (
	"maps"
	"slices"

	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// modelCount is a count in the model, with the last line of each product.
type modelCount struct {
	id, store string
	status    ledger.CountStatus
	lines     map[string]*modelCountLine
}

type modelCountLine struct {
	counted, quantity int64
	state             ledger.CountLineState
	failure           ledger.CountFailure
}

func (m *model) countLine(c *modelCount, product string, counted int64) problem.Code {
	deleted, known := m.products[product]
	switch {
	case c.status != ledger.CountOpen:
		return problem.InvalidState
	case !known:
		return problem.NotFound
	case deleted:
		return problem.ProductDeleted
	}
	l := &modelCountLine{counted: counted, state: ledger.LineCounted}
	if r := m.rows[place{product, c.store}]; r != nil {
		l.quantity = r.quantity
	}
	c.lines[product] = l
	return ""
}

// apply books the lines of a count, or tries again those that failed.
func (m *model) apply(c *modelCount, seen map[string]int) problem.Code {
	if c.status == ledger.CountDiscarded {
		return problem.InvalidState
	}
	from := ledger.LineCounted
	if c.status == ledger.CountApplied {
		from = ledger.LineFailed
	}
	for _, product := range slices.Sorted(maps.Keys(c.lines)) {
		l := c.lines[product]
		if l.state != from {
			continue
		}
		if m.book(place{product, c.store}, l) {
			seen["booked in a new row"]++
		}
		switch {
		case l.state == ledger.LineFailed:
			seen["failed "+string(l.failure)]++
		case from == ledger.LineFailed:
			seen["booked after it failed"]++
		default:
			seen["booked"]++
		}
	}
	c.status = ledger.CountApplied
	return ""
}

// book books a line, and reports whether its row is a new one.
func (m *model) book(k place, l *modelCountLine) (created bool) {
	r, difference := m.rows[k], l.counted-l.quantity
	l.state, l.failure = ledger.LineFailed, ""
	switch {
	case r == nil && difference < 0, r != nil && difference < 0 && r.available()+difference < 0:
		l.failure = ledger.FailureClaimed
	case r != nil && r.quantity+difference > ledger.MaxQuantity:
		l.failure = ledger.FailureMaximum
	case difference == 0:
		l.state = ledger.LineApplied
	case r == nil && m.products[k.product]:
		l.failure = ledger.FailureDeleted
	default:
		if l.state, created = ledger.LineApplied, r == nil; created {
			r = m.newRow(k)
			r.version++ // it is created first
		}
		m.set(r, r.quantity+difference, r.reserved, r.reorderPoint)
	}
	return created
}

func (m *model) discard(c *modelCount) problem.Code {
	if c.status != ledger.CountOpen {
		return problem.InvalidState
	}
	c.status = ledger.CountDiscarded
	return ""
}
