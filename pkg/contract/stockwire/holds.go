// Package stockwire has the requests and responses of stock's internal routes:
// reservation sends holds and settlements, catalog sends products and stores. It has no
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

// HeldAnswer is a page of the held holds, newest first: the response to
// GET HoldsPath, with the query parameters limit, at most MaxHeld, and after,
// the Next of the page before.
type HeldAnswer struct {
	ReservationIDs []string `json:"reservation_ids"`
	// Settled has, for each id, the units that its hold committed and released in
	// all. It is left out when no hold of the page settled any.
	Settled []int64 `json:"settled,omitempty"`
	Totals  bool    `json:"totals,omitempty"` // this stock takes the lines of settlements, and requests
	Next    string  `json:"next,omitempty"`   // of the next page; without it this was the last
}

// HoldsRequest asks for several holds, each granted or refused by itself.
type HoldsRequest struct {
	Holds []Hold `json:"holds"`
}

// Hold asks for one hold, of its lines or of its request, not both. The lines are
// granted all or none. A stock whose responses do not say Totals refuses a request.
type Hold struct {
	ReservationID string   `json:"reservation_id"`
	CustomerID    string   `json:"customer_id"`
	TTLSeconds    int64    `json:"ttl_seconds"`
	ExpiresAt     string   `json:"expires_at"`      // events.TimeFormat
	Actor         string   `json:"actor,omitempty"` // the actor of the create
	Traceparent   string   `json:"traceparent,omitempty"`
	Lines         []Line   `json:"lines"`
	Request       *Request `json:"request,omitempty"`
}

// Line is a part of a hold: units of one row. Each line has another row.
type Line struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
}

// How a request takes a shortage.
const (
	ShortageReject  = "reject"  // all lines are granted whole, or none: the default
	ShortagePartial = "partial" // each line gets the available units; refused when no line gets any
)

// How the stores of the lines with a ranking are chosen.
const (
	SourcingRanked       = "ranked"        // each store gives its available units, in order: the default
	SourcingSingleStore  = "single_store"  // the first store that can serve all such lines alone
	SourcingFewestStores = "fewest_stores" // as few stores as possible, ranking order breaking ties
)

// MaxStores is how many stores the ranking of a line may have.
const MaxStores = 50

// Request asks for lines that stock chooses: it finds products by SKU, takes the
// units from the stores of a ranking, and grants a part when not all is there.
// The same request gets the same grant again.
type Request struct {
	Reference  string        `json:"reference,omitempty"` // kept with the hold
	OnShortage string        `json:"on_shortage,omitempty"`
	Sourcing   string        `json:"sourcing,omitempty"`
	Lines      []RequestLine `json:"lines"`
}

// RequestLine asks for units of a product, named by its id or its SKU, in one
// store or in those of a ranking. Lines that end on the same row are added up.
type RequestLine struct {
	ProductID string   `json:"product_id,omitempty"`
	SKU       string   `json:"sku,omitempty"`
	StoreID   string   `json:"store_id,omitempty"`
	Stores    []string `json:"stores,omitempty"`
	Quantity  int64    `json:"quantity"`
}

// FoundHold is the response to GET HoldsPath/{reservation_id}. A tombstone has no
// lines.
type FoundHold struct {
	ReservationID string     `json:"reservation_id"`
	CustomerID    string     `json:"customer_id"`
	TTLSeconds    int64      `json:"ttl_seconds"`
	ExpiresAt     string     `json:"expires_at"` // events.TimeFormat
	State         string     `json:"state"`      // protocol.Hold
	Lines         []HeldLine `json:"lines"`
	Request       *Request   `json:"request,omitempty"` // that the hold was granted to
}

// HeldLine is a line of a hold. Lines of quantity 0 after the granted ones have
// taken returned units of other stores.
type HeldLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"` // granted
	// Requested is left out when it is the quantity. A granted line of quantity 0
	// always has it.
	Requested int64 `json:"requested,omitempty"`
	Committed int64 `json:"committed,omitempty"`
	Released  int64 `json:"released,omitempty"`
	Returned  int64 `json:"returned,omitempty"`
	Restocked int64 `json:"restocked,omitempty"`
}

// The outcomes of a hold request.
const (
	OutcomeGranted      = "granted"      // the units are held, from now or since an earlier request
	OutcomeSettled      = "settled"      // this id's hold is over for good
	OutcomeMismatch     = "mismatch"     // this id belongs to another request
	OutcomeInsufficient = "insufficient" // too little is available
	OutcomeNoRow        = "no_row"       // no such row, or its product was deleted: see HoldResult.ProductDeleted
)

// HoldsAnswer has the results of the holds of a request in their order.
type HoldsAnswer struct {
	Results []HoldResult `json:"results"`
	Totals  bool         `json:"totals,omitempty"` // this stock takes the lines of settlements, and requests
}

// HoldResult is the result of one hold.
type HoldResult struct {
	Outcome   string `json:"outcome"`
	ExpiresAt string `json:"expires_at,omitempty"` // when granted: as stored
	Line      int    `json:"line,omitempty"`       // when insufficient or no_row: the line at fault
	Available int64  `json:"available,omitempty"`  // when insufficient
	Requested int64  `json:"requested,omitempty"`  // when insufficient
	// ProductDeleted is true, with no_row, when the row exists and its product was
	// deleted. It is not an outcome: a release that does not know it would treat it
	// as an unknown one, and try again.
	ProductDeleted bool `json:"product_deleted,omitempty"`
	// UnknownStore is the store of the line, with no_row, when it does not exist and
	// stores are registered; NearestStore is the known id that is most like it.
	UnknownStore string `json:"unknown_store,omitempty"`
	NearestStore string `json:"nearest_store,omitempty"`
	// Lines are those of the hold as they were granted, when it has a request: each
	// row once, in the order of first appearance.
	Lines []HeldLine `json:"lines,omitempty"`
	// Short are all lines at fault when insufficient, unless the hold asks for one
	// line only; Line, Available and Requested are those of the first.
	Short []ShortLine `json:"short,omitempty"`
}

// ShortLine is a line of which too little is available. The store is that of the
// line, or the first of its ranking.
type ShortLine struct {
	Line      int    `json:"line"` // counts from 0 in the request
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"` // in all stores that the line may use
}

// SettlementsRequest ends several holds.
type SettlementsRequest struct {
	Settlements []Settlement `json:"settlements"`
}

// Settlement settles the hold of one reservation: whole, by Settlement, or to the
// totals of Lines. It has exactly one of them. A stock whose responses do not say
// Totals refuses lines.
type Settlement struct {
	ReservationID string        `json:"reservation_id"`
	Settlement    string        `json:"settlement"` // protocol.Settlement; empty with Lines
	Reason        string        `json:"reason,omitempty"`
	Actor         string        `json:"actor,omitempty"` // the actor of the end of the reservation, or of a part
	Traceparent   string        `json:"traceparent,omitempty"`
	Lines         []SettledLine `json:"lines,omitempty"` // all of the reservation
}

// SettledLine is a line of a reservation with its totals so far: protocol.Line.
type SettledLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"` // granted; 0 for a row that only takes returned units
	Committed int64  `json:"committed,omitempty"`
	Released  int64  `json:"released,omitempty"`
	Returned  int64  `json:"returned,omitempty"`
	Restocked int64  `json:"restocked,omitempty"`
}
