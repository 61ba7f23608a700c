package reservation

import (
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
)

// checkUnits checks the units of a request, which has none (nil) or at least one
// line.
func checkUnits(units []protocol.Units) error {
	if units == nil {
		return nil
	}
	var checks problem.Checks
	checks.Require(len(units) >= 1 && len(units) <= MaxLines, "lines", "must be 1 to %d", MaxLines)
	if err := checks.Err(); err != nil {
		return err
	}
	for i, u := range units {
		at := func(name string) string { return fmt.Sprintf("lines.%d.%s", i, name) }
		checks.Word(at("product_id"), u.ProductID, 1, 64)
		checks.StoreID(at("store_id"), u.StoreID)
		checks.Range(at("quantity"), u.Quantity, 1, MaxQuantity)
	}
	return checks.Err()
}

// noLine is the problem of a line whose row the reservation does not have.
func noLine(line int) error {
	return problem.Invalid(fmt.Sprintf("lines.%d", line), "names a product and store that the reservation does not have")
}

// tooMany is the problem of a request whose lines, up to the given one, ask for more
// units of its row than left returns for the line of the reservation. state names the
// units that left counts, such as held.
func tooMany(units []protocol.Units, line int, r Reservation, state string, left func(protocol.Line) int64) error {
	row := units[line]
	var requested, available int64
	for _, u := range units[:line+1] {
		if u.ProductID == row.ProductID && u.StoreID == row.StoreID {
			requested += u.Quantity
		}
	}
	for _, l := range r.AllLines() {
		if l.ProductID == row.ProductID && l.StoreID == row.StoreID {
			available = left(l.Line)
		}
	}
	e := problem.New(problem.InvalidState, "Too many units in line %d: %d of product %s in store %s are requested, %d are %s.",
		line, requested, row.ProductID, row.StoreID, available, state)
	e.Members = map[string]any{"available": available, "requested": requested}
	return e
}

func expiredProblem(r Reservation) error {
	return problem.New(problem.ReservationExpired, "The reservation expired at %s.", clock.Text(r.ExpiresAt))
}

// stockWithoutTotals is the problem of a decision that the stock of an earlier
// release does not understand.
func stockWithoutTotals() error {
	const retryAfter = 5 * time.Second
	return problem.Unavailable(problem.StockUnavailable, retryAfter, nil,
		"Stock is not known to settle parts of a reservation yet; nothing was changed. Send the request again after its upgrade.")
}

// eventUnits returns the units of a request as events have them.
func eventUnits(units []protocol.Units) []inventory.ReservationUnits {
	list := make([]inventory.ReservationUnits, len(units))
	for i, u := range units {
		list[i] = inventory.ReservationUnits{ProductID: u.ProductID, StoreID: u.StoreID, Quantity: u.Quantity}
	}
	return list
}
