package ledger

import (
	"context"
	"slices"
	"strconv"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Receipt is the units of a product that are accounted for: each unit arrived, intact
// or damaged, or was lost.
type Receipt struct {
	ProductID string
	Received  int64
	Damaged   int64 // of the received units
	Lost      int64
}

// units returns all units of the receipt.
func (r Receipt) units() int64 { return r.Received + r.Lost }

func checkReceipts(receipts []Receipt) error {
	var checks problem.Checks
	checks.Range("lines", int64(len(receipts)), 1, MaxTransferLines)
	if len(receipts) > MaxTransferLines {
		return checks.Err()
	}
	var total int64
	for i, r := range receipts {
		line := "lines." + strconv.Itoa(i) + "."
		checks.Word(line+"product_id", r.ProductID, 1, maxID)
		checks.Require(!slices.ContainsFunc(receipts[:i], func(o Receipt) bool { return o.ProductID == r.ProductID }),
			line+"product_id", "must not be named twice")
		checks.Range(line+"received", r.Received, 0, MaxQuantity)
		checks.Range(line+"damaged", r.Damaged, 0, MaxQuantity)
		checks.Require(r.Damaged <= r.Received, line+"damaged", "must not exceed received, which counts the damaged units too")
		checks.Range(line+"lost", r.Lost, 0, MaxQuantity)
		if r.units() > 0 {
			total++
		}
	}
	checks.Require(total > 0 || len(receipts) == 0, "lines", "must account for at least one unit")
	return checks.Err()
}

// ReceiveTransfer accounts for units that are on the way: those that arrived join the
// quantity of the target, the damaged ones in state damaged. It may be called as often
// as needed; the order is received when nothing is on the way any more. More units
// than are on the way are an InvalidState problem with the numbers.
func (s *Service) ReceiveTransfer(
	ctx context.Context, id string, receipts []Receipt, stores []string, once idempotency.Request,
) (TransferOrder, bool, error) {
	if err := checkReceipts(receipts); err != nil {
		return TransferOrder{}, false, err
	}
	return s.changeTransfer(ctx, Needs{Transfers: []string{id}}, once, StepReceived, func(c *change) (TransferOrder, error) {
		t, err := c.transferOrder(id, stores)
		if err != nil {
			return TransferOrder{}, err
		}
		if t.Status != TransferShipped {
			return TransferOrder{}, problem.New(problem.InvalidState, "The transfer is %s, so nothing of it is on the way.", t.Status)
		}
		lines, err := t.linesOf(receipts)
		if err != nil {
			return TransferOrder{}, err
		}
		return c.receive(t, receipts, lines)
	})
}

// excessLine is a receipt of more units than are on the way.
type excessLine struct {
	Line      int    `json:"line"`
	ProductID string `json:"product_id"`
	OnTheWay  int64  `json:"on_the_way"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
}

// linesOf returns the index of the line of each receipt.
func (t TransferOrder) linesOf(receipts []Receipt) ([]int, error) {
	lines := make([]int, len(receipts))
	var excess []excessLine
	for i, r := range receipts {
		lines[i] = slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.ProductID == r.ProductID })
		if lines[i] < 0 {
			return nil, ofLine(i, problem.New(problem.NotFound, "The transfer has no product %s.", r.ProductID))
		}
		if onTheWay := t.Lines[lines[i]].OnTheWay(); r.units() > onTheWay {
			excess = append(excess, excessLine{i, r.ProductID, onTheWay, r.Received, r.Damaged, r.Lost})
		}
	}
	if len(excess) == 0 {
		return lines, nil
	}
	first := excess[0]
	p := problem.New(problem.InvalidState, "Line %d of the request accounts for %d units, %d are on the way.",
		first.Line, first.Received+first.Lost, first.OnTheWay)
	p.Members = map[string]any{"lines": excess}
	return nil, p
}

func (c *change) receive(t TransferOrder, receipts []Receipt, lines []int) (TransferOrder, error) {
	kind := MovementTransferredIn
	if t.FromStore == "" {
		kind = MovementReceived
	}
	for i, r := range receipts {
		if r.units() == 0 {
			continue
		}
		row, err := c.seenRow(r.ProductID, t.ToStore, nil)
		if err != nil {
			return TransferOrder{}, err
		}
		if row.Quantity+r.Received > MaxQuantity {
			return TransferOrder{}, aboveMaximum(t.ToStore, r.ProductID)
		}
		err = c.bookTransfer(t, row, booking{
			kind: kind, quantity: r.Received, incoming: -r.units(), damaged: r.Damaged,
		})
		if err != nil {
			return TransferOrder{}, err
		}
		l := &t.Lines[lines[i]]
		l.Received += r.Received
		l.Damaged += r.Damaged
		l.Lost += r.Lost
	}
	if !t.underWay() {
		t.Status = TransferReceived
	}
	return c.saveTransfer(t, func(s inventory.TransferState) eventBody { return inventory.TransferReceived{TransferState: s} })
}
