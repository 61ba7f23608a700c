// Command model walks every reachable state of the reservation protocol for
// one Idempotency-Key: time-outs, crashes, late and lost messages, repeated
// and reordered events, concurrent retries, a key that is free again. In each state it checks that stock
// and reservation do not contradict each other.
//
// The rules are those of pkg/contract/protocol, the functions that the services run.
// What surrounds them, the network, the crashes, the client and the clock, is
// here. A change of the protocol is tried here first:
//
//	go run ./model             two sends by the client: seconds
//	go run ./model -sends 3    three: a minute, some 2 GiB
//	go run ./model -lossy      the broker loses events: what is left, the walk ends
//	go run ./model -bug NAME   what goes wrong without that rule
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	sends := flag.Int("sends", 2, fmt.Sprintf("how often the client sends the request, 1 to %d", maxSends))
	lossy := flag.Bool("lossy", false, "the broker may lose events")
	bug := flag.String("bug", "", "leave out one rule: "+strings.Join(bugs, ", "))
	flag.Parse()
	if *sends < 1 || *sends > maxSends || (*bug != "" && !slices.Contains(bugs, *bug)) || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	r := walk(*sends, *bug, *lossy)
	if r.Violation != "" {
		fmt.Printf("VIOLATION: %s\n%s\n", r.Violation, strings.Join(r.Trace, "\n"))
		os.Exit(1)
	}
	fmt.Printf("%d states, %d of them at rest, no violation\n", r.States, r.Quiet)
}
