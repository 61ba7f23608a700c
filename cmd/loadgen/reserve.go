package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	reservePath = "/api/v1/reservations"
	apiKey      = "bench-key-of-the-load-generator"
	storeID     = "BENCH-001"
	plenty      = 1_000_000_000 // units that no run uses up
)

// The opponents of a run.
const (
	againstBare     = "bare"     // a gin handler that stores nothing
	againstRedis    = "redis"    // a hand-made server on Redis
	againstPostgres = "postgres" // a hand-made server on PostgreSQL
	againstHot      = "hot"      // single creates on one row of the same system
)

type reserveOptions struct {
	inventory, other, synchronous string
	load, against                 string
	clients, seconds, pairs       int
	lines                         int
	redisServer, postgres         string
}

// reserveCommand measures reservations per second in alternation with something else,
// each server in a process of its own.
func reserveCommand(ctx context.Context, args []string) error {
	var o reserveOptions
	flags := flag.NewFlagSet("reserve", flag.ContinueOnError)
	flags.StringVar(&o.inventory, "inventory", "bin/inventory", "the inventory binary")
	flags.StringVar(&o.other, "beside", "", "another inventory binary to measure beside it, such as one of before a change (instead of -against)")
	flags.StringVar(&o.load, "load", "hot", "hot (one row), spread (500 rows), sold-out (refusals of one row) or sale (create and confirm on one row)")
	flags.StringVar(&o.against, "against", "", "bare (a handler that stores nothing), redis or postgres (hand-made servers), hot (creates on one row of the same system); bare by default, and hot with -lines")
	flags.IntVar(&o.clients, "clients", 64, "concurrent clients")
	flags.IntVar(&o.seconds, "seconds", 4, "length of each run")
	flags.IntVar(&o.pairs, "pairs", 5, "runs of each server")
	flags.IntVar(&o.lines, "lines", 1, "lines of each reservation, of as many rows (instead of -load)")
	flags.StringVar(&o.synchronous, "synchronous", "FULL", "SQLite's synchronous setting")
	flags.StringVar(&o.redisServer, "redis-server", "redis-server", "the server program for -against redis")
	flags.StringVar(&o.postgres, "postgres", "", "the folder with initdb and postgres for -against postgres")
	if err := flags.Parse(args); err != nil {
		return err
	}
	work, known := workloads[o.load]
	if !known {
		return fmt.Errorf("unknown load %q", o.load)
	}
	if o.lines > 1 {
		work = basket(o.lines)
	}
	switch {
	case o.against != "":
	case o.lines > 1:
		o.against = againstHot
	default:
		o.against = againstBare
	}
	return o.compare(ctx, work)
}

// compare measures the workload on the system and on its opponent.
func (o reserveOptions) compare(ctx context.Context, work workload) error {
	system, err := startInventory(ctx, o.inventory, o.synchronous)
	if err != nil {
		return err
	}
	defer system.remove()
	first, err := work.on(ctx, "inventory", system.addr, "BENCH")
	if err != nil {
		return err
	}
	second, beside, stop, err := o.opponent(ctx, work, system, first)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("POST %s, %s, beside %s: %d clients, %d runs of %d s each, synchronous=%s, all on this machine\n\n",
		reservePath, work.name, second.name, o.clients, o.pairs, o.seconds, o.synchronous)
	totals, err := o.alternate(ctx, first, second)
	if err != nil {
		return err
	}
	for i, s := range []side{first, second} {
		if err := s.verify(ctx, totals[i].answered); err != nil {
			return err
		}
	}
	fmt.Println("units gone from the rows = units granted")
	if second.target.addr == first.target.addr {
		return nil // one server did the work of both sides
	}
	if err := system.report(totals[0].counted); err != nil || beside == nil {
		return err
	}
	fmt.Print(second.name, ": ")
	return beside.report(totals[1].counted)
}

// opponent starts the other side of the comparison; beside is nil unless that is another
// inventory.
func (o reserveOptions) opponent(ctx context.Context, work workload, system *instance, first side) (s side, beside *instance, stop func(), err error) {
	if o.other != "" {
		if beside, err = startInventory(ctx, o.other, o.synchronous); err != nil {
			return side{}, nil, nil, err
		}
		if s, err = work.on(ctx, o.other, beside.addr, "BENCH"); err != nil {
			beside.remove()
		}
		return s, beside, beside.remove, err
	}
	var handMade *server
	switch o.against {
	case againstHot:
		s, err = workloads["hot"].on(ctx, "single creates on one row", system.addr, "HOT")
		return s, nil, func() {}, err
	case againstBare:
		if work.sale || work.want != http.StatusCreated {
			return side{}, nil, nil, errors.New("the bare handler only creates: choose another -against")
		}
		bare, err := startSelf(ctx, "bare")
		if err != nil {
			return side{}, nil, nil, err
		}
		t := first.target
		t.addr = bare.addr
		return side{name: "bare gin", target: t}, nil, bare.stop, nil
	case againstRedis:
		handMade, stop, err = startOnRedis(ctx, o.redisServer)
	case againstPostgres:
		handMade, stop, err = startOnPostgres(ctx, o.postgres)
	default:
		return side{}, nil, nil, fmt.Errorf("unknown opponent %q", o.against)
	}
	if err != nil {
		return side{}, nil, nil, err
	}
	if s, err = work.on(ctx, "hand-made on "+o.against, handMade.addr, "BENCH"); err != nil {
		stop()
	}
	return s, nil, stop, err
}

// alternate loads both sides in turn, prints each pair, and returns the sums of each
// side's runs.
func (o reserveOptions) alternate(ctx context.Context, a, b side) (totals [2]sample, err error) {
	run := func(duration time.Duration) (pair [2]sample, err error) {
		for i, s := range []side{a, b} {
			if pair[i], err = load(ctx, s.target, o.clients, duration); err != nil {
				return pair, err
			}
			totals[i].counted += pair[i].counted
			totals[i].answered += pair[i].answered
		}
		return pair, nil
	}
	// One short run of each lets connections, files and caches come up.
	if _, err := run(time.Second); err != nil {
		return totals, err
	}
	var ratesA, ratesB, ratios []float64
	for i := range o.pairs {
		pair, err := run(time.Duration(o.seconds) * time.Second)
		if err != nil {
			return totals, err
		}
		rateA, rateB := pair[0].rate(), pair[1].rate()
		ratesA, ratesB, ratios = append(ratesA, rateA), append(ratesB, rateB), append(ratios, rateA/rateB)
		fmt.Printf("  %d: %7.0f/s   %s %7.0f/s   ratio %.2f%s%s\n", i+1, rateA, b.name, rateB, rateA/rateB,
			describe(a.name, pair[0].failures), describe(b.name, pair[1].failures))
	}
	fmt.Printf("\nmedian %.0f/s, %s %.0f/s, ratio %.2f\n", median(ratesA), b.name, median(ratesB), median(ratios))
	return totals, nil
}

func describe(name string, failures map[int]int) string {
	if len(failures) == 0 {
		return ""
	}
	return fmt.Sprintf("   not counted of %s, by status: %v", name, failures)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
