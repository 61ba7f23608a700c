package process_test

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/process"
)

// Parts are stopped in the order in which they were added: the server before the
// worker that it calls.
func ExampleGroup() {
	ctx, stop := context.WithCancel(context.Background())
	part := func(name string) func(context.Context) error {
		return func(ctx context.Context) error {
			<-ctx.Done()
			fmt.Println(name, "has ended")
			return nil
		}
	}
	var group process.Group
	group.Add("server", part("server"))
	group.Add("worker", part("worker"))
	stop()
	fmt.Println(group.Run(ctx, time.Minute))
	// Output:
	// server has ended
	// worker has ended
	// <nil>
}
