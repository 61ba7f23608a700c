package ledger

import (
	"context"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// applyStep is how many lines of a count are booked in one transaction, so that other
// requests wait for the database's writer for a moment only.
const applyStep = 64

// MaxFailedLines bounds the failed lines that an apply returns.
const MaxFailedLines = 100

// ApplyCount books the lines of a count, a few in each transaction, and returns the
// count with the first lines that failed. A line changes its state in the transaction
// that books it, so an apply that broke off continues when it is called again. An
// applied count books nothing twice: only the lines that failed are tried again. An
// apply ends between two steps when stop is closed, with a StorageUnavailable problem.
func (s *Service) ApplyCount(
	ctx context.Context, id string, stores []string, once idempotency.Request, stop <-chan struct{},
) (Count, bool, error) {
	step, err := s.beginApply(ctx, id, stores, once)
	for err == nil && !step.done {
		select {
		case <-stop:
			err = problem.Unavailable(problem.StorageUnavailable, time.Second, nil,
				"The service stops, and a part of the count is not booked. Send the request again.")
		default:
			step, err = s.applyLines(ctx, step, stores)
		}
	}
	if err != nil || step.replayed {
		return step.count, step.replayed, err
	}
	return s.endApply(ctx, step, stores, once)
}

// apply is the progress of a call of ApplyCount.
type apply struct {
	count    Count
	from     CountLineState // of the lines that it books
	after    string         // the product of the last line
	done     bool
	replayed bool
	newStore bool
	applied  int64 // lines of the last step
	failed   int64
}

// beginApply keeps further lines away from the count.
func (s *Service) beginApply(ctx context.Context, id string, stores []string, once idempotency.Request) (apply, error) {
	needs := Needs{Counts: []string{id}}
	if once.Asked() {
		needs.Requests = []idempotency.Request{once}
	}
	return write(ctx, s, needs, func(c *change) (a apply, err error) {
		if a.count, a.replayed, err = idempotency.Replay(c.tx, once, s.savedCounts); err != nil || a.replayed {
			a.done = true
			return a, err
		}
		if a.count, err = c.count(id, stores); err != nil {
			return a, err
		}
		a.from = LineCounted
		switch a.count.Status {
		case CountDiscarded:
			return a, problem.New(problem.InvalidState, "The count was discarded, so it cannot be applied.")
		case CountApplied:
			a.from = LineFailed
		case CountOpen:
			a.count.Status = CountApplying
			a.count, err = c.saveCount(a.count)
		case CountApplying:
		}
		return a, err
	})
}

// applyLines books the next lines.
func (s *Service) applyLines(ctx context.Context, a apply, stores []string) (apply, error) {
	next, err := write(ctx, s, s.applyNeeds(ctx, a), func(c *change) (apply, error) { return c.applyLines(a, stores) })
	if err != nil {
		return a, err
	}
	if count := s.counts.CountLine; count != nil {
		for range next.applied {
			count(LineApplied)
		}
		for range next.failed {
			count(LineFailed)
		}
	}
	return next, nil
}

// applyNeeds names the next lines with their rows.
func (s *Service) applyNeeds(ctx context.Context, a apply) Needs {
	needs := Needs{Counts: []string{a.count.ID}, Stores: []string{a.count.StoreID}}
	list, err := s.repo.LinesOfCount(ctx, a.count.ID, &a.from, paging.Page{Limit: applyStep, After: paging.Key{a.after}})
	if err != nil {
		return needs
	}
	for _, l := range list.Items {
		needs.CountLines = append(needs.CountLines, CountLineKey{a.count.ID, l.ProductID})
		needs.Rows, needs.Products = append(needs.Rows, RowKey{l.ProductID, a.count.StoreID}), append(needs.Products, l.ProductID)
	}
	return needs
}

func (c *change) applyLines(a apply, stores []string) (apply, error) {
	count, err := c.count(a.count.ID, stores)
	if err != nil {
		return a, err
	}
	lines, err := c.tx.CountLines(count.ID, a.from, a.after, applyStep)
	if err != nil {
		return a, err
	}
	a.applied, a.failed = 0, 0
	for _, l := range lines {
		booked, newStore, err := c.bookCounted(count, l)
		if err != nil {
			return a, err
		}
		if err := c.tx.EndCountLine(count.ID, a.from, booked); err != nil {
			return a, err
		}
		if booked.State == LineApplied {
			a.applied++
		} else {
			a.failed++
		}
		a.newStore = a.newStore || newStore
		a.after = l.ProductID
	}
	count.Totals.Applied += a.applied
	switch a.from {
	case LineFailed:
		count.Totals.Failed -= a.applied
	default:
		count.Totals.Failed += a.failed
	}
	if a.count, a.done = count, len(lines) < applyStep; len(lines) > 0 {
		a.count, err = c.saveCount(count)
	}
	return a, err
}

// bookCounted books the difference of one line, and returns the line as it is then.
func (c *change) bookCounted(count Count, l CountLine) (booked CountLine, newStore bool, err error) {
	row, found, err := c.row(l.ProductID, count.StoreID)
	if err != nil {
		return l, false, err
	}
	quantity := row.Quantity + l.Difference()
	l.State, l.Failure, l.Claimed = LineFailed, "", 0
	switch {
	case quantity < row.Claimed():
		l.Failure, l.Claimed = FailureClaimed, row.Claimed()
		return l, false, nil
	case quantity > MaxQuantity:
		l.Failure = FailureMaximum
		return l, false, nil
	case l.Difference() == 0:
		l.State = LineApplied
		return l, false, nil
	case !found:
		if row, l.Failure, err = c.countedRow(l.ProductID, count.StoreID); err != nil || l.Failure != "" {
			return l, false, err
		}
	}
	l.State = LineApplied
	newStore = row.NewStore
	row = c.update(row, func(r *Row) { r.Quantity = quantity })
	err = c.record(row, Movement{
		Kind: MovementCounted, Change: l.Difference(), Reason: inventory.ReasonCount, Reference: count.Reference, CountID: count.ID,
	})
	if err != nil {
		return l, false, err
	}
	err = c.appendEvent(row.Version, inventory.StockUpdated{
		ProductID: row.ProductID, StoreID: row.StoreID, PreviousQuantity: quantity - l.Difference(), NewQuantity: quantity,
		Change: l.Difference(), Reason: inventory.ReasonCount, CountID: count.ID,
	})
	if err != nil {
		return l, false, err
	}
	_, err = c.reportLow(row)
	return l, newStore, err
}

// countedRow creates the row of units that were counted where there is none, without
// units, or returns the reason why there can be none.
func (c *change) countedRow(productID, storeID string) (Row, CountFailure, error) {
	product, known, err := c.tx.Product(productID)
	switch {
	case err != nil:
		return Row{}, "", err
	case !known || product.Deleted:
		return Row{}, FailureDeleted, nil
	}
	if err := c.requireStore(storeID); problem.CodeOf(err) == problem.UnknownStore {
		return Row{}, FailureStore, nil
	} else if err != nil {
		return Row{}, "", err
	}
	row, err := c.emptyRow(product, storeID)
	return row, "", err
}

// endApply ends the apply of all lines, and saves its result with the lines that
// failed. Their reservations are read before: there may be many holds, which the
// database's writer should not read.
func (s *Service) endApply(ctx context.Context, a apply, stores []string, once idempotency.Request) (Count, bool, error) {
	var failed []CountLine
	if a.count.Totals.Failed > 0 {
		state := LineFailed
		list, err := s.CountLines(ctx, a.count, &state, paging.Page{Limit: MaxFailedLines})
		if err != nil {
			return Count{}, false, err
		}
		failed = list.Items
	}
	return writeOnce(ctx, s, Needs{Counts: []string{a.count.ID}}, once, s.savedCounts, func(c *change) (Count, error) {
		count, err := c.count(a.count.ID, stores)
		if err == nil && count.Status == CountApplying {
			count.Status = CountApplied
			count, err = c.saveCount(count)
		}
		count.Lines, count.NewStore = failed, a.newStore
		return count, err
	})
}
