package reservation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

// unreliableStock settles holds by package protocol. Settlements get lost, are applied
// without a response, twice, or again at any later time.
type unreliableStock struct {
	t       *testing.T
	random  *rand.Rand
	calm    bool // nothing goes wrong any more
	holds   map[string]*protocol.Settled
	history []reservation.Reservation // settlements that may arrive again
}

// Hold implements reservation.Holder.
func (s *unreliableStock) Hold(_ context.Context, r reservation.Reservation, asked *reservation.Request) (reservation.HoldAnswer, error) {
	hold := &protocol.Settled{State: protocol.HoldHeld}
	if asked == nil {
		hold.Lines = []protocol.Line{{ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity}}
	} else {
		for _, l := range asked.Lines {
			hold.Lines = append(hold.Lines, protocol.Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity})
		}
	}
	s.holds[r.ID] = hold
	return reservation.HoldAnswer{Outcome: reservation.HoldGranted, ExpiresAt: r.ExpiresAt}, nil
}

// FindHold implements reservation.Holder.
func (s *unreliableStock) FindHold(context.Context, string) (reservation.Reservation, protocol.Hold, error) {
	return reservation.Reservation{}, protocol.HoldAbsent, nil
}

// CheckReturn implements reservation.Holder.
func (s *unreliableStock) CheckReturn(context.Context, string, []string) error { return nil }

// Settle implements reservation.Holder.
func (s *unreliableStock) Settle(_ context.Context, list []reservation.Reservation) error {
	lost := errors.New("no response")
	chance := s.random.IntN(6)
	if s.calm {
		chance = 5
	}
	if chance < 2 {
		return lost
	}
	for _, r := range list {
		s.apply(r)
		s.history = append(s.history, r)
	}
	if chance == 2 {
		return lost
	}
	return nil
}

// apply settles a hold to the totals of a reservation.
func (s *unreliableStock) apply(r reservation.Reservation) {
	target := protocol.Target{}
	for _, l := range r.AllLines() {
		target.Lines = append(target.Lines, l.Line)
	}
	if r.Lines == nil {
		target = protocol.Target{Whole: r.Status.Settling()} // it is over
	}
	hold := s.holds[r.ID]
	after := protocol.SettleTo(hold.State, hold.Lines, target)
	if after.Progress == protocol.ProgressContradiction {
		s.t.Errorf("%s contradicts the hold %+v: %+v", r.ID, hold, target)
		return
	}
	*hold = after
}

// arriveAgain repeats any earlier settlement.
func (s *unreliableStock) arriveAgain() {
	if len(s.history) > 0 {
		s.apply(s.history[s.random.IntN(len(s.history))])
	}
}

// Held implements reservation.Holder.
func (s *unreliableStock) Held(context.Context, string) (page reservation.HeldPage, err error) {
	for _, id := range slices.Sorted(maps.Keys(s.holds)) {
		if s.holds[id].State != protocol.HoldHeld {
			continue
		}
		var settled int64
		for _, l := range s.holds[id].Lines {
			settled += l.Committed + l.Released
		}
		page.IDs, page.Settled = append(page.IDs, id), append(page.Settled, settled)
	}
	return page, nil
}

// TakesTotals implements reservation.Holder.
func (s *unreliableStock) TakesTotals() bool { return true }

// TestService_parts makes random decisions about reservations of one to three lines,
// each on one of two instances. After a walk without faults, each hold has the lines of its reservation, and the
// audit finds the events, the records and the totals consistent.
func TestService_parts(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		for _, rehearse := range []bool{false, true} {
			for range 6 {
				seed := rand.Uint64()
				t.Run(fmt.Sprintf("seed %d, rehearse %t", seed, rehearse), func(t *testing.T) { randomParts(t, open(t, rehearse), seed) })
			}
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
			for _, rehearse := range []bool{false, true} {
				seed := rand.Uint64()
				t.Run(fmt.Sprintf("seed %d, rehearse %t", seed, rehearse), func(t *testing.T) { randomParts(t, openPostgres(t, s, rehearse), seed) })
			}
		})
	})
}

func randomParts(t *testing.T, d *desk, seed uint64) {
	defer d.close(t)
	random := rand.New(rand.NewPCG(seed, 0))
	s := &unreliableStock{t: t, random: random, holds: map[string]*protocol.Settled{}}
	d.own, d.other = d.serviceOn(d.db, s), d.serviceOn(d.second, s)
	var ids []string
	for range 150 {
		d.clock.Advance(time.Duration(random.IntN(3)) * time.Second)
		if random.IntN(2) == 0 {
			d.own, d.other = d.other, d.own
		}
		if len(ids) == 0 || random.IntN(10) == 0 {
			p := reservation.CreateParams{CustomerID: "c-1", TTL: time.Minute}
			p.AskFor(reservation.Request{Lines: []reservation.RequestLine{
				{ProductID: "p-1", StoreID: "A", Quantity: 4}, {ProductID: "p-2", StoreID: "B", Quantity: 3}, {ProductID: "p-1", StoreID: "B", Quantity: 2},
			}[:1+random.IntN(3)]})
			r, _, err := d.own.Create(t.Context(), p, idempotency.Request{})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
			continue
		}
		d.decide(t, random, ids[random.IntN(len(ids))])
		if random.IntN(3) == 0 {
			s.arriveAgain()
		}
		if t.Failed() {
			return
		}
	}
	s.calm = true
	d.clock.Advance(time.Hour) // all that is held expires
	for more := true; more; {
		var err error
		if more, _, err = d.own.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d.clock.Advance(2 * time.Second)
	if _, err := d.own.Walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // late ones change nothing any more
		s.arriveAgain()
	}
	for id, hold := range s.holds {
		r := d.row(t, id)
		var lines []protocol.Line
		for _, l := range r.AllLines() {
			lines = append(lines, l.Line)
		}
		if !reflect.DeepEqual(sortedLines(hold.Lines), sortedLines(lines)) || r.Status == protocol.Pending {
			t.Errorf("%s is %s with %+v, its hold has %+v", id, r.Status, lines, hold.Lines)
		}
	}
	if left, err := d.db.UnacknowledgedReturns(t.Context(), "", 10); err != nil || len(left) > 0 {
		t.Errorf("returns without an acknowledgement: %q, %v", left, err)
	}
}

func sortedLines(lines []protocol.Line) []protocol.Line {
	lines = slices.Clone(lines)
	slices.SortFunc(lines, func(a, b protocol.Line) int {
		return slices.Compare([]string{a.ProductID, a.StoreID}, []string{b.ProductID, b.StoreID})
	})
	return lines
}

// decide makes a random decision about a reservation. It succeeds, or is refused and
// changes nothing.
func (d *desk) decide(t *testing.T, random *rand.Rand, id string) {
	t.Helper()
	before := d.row(t, id)
	line := before.AllLines()[random.IntN(len(before.AllLines()))]
	units := []protocol.Units{{ProductID: line.ProductID, StoreID: line.StoreID, Quantity: 1 + random.Int64N(3)}}
	none := idempotency.Request{}
	var err error
	switch random.IntN(8) {
	case 0:
		_, _, err = d.own.Confirm(t.Context(), id, nil, false, none)
	case 1:
		_, _, err = d.own.Cancel(t.Context(), id, nil, "", none)
	case 2, 3:
		_, _, err = d.own.Confirm(t.Context(), id, units, random.IntN(4) > 0, none)
	case 4:
		_, _, err = d.own.Cancel(t.Context(), id, units, "", none)
	case 5:
		_, _, err = d.own.Extend(t.Context(), id, time.Minute, none)
	case 6:
		p := reservation.ReturnParams{ID: id, Units: units, Restock: random.IntN(3) > 0}
		if p.Restock && random.IntN(2) == 0 {
			p.ToStoreID = "C"
		}
		_, _, err = d.own.Return(t.Context(), p, none)
	default:
		if random.IntN(4) == 0 {
			_, err = d.own.Walk(t.Context())
			if err == nil || err.Error() == "no response" {
				return
			}
		}
		if _, _, err = d.own.Expire(t.Context()); err == nil {
			return
		}
	}
	if code := problem.CodeOf(err); err != nil && code != problem.InvalidState && code != problem.ReservationExpired {
		t.Fatal(err)
	}
	if after := d.row(t, id); err != nil && !reflect.DeepEqual(after, before) {
		t.Errorf("refused with %v: %+v became %+v", err, before, after)
	}
}
