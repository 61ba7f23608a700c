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
