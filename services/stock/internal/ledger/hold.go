package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
)

// MaxLines bounds the lines of one hold, MaxHolds the holds of one call.
const (
	MaxLines = 100
	MaxHolds = 512
)

// maxActor is the maximum length of an actor: that of the name of an API key.
const maxActor = 64

// maxTTL is the maximum life of a reservation, in seconds: 31 days. Reservation has
// a bound of its own, which is not above.
const maxTTL = 31 * 24 * 60 * 60

// Hold is a claim of a reservation on the stock of its lines: all of them are
// held, or none.
type Hold struct {
	ReservationID string
	CustomerID    string
	TTLSeconds    int64
	ExpiresAt     time.Time // only reservation uses it; zero when reservation did not send it
	State         protocol.Hold
	Lines         []Line   // empty for a tombstone
	Request       *Request // that the lines were granted to; nil: the lines were asked for as they are
	Requested     []int64  // with Request, the units that the request asks for on each line
	CreatedAt     time.Time
	SettledAt     time.Time // zero while held
}

// Line is a part of a hold: units of a product in a store, and how many of them
// were settled. A line of quantity 0 was granted nothing, or is a row, after the
// granted ones, that took returned units of other stores.
type Line = protocol.Line

// HoldParams asks for a hold. ExpiresAt may differ when a request is sent again;
// all other fields must be the same.
type HoldParams struct {
	ReservationID string
	CustomerID    string
	TTLSeconds    int64
	ExpiresAt     time.Time // as clock.Truncate returns it
	Actor         string    // the actor of the create; empty: unknown
	Traceparent   string
	Lines         []Line
	Request       *Request // instead of Lines
}

// HoldOutcome is the outcome of a hold request.
type HoldOutcome string

// The outcomes of a hold request.
const (
	HoldGranted      HoldOutcome = "granted"      // the units are held, from now or since an earlier request
	HoldSettled      HoldOutcome = "settled"      // this id's hold is over for good
	HoldMismatch     HoldOutcome = "mismatch"     // this id belongs to another request
	HoldInsufficient HoldOutcome = "insufficient" // too little is available
	HoldNoRow        HoldOutcome = "no_row"       // no such row
	// HoldProductDeleted: the row exists, but its product was deleted.
	HoldProductDeleted HoldOutcome = "product_deleted"
)

// HoldOutcomes are all outcomes.
var HoldOutcomes = []HoldOutcome{HoldGranted, HoldSettled, HoldMismatch, HoldInsufficient, HoldNoRow, HoldProductDeleted}

// HoldAnswer is the result of a HoldParams.
type HoldAnswer struct {
	Outcome   HoldOutcome
	ExpiresAt time.Time // when granted: as stored with the hold
	Line      int       // when insufficient, no_row or product_deleted: the line at fault
	Available int64     // when insufficient
	Requested int64     // when insufficient
	// Short are all lines of which too little is available, when insufficient and
	// there are several lines or a request.
	Short []ShortLine
	// Grant is the hold of a request, as it was granted; nil without a request.
	Grant *Hold
	// UnknownStore is a store of the line that does not exist, when no_row and stores
	// are registered, and NearestStore the known id that is most like it, if any.
	UnknownStore, NearestStore string
}

// Hold handles each request, in their order, in one transaction, and returns their
// results. A refused request changes nothing and does not affect the others; a
// repeated request gets the same result. An error concerns all of them.
func (s *Service) Hold(ctx context.Context, requests []HoldParams) ([]HoldAnswer, error) {
	if err := checkHolds(requests); err != nil {
		return nil, err
	}
	answers, err := write(ctx, s, holdNeeds(requests), func(c *change) ([]HoldAnswer, error) {
		answers := make([]HoldAnswer, len(requests))
		for i := range requests {
			c.meta.Actor = cmp.Or(requests[i].Actor, inventory.ActorReservation)
			c.meta.Traceparent = requests[i].Traceparent
			var err error
			if answers[i], err = c.hold(&requests[i]); err != nil {
				return nil, err
			}
		}
		return answers, nil
	})
	if err != nil {
		return nil, err
	}
	for i := range answers {
		if s.registered && answers[i].Outcome == HoldNoRow {
			s.explainHold(ctx, requests[i], &answers[i])
		}
		if s.counts.Hold != nil {
			s.counts.Hold(answers[i].Outcome)
		}
	}
	return answers, nil
}

// checkHolds compares each line with the lines before it, which is cheap because of
// MaxLines.
func checkHolds(requests []HoldParams) error {
	var checks problem.Checks
	checks.Range("holds", int64(len(requests)), 1, MaxHolds)
	for _, r := range requests {
		checks.Word("reservation_id", r.ReservationID, 1, 64)
		checks.Text("customer_id", r.CustomerID, 1, 128)
		checks.Text("actor", r.Actor, 0, maxActor)
		checks.Range("ttl_seconds", r.TTLSeconds, 1, maxTTL)
		if r.Request != nil {
			checks.Require(len(r.Lines) == 0, "lines", "must be left out of a hold with a request")
			r.Request.check(&checks)
			continue
		}
		checks.Range("lines", int64(len(r.Lines)), 1, MaxLines)
		for i, l := range r.Lines {
			checkKey(&checks, l.ProductID, "store_id", l.StoreID)
			checks.Range("quantity", l.Quantity, 1, MaxQuantity)
			checks.Require(!slices.ContainsFunc(r.Lines[:i], func(o Line) bool {
				return o.ProductID == l.ProductID && o.StoreID == l.StoreID
			}), "lines", "must not name the same row twice")
		}
	}
	return checks.Err()
}

// hold handles one request. It tries to grant first, because most requests have an
// id that stock never saw: inserting the hold is the look-up, and only a request
// that was not granted is compared with the hold of its id.
func (c *change) hold(p *HoldParams) (HoldAnswer, error) {
	grant := c.grant
	if p.Request != nil {
		grant = c.grantRequest
	}
	answer, granted, err := grant(p)
	if err != nil || granted {
		return HoldAnswer{Outcome: HoldGranted, ExpiresAt: p.ExpiresAt, Grant: answer.Grant}, err
	}
	existing, found, err := c.tx.Hold(p.ReservationID)
	if err != nil {
		return HoldAnswer{}, err
	}
	if found && !existing.fits(p) {
		return HoldAnswer{Outcome: HoldMismatch}, nil
	}
	switch _, grant := protocol.RequestHold(existing.State); grant {
	case protocol.GrantSettled:
		return HoldAnswer{Outcome: HoldSettled}, nil
	case protocol.GrantRepeated:
		again := HoldAnswer{Outcome: HoldGranted, ExpiresAt: existing.ExpiresAt}
		if existing.Request != nil {
			again.Grant = &existing
		}
		return again, nil
	default:
		return answer, nil
	}
}

// fits reports whether p asks for this hold. A tombstone matches any request.
func (h Hold) fits(p *HoldParams) bool {
	return len(h.Lines) == 0 ||
		h.CustomerID == p.CustomerID && h.TTLSeconds == p.TTLSeconds && h.Request.equal(p.Request) &&
			(p.Request != nil || slices.Equal(h.granted(), p.Lines))
}

// granted returns the lines as they were granted, before any settlement.
func (h Hold) granted() []Line {
	lines := make([]Line, 0, len(h.Lines))
	for _, l := range h.Lines {
		if l.Quantity > 0 {
			lines = append(lines, Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity})
		}
	}
	return lines
}

// grant reserves all lines, or none: it changes a row only after every line
// was found to fit and the hold was found to be new.
func (c *change) grant(p *HoldParams) (refusal HoldAnswer, granted bool, err error) {
	rows := make([]Row, len(p.Lines))
	for i, l := range p.Lines {
		row, found, err := c.row(l.ProductID, l.StoreID)
		if err != nil {
			return HoldAnswer{}, false, err
		}
		switch {
		case !found:
			return HoldAnswer{Outcome: HoldNoRow, Line: i}, false, nil
		case row.Product.Deleted:
			return HoldAnswer{Outcome: HoldProductDeleted, Line: i}, false, nil
		case row.Available() < l.Quantity:
			refusal := HoldAnswer{Outcome: HoldInsufficient, Line: i, Available: row.Available(), Requested: l.Quantity}
			refusal.Short, err = c.shortLines(p.Lines)
			return refusal, false, err
		}
		rows[i] = row
	}
	if granted, err = c.tx.InsertHold(c.newHold(p, p.Lines)); err != nil || !granted {
		return HoldAnswer{}, false, err
	}
	for i, l := range p.Lines {
		if err := c.reserve(p, l, rows[i]); err != nil {
			return HoldAnswer{}, false, err
		}
	}
	return HoldAnswer{}, true, nil
}

// newHold returns the hold of p with lines.
func (c *change) newHold(p *HoldParams, lines []Line) Hold {
	state, _ := protocol.RequestHold(protocol.HoldAbsent)
	return Hold{
		ReservationID: p.ReservationID, CustomerID: p.CustomerID, TTLSeconds: p.TTLSeconds, ExpiresAt: p.ExpiresAt,
		State: state, Lines: lines, CreatedAt: c.at,
	}
}

// shortLines returns all lines of which too little is available; none for a single
// line, about which the refusal has everything.
func (c *change) shortLines(lines []Line) (short []ShortLine, err error) {
	if len(lines) == 1 {
		return nil, nil
	}
	for i, l := range lines {
		row, found, err := c.row(l.ProductID, l.StoreID)
		if err != nil {
			return nil, err
		}
		if found && !row.Product.Deleted && row.Available() < l.Quantity {
			short = append(short, ShortLine{i, l.ProductID, l.StoreID, l.Quantity, row.Available()})
		}
	}
	return short, nil
}

// reserve makes a line's units unavailable.
func (c *change) reserve(p *HoldParams, l Line, row Row) error {
	row = c.update(row, func(r *Row) { r.Reserved += l.Quantity })
	err := c.appendEvent(row.Version, inventory.StockReserved{
		ReservationID: p.ReservationID, ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
		CustomerID: p.CustomerID, ExpiresAt: clock.Text(p.ExpiresAt),
	})
	if err != nil {
		return err
	}
	_, err = c.reportLow(row)
	return err
}

// FindHold returns the hold of a reservation, or a NotFound problem.
func (s *Service) FindHold(ctx context.Context, reservationID string) (Hold, error) {
	hold, found, err := s.repo.Hold(ctx, reservationID)
	if err == nil && !found {
		err = problem.New(problem.NotFound, "There is no hold of reservation %s.", reservationID)
	}
	return hold, err
}

// HeldHold is a position in the list of the held holds, newest first.
type HeldHold struct {
	ReservationID string
	CreatedAt     time.Time
	Settled       int64 // units that were committed or released so far
}

// NewestHeld comes before every hold in that list.
var NewestHeld = HeldHold{CreatedAt: time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)}

// Held returns at most limit of the holds in state held, newest first, beginning
// after the given one.
func (s *Service) Held(ctx context.Context, before HeldHold, limit int) ([]HeldHold, error) {
	return s.repo.Held(ctx, before, limit)
}
