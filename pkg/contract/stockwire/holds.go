// Package stockwire has the requests and responses of stock's internal routes:
// reservation sends holds and settlements, catalog sends products. It has no
// behaviour.
package stockwire

// The paths of the internal routes.
const (
	HoldsPath       = "/internal/v1/holds"
	SettlementsPath = "/internal/v1/settlements"
)

// MaxBatch is how many holds or settlements one call may carry.
const MaxBatch = 512

// MaxHeld is how many holds one page of those that are held may have.
const MaxHeld = 5000

// HeldAnswer is a page of the holds that are held, newest first: the answer to
// GET HoldsPath, with the query parameters limit, at most MaxHeld, and after,
// the Next of the page before.
type HeldAnswer struct {
	ReservationIDs []string `json:"reservation_ids"`
	Next           string   `json:"next,omitempty"` // of the next page; without it this was the last
}

// HoldsRequest asks for several holds, each granted or refused by itself.
type HoldsRequest struct {
	Holds []Hold `json:"holds"`
}

// Hold is one hold: its lines are met all or none. Settled holds and
// tombstones are only answered, by GET.
type Hold struct {
	ReservationID string `json:"reservation_id"`
	CustomerID    string `json:"customer_id"`
	TTLSeconds    int64  `json:"ttl_seconds"`
	ExpiresAt     string `json:"expires_at"`      // events.TimeFormat
	Actor         string `json:"actor,omitempty"` // who asked for the reservation
	Traceparent   string `json:"traceparent,omitempty"`
	State         string `json:"state,omitempty"` // protocol.Hold; answers only
	Lines         []Line `json:"lines"`
}

// Line is a part of a hold.
type Line struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
}

// The outcomes of a hold request.
const (
	OutcomeGranted      = "granted"      // it stands, from now or since an earlier request
	OutcomeSettled      = "settled"      // this id's hold is over for good
	OutcomeMismatch     = "mismatch"     // this id belongs to another request
	OutcomeInsufficient = "insufficient" // too little is available
	OutcomeNoRow        = "no_row"       // no such row, or its product was deleted: see HoldResult.ProductDeleted
)

// HoldsAnswer answers the holds of a request in their order.
type HoldsAnswer struct {
	Results []HoldResult `json:"results"`
}

// HoldResult is the answer to one hold.
type HoldResult struct {
	Outcome   string `json:"outcome"`
	ExpiresAt string `json:"expires_at,omitempty"` // when granted: as stored
	Line      int    `json:"line,omitempty"`       // when insufficient or no_row: the line at fault
	Available int64  `json:"available,omitempty"`  // when insufficient
	Requested int64  `json:"requested,omitempty"`  // when insufficient
	// ProductDeleted tells, when no_row, that the row is there and its product was
	// deleted. It is not an outcome, which a release that does not know it would
	// have to take for an unknown one, and try again.
	ProductDeleted bool `json:"product_deleted,omitempty"`
}

// SettlementsRequest ends several holds.
type SettlementsRequest struct {
	Settlements []Settlement `json:"settlements"`
}

// Settlement ends the hold of one reservation.
type Settlement struct {
	ReservationID string `json:"reservation_id"`
	Settlement    string `json:"settlement"` // protocol.Settlement
	Reason        string `json:"reason,omitempty"`
	Actor         string `json:"actor,omitempty"` // who ended the reservation
	Traceparent   string `json:"traceparent,omitempty"`
}
