package ledger

import (
	"context"
	"slices"
	"time"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// MovementSearch selects movements of all rows.
type MovementSearch struct {
	Stores    []string // nil: all
	ProductID string   // empty: any, as all that follow
	Kind      MovementKind
	Actor     string
	Reference string
	From      *time.Time // nil: from the first movement
	To        *time.Time // before this time; nil: to the last movement
}

// MovementKinds are all kinds.
func MovementKinds() []MovementKind {
	return []MovementKind{
		MovementCreated, MovementAdjusted, MovementTransferredIn, MovementTransferredOut, MovementSold, MovementReturned,
		MovementReceived, MovementCounted, MovementStateChanged, MovementDeleted,
	}
}

// maxReference is the maximum length of a reference, in characters.
const maxReference = 128

// Validate returns a ValidationError problem with everything that is wrong with f.
func (f MovementSearch) Validate() error {
	var checks problem.Checks
	if f.ProductID != "" {
		checks.Word("product_id", f.ProductID, 1, 64)
	}
	checks.Require(f.Kind == "" || slices.Contains(MovementKinds(), f.Kind), "kind", "must be a kind of movement, such as sold")
	if f.Reference != "" {
		checks.Text("reference", f.Reference, 1, maxReference)
	}
	return checks.Err()
}

// SearchMovements returns a page of the movements of all rows that match f, newest
// first, with those of rows that were removed. As in Search, a page may end before
// its limit.
func (s *Service) SearchMovements(ctx context.Context, f MovementSearch, page paging.Page) (paging.List[Movement], error) {
	if err := f.Validate(); err != nil {
		return paging.List[Movement]{}, err
	}
	return s.repo.SearchMovements(ctx, f, page)
}
