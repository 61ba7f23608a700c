package reservation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/problem"
)

// The bounds of a request: its lines, the stores in the ranking of a line, and with
// SourcingFewestStores the stores in all rankings, because combinations of them are
// tried. Stock has the same bounds.
const (
	MaxLines  = 100
	MaxStores = 50
	MaxRanked = 100
)

// Sourcing says how stock chooses the stores of lines that have a ranking.
type Sourcing string

// The ways of sourcing.
const (
	SourcingRanked       Sourcing = "ranked"        // each store gives its available units, in order
	SourcingSingleStore  Sourcing = "single_store"  // the first store that can serve all such lines alone
	SourcingFewestStores Sourcing = "fewest_stores" // as few stores as possible, ranking order breaking ties
)

// Request asks for several lines, or for lines that stock chooses.
type Request struct {
	Partial  bool          `json:"partial"` // grant the available units; otherwise all or nothing
	Sourcing Sourcing      `json:"sourcing"`
	Lines    []RequestLine `json:"lines"`
}

// RequestLine asks for units of a product, by its id or its SKU, in one store or in
// those of a ranking. Lines that end on the same row are added up.
type RequestLine struct {
	ProductID string   `json:"product_id,omitempty"`
	SKU       string   `json:"sku,omitempty"`
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

// isRow reports whether the line names its stock row.
func (l RequestLine) isRow() bool { return l.ProductID != "" && l.StoreID != "" }

// Normalized returns the request in the form that is compared, kept and sent: SKUs in
// normal form, and ranked where there is nothing to choose.
func (r Request) Normalized() Request {
	r.Lines = slices.Clone(r.Lines)
	ranked := false
	for i := range r.Lines {
		r.Lines[i].SKU = sku.Normal(r.Lines[i].SKU)
		ranked = ranked || len(r.Lines[i].Stores) > 0
	}
	if r.Sourcing == "" || !ranked {
		r.Sourcing = SourcingRanked
	}
	return r
}

// IsRow returns the line of a request that asks for all units of one row and nothing
// else.
func (r Request) IsRow() (RequestLine, bool) {
	if len(r.Lines) != 1 || r.Partial || !r.Lines[0].isRow() {
		return RequestLine{}, false
	}
	return r.Lines[0], true
}

// IsRows reports whether the request asks for all units of different rows, and nothing
// else.
func (r Request) IsRows() bool {
	seen := map[[2]string]bool{}
	for _, l := range r.Lines {
		row := [2]string{l.ProductID, l.StoreID}
		if !l.isRow() || seen[row] {
			return false
		}
		seen[row] = true
	}
	return !r.Partial
}

// Stores returns the stores of all lines and rankings, each once.
func (r Request) Stores() []string {
	var stores []string
	seen := map[string]bool{}
	for _, l := range r.Lines {
		for _, store := range l.stores() {
			if !seen[store] {
				seen[store] = true
				stores = append(stores, store)
			}
		}
	}
	return stores
}

// Hash returns a digest of the normalized request.
func (r Request) Hash() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// asked returns the lines of the request as if all units were granted, each row once:
// by the first store of each ranking, and without the product where only its SKU is
// known.
func (r Request) asked() []Line {
	type row struct{ product, sku, store string }
	var lines []Line
	places := map[row]int{}
	for _, l := range r.Lines {
		key := row{l.ProductID, l.SKU, l.stores()[0]}
		at, known := places[key]
		if !known {
			at = len(lines)
			places[key] = at
			lines = append(lines, Line{Line: protocol.Line{ProductID: l.ProductID, StoreID: key.store}})
		}
		lines[at].Quantity += l.Quantity
		lines[at].Requested += l.Quantity
	}
	return lines
}

// Validate returns a ValidationError problem with the first faults of the request.
func (r Request) Validate() error {
	var checks problem.Checks
	r.validate(&checks)
	return checks.Err()
}

// validate adds the faults of the request, up to the first line that has any.
func (r Request) validate(checks *problem.Checks) {
	checks.Require(slices.Contains([]Sourcing{SourcingRanked, SourcingSingleStore, SourcingFewestStores}, r.Sourcing),
		"sourcing", "must be ranked, single_store or fewest_stores")
	if len(r.Lines) == 0 || len(r.Lines) > MaxLines {
		checks.Require(false, "lines", "must have 1 to %d lines", MaxLines)
		return
	}
	ranked := map[string]bool{}
	var ranking []string
	for i, l := range r.Lines {
		field := func(name string) string { return fmt.Sprintf("lines.%d.%s", i, name) }
		if l.validate(checks, field); checks.Err() != nil {
			return // one line may have fifty faults
		}
		if len(l.Stores) == 0 {
			continue
		}
		checks.Require(r.Sourcing != SourcingSingleStore || ranking == nil || slices.Equal(ranking, l.Stores),
			field("stores"), "must be the same in all lines with single_store")
		ranking = l.Stores
		for _, store := range l.Stores {
			ranked[store] = true
		}
	}
	checks.Require(r.Sourcing != SourcingFewestStores || len(ranked) <= MaxRanked,
		"lines", "must not rank more than %d stores in all with fewest_stores", MaxRanked)
}

// validate adds everything that is wrong with the line, with the names of its fields.
func (l RequestLine) validate(checks *problem.Checks, field func(string) string) {
	switch {
	case l.ProductID != "" && l.SKU != "":
		checks.Require(false, field("sku"), "must not be given together with product_id")
	case l.SKU != "":
		checks.Text(field("sku"), l.SKU, 1, 64)
	default:
		checks.Word(field("product_id"), l.ProductID, 1, 64)
	}
	switch {
	case l.StoreID != "" && len(l.Stores) > 0:
		checks.Require(false, field("stores"), "must not be given together with store_id")
	case len(l.Stores) > MaxStores:
		checks.Require(false, field("stores"), "must have 1 to %d stores", MaxStores)
	case len(l.Stores) > 0:
		for i, store := range l.Stores {
			checks.StoreID(field("stores"), store)
			checks.Require(!slices.Contains(l.Stores[:i], store), field("stores"), "must not name a store twice")
		}
	default:
		checks.StoreID(field("store_id"), l.StoreID)
	}
	checks.Range(field("quantity"), l.Quantity, 1, MaxQuantity)
}
