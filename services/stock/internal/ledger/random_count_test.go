package ledger_test

import (
	"slices"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// count opens a count, or calls one that was opened before.
func (w *walk) count() {
	if len(w.counts) == 0 || w.random.IntN(5) == 0 {
		w.openCount()
		return
	}
	c := w.counts[max(0, len(w.counts)-1-w.random.IntN(3))]
	switch w.random.IntN(12) {
	case 0:
		want := w.model.discard(c)
		got, _, err := w.shop.ledger.DiscardCount(w.t.Context(), c.id, nil, idempotency.Request{})
		w.same("discard", *c, want, err)
		w.sameCount(err, got, c)
	case 1, 2, 3, 4, 5:
		if w.random.IntN(2) == 0 {
			c = w.failedCount(c)
		}
		want := w.model.apply(c, w.seen)
		got, _, err := w.shop.ledger.ApplyCount(w.t.Context(), c.id, nil, idempotency.Request{}, nil)
		w.same("apply", *c, want, err)
		w.sameCount(err, got, c)
	default:
		w.countLine(c)
	}
}

// failedCount returns the newest count with a line that failed, or c.
func (w *walk) failedCount(c *modelCount) *modelCount {
	for _, failed := range slices.Backward(w.counts) {
		for _, l := range failed.lines {
			if l.state == ledger.LineFailed {
				return failed
			}
		}
	}
	return c
}

func (w *walk) openCount() {
	store := w.pick(stores)
	got, _, err := w.shop.ledger.OpenCount(w.t.Context(), ledger.OpenCountParams{StoreID: store, Reference: "r"}, idempotency.Request{})
	w.same("open", store, "", err)
	c := &modelCount{id: got.ID, store: store, status: ledger.CountOpen, lines: map[string]*modelCountLine{}}
	w.counts = append(w.counts, c)
	for range 3 {
		w.countLine(c)
	}
}

func (w *walk) countLine(c *modelCount) {
	product, units := w.pick(products), int64(ledger.MaxQuantity)
	if w.random.IntN(3) == 0 {
		product = w.missing(c.store)
	}
	if r := w.model.rows[place{product, c.store}]; r == nil {
		units = w.units(0)
	} else if w.random.IntN(6) > 0 { // about as many as there are
		units = min(ledger.MaxQuantity, max(0, r.quantity+w.random.Int64N(16)-12))
	}
	if _, known := w.model.products[product]; !known { // stock asks catalog, which may have it
		if _, listed := w.shop.catalog.products[product]; listed && c.status == ledger.CountOpen {
			w.model.products[product] = false
		}
	}
	want := w.model.countLine(c, product, units)
	lines := []ledger.CountedProduct{{ProductID: product, Counted: &units}}
	got, _, err := w.shop.ledger.SetCountLines(w.t.Context(), c.id, lines, nil, idempotency.Request{})
	w.same("count", lines[0].ProductID, want, err)
	w.sameCount(err, got, c)
}

// sameCount compares the count that a call returned, and the lines that are read, with
// the model's.
func (w *walk) sameCount(err error, got ledger.Count, c *modelCount) {
	w.t.Helper()
	if err != nil {
		return
	}
	list, err := w.shop.ledger.CountLines(w.t.Context(), got, nil, paging.Page{Limit: 100})
	if err != nil || got.Status != c.status || len(list.Items) != len(c.lines) || int(got.Totals.Lines) != len(c.lines) {
		w.t.Errorf("returned %+v, read %+v (%v), the model says %+v", got, list.Items, err, c)
	}
	for _, l := range list.Items {
		if want := c.lines[l.ProductID]; want == nil || *want != (modelCountLine{l.Counted, l.Quantity, l.State, l.Failure}) {
			w.t.Errorf("line %+v, the model says %+v", l, want)
		}
	}
}

// missing returns a product without a row in a store, if there is one.
func (w *walk) missing(store string) string {
	for _, product := range products[2:] {
		if w.model.rows[place{product, store}] == nil {
			return product
		}
	}
	return products[0]
}
