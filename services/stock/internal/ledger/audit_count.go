package ledger

import (
	"cmp"
	"maps"
	"slices"

	"inventory.example/pkg/audit"
)

// countAudit compares each line of a count with the movements of the count.
type countAudit struct {
	counts map[string]*auditedCount
	moved  map[movedByCount]int64 // the sums that no line has explained yet
	booked *audit.Check
}

// auditedCount is a count, and the totals of its lines.
type auditedCount struct {
	Count
	lines CountTotals
}

// movedByCount is a row that a count moved.
type movedByCount struct {
	countID string
	row     RowKey
}

func newCountAudit() *countAudit {
	return &countAudit{counts: map[string]*auditedCount{}, moved: map[movedByCount]int64{}, booked: audit.NewCheck(audit.CountIsBooked)}
}

func (a *countAudit) movement(m Movement) {
	if m.CountID != "" {
		a.moved[movedByCount{m.CountID, RowKey{m.ProductID, m.StoreID}}] += m.Change
	}
}

// run compares everything, after all movements.
func (a *countAudit) run(s Snapshot) error {
	err := s.Counts(func(c Count) error {
		a.counts[c.ID] = &auditedCount{Count: c}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.CountLines(a.line); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(a.counts)) {
		a.compare(a.counts[id])
	}
	for _, key := range slices.SortedFunc(maps.Keys(a.moved), func(k, o movedByCount) int {
		return cmp.Or(cmp.Compare(k.countID, o.countID), k.row.compare(o.row))
	}) {
		a.booked.Violate("count %s: it moved %d units of %s, for which it has no applied line", key.countID, a.moved[key], key.row)
	}
	return nil
}

func (a *countAudit) line(countID string, l CountLine) error {
	a.booked.Checked++
	c := a.counts[countID]
	if c == nil {
		a.booked.Violate("count %s: there are lines, but no count", countID)
		return nil
	}
	c.lines.Lines++
	switch l.State {
	case LineFailed:
		c.lines.Failed++
	case LineApplied:
		c.lines.Applied++
		key := movedByCount{countID, RowKey{l.ProductID, c.StoreID}}
		if a.moved[key] != l.Difference() {
			a.booked.Violate("count %s: %d units of %s are to be booked, the movements add up to %d", countID, l.Difference(), key.row, a.moved[key])
		}
		delete(a.moved, key)
	case LineCounted:
	}
	return nil
}

// compare compares a count with its lines.
func (a *countAudit) compare(c *auditedCount) {
	ended := c.lines.Applied + c.lines.Failed
	switch {
	case c.lines != c.Totals:
		a.booked.Violate("count %s: its totals are %+v, those of its lines %+v", c.ID, c.Totals, c.lines)
	case c.Status == CountApplied && ended < c.lines.Lines, (c.Status == CountOpen || c.Status == CountDiscarded) && ended > 0:
		a.booked.Violate("count %s: it is %s, its lines %+v", c.ID, c.Status, c.lines)
	}
}
