package ledger_test

import (
	"context"
	"fmt"
	"testing"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// countedShop is a shop with a count of more products than one step books: 18 of 20
// units of each.
func countedShop(t *testing.T) (*shop, ledger.Count) {
	t.Helper()
	const products = 150
	s := open(t, true)
	lines := make([]bulk.Line[ledger.CountedProduct], products)
	for i := range lines {
		p := ledger.Product{ID: fmt.Sprintf("p-%03d", i), SKU: fmt.Sprintf("S-%03d", i), Name: "n", Version: 1}
		s.catalog.products[p.ID] = p
		_, _, err := s.ledger.Create(t.Context(), ledger.CreateParams{ProductID: p.ID, StoreID: "MAD-001", Quantity: 20}, idempotency.Request{})
		if err != nil {
			t.Fatal(err)
		}
		counted := int64(18)
		lines[i] = bulk.Line[ledger.CountedProduct]{Number: int64(i + 1), Value: ledger.CountedProduct{ProductID: p.ID, Counted: &counted}}
	}
	count, _, err := s.ledger.OpenCount(t.Context(), ledger.OpenCountParams{StoreID: "MAD-001", Reference: "autumn"}, idempotency.Request{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.ledger.ImportCountLines(t.Context(), count.ID, lines, nil, func(_ idempotency.Store, outcomes []bulk.Outcome) error {
		for _, o := range outcomes {
			if o.Err != nil || o.Kind != bulk.Created {
				t.Errorf("line %d: %+v", o.Line, o)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, count
}

// wantCounted expects that every line is booked once.
func (s *shop) wantCounted(t *testing.T, count ledger.Count, err error) {
	t.Helper()
	if err != nil || count.Status != ledger.CountApplied || count.Totals != (ledger.CountTotals{Lines: 150, Applied: 150}) {
		t.Errorf("applied %+v, %v", count, err)
	}
	for _, product := range []string{"p-000", "p-063", "p-064", "p-149"} {
		if row, err := s.ledger.Get(t.Context(), product, "MAD-001"); err != nil || row.Quantity != 18 || row.Version != 2 {
			t.Errorf("row %+v, %v", row, err)
		}
	}
	for _, wrong := range s.audit.Check(t.Context()) {
		t.Error(wrong)
	}
}

func TestService_ApplyCount(t *testing.T) {
	t.Run("books in steps", func(t *testing.T) {
		s, count := countedShop(t)
		for range 2 { // the second finds nothing to book
			got, _, err := s.ledger.ApplyCount(t.Context(), count.ID, nil, idempotency.Request{}, nil)
			s.wantCounted(t, got, err)
		}
		if s.countedLines != 150 {
			t.Errorf("%d lines were counted for the metric", s.countedLines)
		}
	})
	t.Run("continues after it was stopped", func(t *testing.T) {
		s, count := countedShop(t)
		stop := make(chan struct{})
		s.onCounted = func() {
			if s.countedLines == 1 { // in the first step
				close(stop)
			}
		}
		_, _, err := s.ledger.ApplyCount(t.Context(), count.ID, nil, idempotency.Request{}, stop)
		if problem.CodeOf(err) != problem.StorageUnavailable || problem.Of(err).RetryAfter == 0 {
			t.Errorf("stopped: %v", err)
		}
		s.wantApplying(t, count, 64)
		got, _, err := s.ledger.ApplyCount(t.Context(), count.ID, nil, idempotency.Request{}, nil)
		s.wantCounted(t, got, err)
	})
	t.Run("continues after its client left", func(t *testing.T) {
		s, count := countedShop(t)
		ctx, cancel := context.WithCancel(t.Context())
		s.onCounted = func() {
			if s.countedLines == 65 { // in the second step
				cancel()
			}
		}
		once := idempotency.Request{Caller: "Ada", Key: "k", Fingerprint: "f"}
		if _, _, err := s.ledger.ApplyCount(ctx, count.ID, nil, once, nil); err == nil {
			t.Error("no error")
		}
		s.wantApplying(t, count, 128)
		got, replayed, err := s.ledger.ApplyCount(t.Context(), count.ID, nil, once, nil)
		if replayed {
			t.Error("a result of the interrupted call was saved")
		}
		s.wantCounted(t, got, err)
	})
	t.Run("fails lines of several steps", func(t *testing.T) {
		s, count := countedShop(t)
		for _, product := range []string{"p-000", "p-100"} {
			line := ledger.Line{ProductID: product, StoreID: "MAD-001", Quantity: 19}
			_, err := s.ledger.Hold(t.Context(), []ledger.HoldParams{{
				ReservationID: "r-" + product, CustomerID: "c", TTLSeconds: 60, ExpiresAt: start, Lines: []ledger.Line{line},
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			got, _, err := s.ledger.ApplyCount(t.Context(), count.ID, nil, idempotency.Request{}, nil)
			if err != nil || got.Totals != (ledger.CountTotals{Lines: 150, Applied: 148, Failed: 2}) || len(got.Lines) != 2 {
				t.Fatalf("applied %+v, %v", got, err)
			}
			if l := got.Lines[1]; l.ProductID != "p-100" || l.Claimed != 19 || len(l.Holds) != 1 || l.Holds[0].ReservationID != "r-p-100" {
				t.Errorf("failed %+v", l)
			}
		}
		for _, wrong := range s.audit.Check(t.Context()) {
			t.Error(wrong)
		}
	})
}

// wantApplying expects a count of which a part is booked: it takes no more lines and
// cannot be discarded.
func (s *shop) wantApplying(t *testing.T, count ledger.Count, applied int64) {
	t.Helper()
	got, err := s.ledger.FindCount(t.Context(), count.ID, nil)
	if err != nil || got.Status != ledger.CountApplying || got.Totals.Applied != applied {
		t.Errorf("count %+v, %v", got, err)
	}
	units := int64(1)
	line := []ledger.CountedProduct{{ProductID: "p-000", Counted: &units}}
	if _, _, err := s.ledger.SetCountLines(t.Context(), count.ID, line, nil, idempotency.Request{}); problem.CodeOf(err) != problem.InvalidState {
		t.Errorf("a line: %v", err)
	}
	if _, _, err := s.ledger.DiscardCount(t.Context(), count.ID, nil, idempotency.Request{}); problem.CodeOf(err) != problem.InvalidState {
		t.Errorf("discard: %v", err)
	}
}
