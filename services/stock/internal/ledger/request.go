package ledger

import (
	"slices"

	"inventory.example/pkg/problem"
)

// MaxStores bounds the ranking of a line, MaxRanked the stores in all rankings of a
// request, of which combinations are tried.
const (
	MaxStores = 50
	MaxRanked = 100
)

// Request asks for lines that the ledger chooses. It is kept with the hold: the
// same request gets the same grant again, regardless of the units that are available by then.
type Request struct {
	Reference string        `json:"reference,omitempty"`
	Partial   bool          `json:"partial,omitempty"` // grant the available units; otherwise all or nothing
	Sourcing  Sourcing      `json:"sourcing"`
	Lines     []RequestLine `json:"lines"`
}

// RequestLine asks for units of a product, which its id or its SKU names, in one
// store or in those of a ranking.
type RequestLine struct {
	ProductID string   `json:"product_id,omitempty"`
	SKU       string   `json:"sku,omitempty"` // in normal form
	StoreID   string   `json:"store_id,omitempty"`
	Stores    []string `json:"stores,omitempty"`
	Quantity  int64    `json:"quantity"`
}

// stores returns the stores that may serve the line, in order.
func (l RequestLine) stores() []string {
	if len(l.Stores) > 0 {
		return l.Stores
	}
	return []string{l.StoreID}
}

func (l RequestLine) equal(o RequestLine) bool {
	return l.ProductID == o.ProductID && l.SKU == o.SKU && l.StoreID == o.StoreID && l.Quantity == o.Quantity &&
		slices.Equal(l.Stores, o.Stores)
}

// equal reports whether both are one request; none is equal to none.
func (r *Request) equal(o *Request) bool {
	if r == nil || o == nil {
		return r == o
	}
	return r.Reference == o.Reference && r.Partial == o.Partial && r.Sourcing == o.Sourcing &&
		slices.EqualFunc(r.Lines, o.Lines, RequestLine.equal)
}

// check adds everything that is wrong with the request.
func (r *Request) check(checks *problem.Checks) {
	checks.Text("reference", r.Reference, 0, 128)
	checks.Require(slices.Contains([]Sourcing{SourcingRanked, SourcingSingleStore, SourcingFewestStores}, r.Sourcing),
		"sourcing", "must be ranked, single_store or fewest_stores")
	checks.Range("lines", int64(len(r.Lines)), 1, MaxLines)
	if len(r.Lines) > MaxLines {
		return
	}
	ranked := map[string]bool{}
	var ranking []string
	for _, l := range r.Lines {
		checks.Require((l.ProductID == "") != (l.SKU == ""), "lines", "must name product_id or sku, not both")
		checks.Require((l.StoreID == "") != (len(l.Stores) == 0), "lines", "must name store_id or stores, not both")
		checks.Text("sku", l.SKU, 0, 64)
		checks.Range("quantity", l.Quantity, 1, MaxQuantity)
		if len(l.Stores) > MaxStores {
			checks.Range("stores", int64(len(l.Stores)), 1, MaxStores)
			return
		}
		for i, store := range l.stores() {
			if l.StoreID != "" || len(l.Stores) > 0 {
				checks.StoreID("store_id", store)
			}
			checks.Require(!slices.Contains(l.stores()[:i], store), "stores", "must not name a store twice")
		}
		if len(l.Stores) == 0 {
			continue
		}
		checks.Require(r.Sourcing != SourcingSingleStore || ranking == nil || slices.Equal(ranking, l.Stores),
			"stores", "must be the same in all lines with single_store")
		ranking = l.Stores
		for _, store := range l.Stores {
			ranked[store] = true
		}
	}
	checks.Require(r.Sourcing != SourcingFewestStores || len(ranked) <= MaxRanked,
		"stores", "must not be more than %d in all with fewest_stores", MaxRanked)
}

// ShortLine is a line of which too little is available.
type ShortLine struct {
	Line      int // of the request
	ProductID string
	StoreID   string // that of the line, or the first of its ranking
	Requested int64
	Available int64 // in all stores that the line may use
}

// grantRequest chooses the rows of a request, and reserves them.
func (c *change) grantRequest(p *HoldParams) (refusal HoldAnswer, granted bool, err error) {
	wishes, available, refusal, err := c.wishes(p.Request)
	if err != nil || refusal.Outcome != "" {
		return refusal, false, err
	}
	hold := c.newHold(p, nil)
	hold.Request = p.Request
	pieces := source(wishes, available, p.Request.Sourcing)
	var short []ShortLine
	some := false
	for i, w := range wishes {
		units := hold.add(w, pieces[i])
		some = some || units > 0
		if units < w.quantity {
			short = append(short, ShortLine{Line: i, ProductID: w.productID, StoreID: w.stores[0], Requested: w.quantity, Available: units})
		}
	}
	if len(short) > 0 && (!p.Request.Partial || !some) {
		return HoldAnswer{
			Outcome: HoldInsufficient, Line: short[0].Line, Available: short[0].Available, Requested: short[0].Requested, Short: short,
		}, false, nil
	}
	granted, err = c.insertGrant(p, &hold)
	return HoldAnswer{Grant: &hold}, granted, err
}

// add adds a wish to the lines of a hold, each row once, and returns the units that
// it is granted. Its missing units count on its first row.
func (h *Hold) add(w wish, pieces []piece) (units int64) {
	for _, p := range pieces {
		units += p.units
	}
	if len(pieces) == 0 {
		pieces = []piece{{store: w.stores[0]}}
	}
	missing := w.quantity - units
	for _, p := range pieces {
		at := slices.IndexFunc(h.Lines, func(l Line) bool { return l.ProductID == w.productID && l.StoreID == p.store })
		if at < 0 {
			at = len(h.Lines)
			h.Lines = append(h.Lines, Line{ProductID: w.productID, StoreID: p.store})
			h.Requested = append(h.Requested, 0)
		}
		h.Lines[at].Quantity += p.units
		h.Requested[at] += p.units + missing
		missing = 0
	}
	return units
}

// wishes finds the products and the available units of a request, or why it cannot
// be granted.
func (c *change) wishes(r *Request) (wishes []wish, available map[RowKey]int64, refusal HoldAnswer, err error) {
	wishes = make([]wish, len(r.Lines))
	available = map[RowKey]int64{}
	for i, l := range r.Lines {
		w := wish{productID: l.ProductID, stores: l.stores(), quantity: l.Quantity, ranking: len(l.Stores) > 0}
		if l.SKU != "" {
			product, known, err := c.tx.ProductBySKU(l.SKU)
			if err != nil {
				return nil, nil, HoldAnswer{}, err
			}
			if !known {
				return nil, nil, HoldAnswer{Outcome: HoldNoRow, Line: i}, nil
			}
			w.productID = product.ID
		}
		found, deleted := false, false
		for _, store := range w.stores {
			row, exists, err := c.row(w.productID, store)
			if err != nil {
				return nil, nil, HoldAnswer{}, err
			}
			if exists {
				found, deleted = true, row.Product.Deleted
				available[RowKey{w.productID, store}] = row.Available()
			}
		}
		switch {
		case !found:
			return nil, nil, HoldAnswer{Outcome: HoldNoRow, Line: i}, nil
		case deleted:
			return nil, nil, HoldAnswer{Outcome: HoldProductDeleted, Line: i}, nil
		}
		wishes[i] = w
	}
	return wishes, available, HoldAnswer{}, nil
}

// insertGrant stores the hold of a request, unless its reservation has one, and
// reserves the units.
func (c *change) insertGrant(p *HoldParams, hold *Hold) (granted bool, err error) {
	if granted, err = c.tx.InsertHold(*hold); err != nil || !granted {
		return false, err
	}
	for _, l := range hold.Lines {
		if l.Quantity == 0 {
			continue
		}
		row, err := c.seenRow(l.ProductID, l.StoreID, nil)
		if err != nil {
			return false, err
		}
		if err := c.reserve(p, l, row); err != nil {
			return false, err
		}
	}
	return true, nil
}
