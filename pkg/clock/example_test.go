package clock_test

import (
	"fmt"
	"time"

	"inventory.example/pkg/clock"
)

// A test moves the time itself.
func ExampleFake() {
	c := clock.NewFake(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	timer := c.NewTimer(10 * time.Minute)
	c.Advance(9 * time.Minute)
	select {
	case <-timer.C():
		fmt.Println("too early")
	default:
		fmt.Println("not yet at", c.Now().Format(time.TimeOnly))
	}
	c.Advance(time.Minute)
	fmt.Println("fired at", (<-timer.C()).Format(time.TimeOnly))
	// Output:
	// not yet at 09:09:00
	// fired at 09:10:00
}
