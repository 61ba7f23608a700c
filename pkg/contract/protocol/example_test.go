package protocol_test

import (
	"fmt"

	"inventory.example/pkg/contract/protocol"
)

// A release that comes before its hold leaves a tombstone, which refuses the hold.
func ExampleSettle() {
	hold, effect := protocol.Settle(protocol.HoldAbsent, protocol.Release)
	fmt.Println(hold, effect == protocol.Tombstoned)
	hold, grant := protocol.RequestHold(hold)
	fmt.Println(hold, grant == protocol.GrantSettled)
	// Output:
	// released true
	// released true
}

// Two parts of a reservation are sold, and the settlement of the first part
// arrives after that of the second: it moves nothing.
func ExampleSettleTo() {
	hold := []protocol.Line{{ProductID: "tea", StoreID: "MAD-001", Quantity: 3}}
	one := []protocol.Units{{ProductID: "tea", StoreID: "MAD-001", Quantity: 1}}
	first := protocol.Confirm(protocol.Pending, hold, one, true, "15:00", "14:30")
	second := protocol.Confirm(first.Act, first.Lines, one, false, "15:00", "14:40")

	settled := protocol.SettleTo(protocol.HoldHeld, hold, protocol.Target{Lines: second.Lines})
	fmt.Println(settled.State, settled.Moves[0].Commit, "sold", settled.Moves[0].Release, "released")
	settled = protocol.SettleTo(settled.State, settled.Lines, protocol.Target{Lines: first.Lines})
	fmt.Println(settled.State, settled.Progress == protocol.ProgressOvertaken)
	// Output:
	// committed 2 sold 1 released
	// committed true
}
