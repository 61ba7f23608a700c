// Command model walks every reachable state of the reservation protocol. In each
// state it checks that stock and reservation do not contradict each other.
//
// The rules are those of pkg/contract/protocol, the functions that the services run.
// Their surroundings, the network, the crashes, the clients and the clock, are
// here. A change of the protocol is tried here first. There are three walks:
//
//   - create: one Idempotency-Key, with time-outs, crashes, late and lost messages,
//     repeated and reordered events, concurrent retries, and a key that is free
//     again;
//   - order: one order of two lines that is granted in whole or in part, sold and
//     given back in parts, extended, returned and expired, with the same faults;
//   - rows: two orders that want the same two rows in opposite order.
//
// Examples:
//
//	go run ./model                         the create, two sends by the client: seconds
//	go run ./model -sends 3                three: a minute, some 2 GiB
//	go run ./model -lossy                  the broker loses events: the walk alone ends the holds
//	go run ./model -of order               three changes of the order after its create: a second
//	go run ./model -of order -decisions 4  four
//	go run ./model -of order -clock        its time passes; takes fewer decisions
//	go run ./model -of order -skew         stock is of the release before totals at first
//	go run ./model -of rows -part          the orders take a part when there is a shortage
//	go run ./model -bug NAME               the violation without that rule
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"inventory.example/test/model/order"
	"inventory.example/test/model/rows"
	"inventory.example/test/model/search"
)

func main() {
	of := flag.String("of", "", "the walk: create, order or rows; empty: that of the bug, or create")
	sends := flag.Int("sends", 2, fmt.Sprintf("create: how often the client sends the request, 1 to %d", maxSends))
	decisions := flag.Int("decisions", 3, fmt.Sprintf("order: how often it changes after its create, 1 to %d", order.MaxDecisions))
	clock := flag.Bool("clock", false, "order: time passes")
	skew := flag.Bool("skew", false, "order: stock is of the release before totals at first")
	part := flag.Bool("part", false, "rows: the orders take a part")
	lossy := flag.Bool("lossy", false, "create, order: the broker may lose events")
	bug := flag.String("bug", "", "leave out one rule; create: "+strings.Join(bugs, ", ")+
		"; order: "+strings.Join(order.Bugs, ", ")+"; rows: "+strings.Join(rows.Bugs, ", "))
	flag.Parse()
	name, known := walkOf(*of, *bug)
	if !known || *sends < 1 || *sends > maxSends || *decisions < 1 || *decisions > order.MaxDecisions || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	switch name {
	case "order":
		o := order.Options{Decisions: *decisions, Clock: *clock, Lossy: *lossy, Skew: *skew}
		if *bug != "" {
			o = order.OptionsOf(*bug)
		}
		report(order.Walk(o))
	case "rows":
		report(rows.Walk(rows.Options{TakesPart: *part, Bug: *bug}))
	default:
		report(walk(*sends, *bug, *lossy))
	}
}

// walkOf returns the walk with the given name, or without one the first that has
// the bug. It is false when there is none, or when that walk does not have the bug.
func walkOf(name, bug string) (walk string, known bool) {
	for _, w := range []struct {
		name string
		bugs []string
	}{{"create", bugs}, {"order", order.Bugs}, {"rows", rows.Bugs}} {
		if (name == "" || name == w.name) && (bug == "" || slices.Contains(w.bugs, bug)) {
			return w.name, true
		}
	}
	return "", false
}

// report prints the result of a walk, and ends the program if that is a violation.
func report(r search.Result) {
	if r.Violation != "" {
		fmt.Printf("VIOLATION: %s\n%s\n", r.Violation, strings.Join(r.Trace, "\n"))
		os.Exit(1)
	}
	fmt.Printf("%d states, %d of them at rest, no violation\n", r.States, r.Quiet)
}
