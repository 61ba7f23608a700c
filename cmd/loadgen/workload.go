package main

import (
	"context"
	"fmt"
	"net/http"
)

// workload is a kind of request, and the rows of the requests.
type workload struct {
	name string
	// rows, each with units units, of which each request takes one at random.
	rows, units int
	// want is the status that counts.
	want int
	// sale: the reservation is confirmed too, and the two requests count as one.
	sale bool
	// lines of each reservation, of as many rows.
	lines int
}

const spreadRows = 500

var workloads = map[string]workload{
	"hot":      {name: "one row", rows: 1, units: plenty, want: http.StatusCreated},
	"spread":   {name: fmt.Sprintf("%d rows", spreadRows), rows: spreadRows, units: plenty, want: http.StatusCreated},
	"sold-out": {name: "one row without units, refusals", rows: 1, units: 0, want: http.StatusConflict},
	"sale":     {name: "one row, create and confirm", rows: 1, units: plenty, want: http.StatusCreated, sale: true},
}

// basket is the workload of reservations of several lines.
func basket(lines int) workload {
	return workload{name: fmt.Sprintf("%d rows, %d lines each, in lines per second", lines, lines), rows: lines, units: plenty, want: http.StatusCreated, lines: lines}
}

// side is one side of a comparison: a server, its rows, and the requests to it.
type side struct {
	name   string
	target target
	rows   *rows // nil: the server keeps nothing
}

// on prepares the workload on a server.
func (w workload) on(ctx context.Context, name, addr, sku string) (side, error) {
	rows, err := createRows(ctx, addr, sku, w.rows, w.units)
	if err != nil {
		return side{}, fmt.Errorf("prepare the rows of %s: %w", name, err)
	}
	t := target{addr: addr, bodies: rows.bodies, want: w.want, sale: w.sale, lines: max(1, w.lines)}
	if w.lines > 1 {
		body, err := rows.basket()
		if err != nil {
			return side{}, err
		}
		t.bodies = [][]byte{body}
	}
	return side{name: name, target: t, rows: rows}, nil
}

// verify checks the rows after all runs: counted is the number of responses with the
// status that counts.
func (s side) verify(ctx context.Context, counted int) error {
	if s.rows == nil {
		return nil
	}
	if s.target.want != http.StatusCreated {
		counted = 0 // refusals take nothing
	}
	if err := s.rows.verify(ctx, counted*s.target.lines); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}
