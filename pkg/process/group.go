package process

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Group is a list of parts that run together. The zero value is ready to use;
// it serves one Run.
type Group struct {
	parts []part
}

type part struct {
	name string
	run  func(ctx context.Context) error
}

// Add appends a part. run returns when ctx ended and everything that it started
// has ended; an earlier return, or an error, stops the whole group. Parts are
// stopped in the order in which they were added, each after the one before has
// ended: add a caller before the parts that it calls.
func (g *Group) Add(name string, run func(ctx context.Context) error) {
	g.parts = append(g.parts, part{name, run})
}

// errDeadline is in the chain of Run's error when a part did not stop in time.
var errDeadline = errors.New("did not stop in time")

// Run runs all parts until ctx ends or one of them returns, stops the others,
// and returns the errors of all. Stopping takes at most limit; parts that still
// run then are named in the error and abandoned.
func (g *Group) Run(ctx context.Context, limit time.Duration) error {
	type ended struct {
		index int
		err   error
	}
	endings := make(chan ended, len(g.parts))
	stops := make([]context.CancelFunc, len(g.parts))
	for i, p := range g.parts {
		// A part's context outlives ctx: the parts stop one after the other.
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		stops[i] = stop
		go func() { endings <- ended{i, p.run(own)} }()
	}
	done := make([]bool, len(g.parts))
	var errs []error
	record := func(e ended) {
		done[e.index] = true
		if e.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", g.parts[e.index].name, e.err))
		}
	}
	select {
	case <-ctx.Done():
	case e := <-endings:
		if e.err == nil {
			e.err = errors.New("ended unasked")
		}
		record(e)
	}
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for i, stop := range stops {
		stop()
		for !done[i] {
			select {
			case e := <-endings:
				record(e)
			case <-deadline.C:
				for _, stop := range stops[i:] {
					stop()
				}
				for waiting := true; waiting; { // a part that has ended by now is not late
					select {
					case e := <-endings:
						record(e)
					default:
						waiting = false
					}
				}
				return errors.Join(append(errs, g.late(done))...)
			}
		}
	}
	return errors.Join(errs...)
}

func (g *Group) late(done []bool) error {
	var errs []error
	for i, p := range g.parts {
		if !done[i] {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, errDeadline))
		}
	}
	return errors.Join(errs...)
}
