// Package audit has the types of the audit: the results of the checks that a
// service runs on its own database, and the records that it lists so that the
// invariants across services can be checked. It imports the standard library
// only, so that the core of a service may use it.
package audit

import (
	"fmt"
	"time"
)

// Rule is an invariant of the architecture, or a part of one.
type Rule struct {
	Invariant int    `json:"invariant"`
	Part      string `json:"part,omitempty"` // a, b, … of an invariant with several checks
	Name      string `json:"name"`
	Unit      string `json:"unit"` // of Checked
}

// Is reports whether two releases mean the same rule, which they may name in other
// words.
func (r Rule) Is(other Rule) bool { return r.Invariant == other.Invariant && r.Part == other.Part }

// The rules, in the order in which they are shown. A rule that several
// services check has one name, so that their findings can be added up.
var (
	ReservedWithin     = Rule{1, "", "0 <= reserved, 0 <= available", "rows"}
	ReservedIsHeld     = Rule{2, "", "reserved = sum of the row's holds in state held", "rows"}
	HoldsMatch         = Rule{3, "", "reservations and holds match one to one", "reservations"}
	TotalsWithin       = Rule{3, "b", "sold + released <= granted, returned <= sold, per line", "holds settled in parts"}
	QuantityIsMoved    = Rule{4, "a", "quantity = sum of the row's movements", "rows"}
	Rebuilt            = Rule{4, "b", "state rebuilt from the events alone equals the tables", "rows"}
	OneEvent           = Rule{5, "a", "every state change has exactly one event", "changes"}
	Published          = Rule{5, "b", "every event stamped synced_at is in the broker", "events"}
	InOrder            = Rule{5, "c", "seq without gaps, ids unique, synced_at in order", "events"}
	Drained            = Rule{5, "d", "no event waits for the broker for over a minute", "events"}
	OnTheWay           = Rule{6, "a", "units on the way = shipped - received - lost, per transfer", "transfers"}
	IncomingIsOnTheWay = Rule{6, "b", "incoming = sum of the row's transfers on the way", "rows"}
	CountIsBooked      = Rule{7, "", "counted - quantity when counted = sum of the count's movements, per applied line", "lines of counts"}
)

// OverdueAfter is how long an event may wait for the broker before Drained
// counts it.
const OverdueAfter = time.Minute

// maxViolations bounds the violations that a Check lists.
const maxViolations = 20

// Check is the result of one rule. Create it with NewCheck.
type Check struct {
	Rule
	Checked        int64    `json:"checked"`
	Violations     []string `json:"violations"` // the first maxViolations
	ViolationCount int64    `json:"violation_count"`
}

// NewCheck returns a Check of the rule without violations.
func NewCheck(r Rule) *Check { return &Check{Rule: r, Violations: []string{}} }

// Violate adds a violation.
func (c *Check) Violate(format string, args ...any) {
	c.ViolationCount++
	if len(c.Violations) < maxViolations {
		c.Violations = append(c.Violations, fmt.Sprintf(format, args...))
	}
}

// Report is the result of the checks that a service ran on a snapshot of its
// own database.
type Report struct {
	Service string   `json:"service"`
	Checks  []*Check `json:"checks"`
	Outbox  Outbox   `json:"outbox"`
}

// Outbox is the state of the outbox of a service in the snapshot of its report.
type Outbox struct {
	Events    int64 `json:"events"`
	SyncedSeq int64 `json:"synced_seq"` // the greatest seq with a synced_at; 0 for none
	Pending   int64 `json:"pending"`
	Overdue   int64 `json:"overdue"` // pending for more than OverdueAfter
}

// Path is where the audit routes begin; the name of the service follows.
const Path = "/internal/v1/audit/"

// MaxPage bounds the entries of a page, which are in the order of their ids, or
// of seq. An empty page is the end.
const MaxPage = 5000

// Holds is a page of stock's holds.
type Holds struct {
	Holds []Hold `json:"holds"`
}

// Hold is the state of a reservation's hold, however many lines it has.
type Hold struct {
	ID    string `json:"id"` // of the reservation
	State string `json:"state"`
	Lines []Line `json:"lines,omitempty"` // by product and store; none while the state says their totals
}

// Line is a line of a hold or of a reservation that was settled in parts, with its
// totals. One that takes the returned units of another store has no quantity.
type Line struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Committed int64  `json:"committed,omitempty"`
	Released  int64  `json:"released,omitempty"`
	Returned  int64  `json:"returned,omitempty"`
	Restocked int64  `json:"restocked,omitempty"`
}

// Reservations is a page of reservations.
type Reservations struct {
	Reservations []Reservation `json:"reservations"`
}

// Reservation is the status of a reservation.
type Reservation struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Lines  []Line `json:"lines,omitempty"` // by product and store; none while the status says their totals
}

// Events is a page of a service's events.
type Events struct {
	Events []Event `json:"events"`
}

// Event is the place of an event in its table.
type Event struct {
	Seq       int64  `json:"seq"`
	ID        string `json:"id"`
	Synced    bool   `json:"synced"`
	CreatedAt string `json:"created_at"` // RFC 3339, UTC, milliseconds
}
