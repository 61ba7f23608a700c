package ledger_test

import (
	"slices"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// transferOrder requests a transfer, or calls one that was requested before.
func (w *walk) transferOrder() {
	if len(w.transfers) == 0 || w.random.IntN(3) == 0 {
		w.requestTransfer()
		return
	}
	t := w.transfers[w.random.IntN(len(w.transfers))]
	var want problem.Code
	var got ledger.TransferOrder
	var err error
	what := "ship"
	switch w.random.IntN(7) {
	case 0, 1, 2:
		want = w.model.ship(t)
		got, _, err = w.shop.ledger.ShipTransfer(w.t.Context(), t.ID, nil, idempotency.Request{})
	case 3:
		what, want = "cancel transfer", w.model.cancelTransfer(t)
		got, _, err = w.shop.ledger.CancelTransfer(w.t.Context(), t.ID, "", nil, idempotency.Request{})
	default:
		receipts := w.receipts(t)
		what, want = "receive", w.model.receive(t, receipts)
		got, _, err = w.shop.ledger.ReceiveTransfer(w.t.Context(), t.ID, receipts, nil, idempotency.Request{})
	}
	w.same(what, *t, want, err)
	w.sameTransfer(err, got, t)
}

func (w *walk) requestTransfer() {
	p := ledger.TransferOrderParams{FromStore: w.pick(stores), ToStore: w.pick(stores), Reference: "r"}
	if w.random.IntN(3) == 0 {
		p.FromStore, p.Supplier = "", "supplier"
	}
	first := w.random.IntN(len(products))
	for i := range 1 + w.random.IntN(2) {
		p.Lines = append(p.Lines, ledger.TransferLineParams{ProductID: products[(first+i)%len(products)], Quantity: w.units(1)})
	}
	t, want := w.model.requestTransfer(p)
	for _, l := range p.Lines { // one that stock does not know is asked of catalog, which may have it
		if _, known := w.model.products[l.ProductID]; !known {
			return
		}
	}
	got, _, err := w.shop.ledger.RequestTransfer(w.t.Context(), p, idempotency.Request{})
	w.same("request", p, want, err)
	if err == nil {
		t.ID = got.ID
		w.transfers = append(w.transfers, t)
		w.sameTransfer(err, got, t)
	}
}

// receipts returns a receipt for each line of a transfer, some of more units than
// are on the way.
func (w *walk) receipts(t *modelTransfer) []ledger.Receipt {
	receipts := make([]ledger.Receipt, len(t.Lines))
	for i, l := range t.Lines {
		receipts[i].ProductID = l.ProductID
		for _, units := range []*int64{&receipts[i].Received, &receipts[i].Lost} {
			*units = w.random.Int64N(2 + l.OnTheWay()*2/3)
		}
		if w.random.IntN(2) == 0 { // the rest
			receipts[i].Received = max(0, l.OnTheWay()-receipts[i].Lost)
		}
		receipts[i].Damaged = w.random.Int64N(1 + receipts[i].Received)
	}
	if first := &receipts[0]; first.Received+first.Lost == 0 {
		first.Received = 1
	}
	return receipts
}

// sameTransfer compares the transfer that a call returned, and the one that is read,
// with the model's.
func (w *walk) sameTransfer(err error, got ledger.TransferOrder, t *modelTransfer) {
	w.t.Helper()
	if err != nil {
		return
	}
	read, err := w.shop.ledger.FindTransfer(w.t.Context(), t.ID, nil)
	if err != nil || got.Status != t.Status || !slices.Equal(got.Lines, t.Lines) || read.Version != got.Version || !slices.Equal(read.Lines, got.Lines) {
		w.t.Errorf("returned %+v, read %+v (%v), the model says %+v", got, read, err, t)
	}
}
