package ledger_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

func TestService(t *testing.T) {
	t.Run("agrees with the model", testServiceAgreesWithTheModel)
}

// testServiceAgreesWithTheModel runs random changes against the ledger and the
// model; after each change, the results, the tables and the events must agree.
// With rehearsal every change runs twice, and the first run is rolled back.
func testServiceAgreesWithTheModel(t *testing.T) {
	const seeds, steps = 6, 330
	for _, rehearse := range []bool{false, true} {
		seen := map[string]int{}
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprintf("rehearse_%t_seed_%d", rehearse, seed), func(t *testing.T) {
				walkAtRandom(t, open(t, rehearse), seed, steps, seen)
			})
		}
		checkSeen(t, seen)
	}
}

// walkAtRandom compares the changes of a seed on an empty shop with the model.
func walkAtRandom(t *testing.T, s *shop, seed uint64, steps int, seen map[string]int) {
	w := &walk{
		t: t, shop: s, model: newModel(), random: rand.New(rand.NewPCG(seed, 1)), seen: seen, decided: map[string][][]ledger.Line{},
	}
	w.begin()
	for range steps {
		w.step()
		if t.Failed() {
			t.Fatalf("after:\n%s", w.log)
		}
	}
	w.audit()
}

type walk struct {
	t      *testing.T
	shop   *shop
	model  *model
	random *rand.Rand
	log    string
	seen   map[string]int // outcomes
	ids    []string       // of reservations
	// decided has the totals that each reservation decided so far, in their order.
	decided   map[string][][]ledger.Line
	transfers []*modelTransfer
	counts    []*modelCount
}

var (
	products = []string{"p-0", "p-1", "p-2", "p-3"}
	stores   = []string{"MAD-001", "BCN-001", "VLC-001"}
)

// begin stocks most rows, so that changes find something to change.
func (w *walk) begin() {
	for _, product := range products[:3] {
		w.list(product)
		for _, store := range stores {
			quantity := 10 + w.random.Int64N(40)
			if product == products[0] && w.random.IntN(2) == 0 { // so that more would not fit
				quantity = ledger.MaxQuantity - w.random.Int64N(20)
			}
			w.createRow(ledger.CreateParams{ProductID: product, StoreID: store, Quantity: quantity}, true)
		}
	}
}

// list makes catalog know a product.
func (w *walk) list(id string) {
	w.shop.catalog.products[id] = ledger.Product{ID: id, SKU: "SKU " + id, Name: id, Version: 1}
}

// step makes one change on both sides and compares.
func (w *walk) step() {
	w.t.Helper()
	w.shop.clock.Advance(time.Duration(w.random.IntN(3)) * time.Second)
	steps := []struct {
		weight int
		run    func()
	}{{3, w.create}, {4, w.adjust}, {4, w.update}, {8, w.transfer}, {5, w.transferOrder}, {6, w.count}, {9, w.hold}, {7, w.settle}, {2, w.product}, {6, w.changeState}, {3, w.delete}}
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	n := w.random.IntN(total)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			s.run()
			break
		}
	}
	for _, wrong := range w.shop.audit.Check(w.t.Context()) {
		w.t.Error(wrong)
	}
	w.compare()
}

func (w *walk) pick(from []string) string { return from[w.random.IntN(len(from))] }

// units returns a quantity: mostly a small one, at times one near the maximum.
func (w *walk) units(smallest int64) int64 {
	if w.random.IntN(12) == 0 {
		return ledger.MaxQuantity - w.random.Int64N(3)
	}
	return smallest + w.random.Int64N(30)
}

func (w *walk) thresholds() (c ledger.ThresholdChange) {
	if w.random.IntN(2) == 0 {
		n := w.random.Int64N(20)
		c.ReorderPoint = &n
	}
	return c
}

// version returns a version that the caller saw: none, the right one, or one
// that is too old.
func (w *walk) version(product, store string) *int64 {
	r := w.model.rows[place{product, store}]
	if r == nil || w.random.IntN(3) > 0 {
		return nil
	}
	v := r.version - w.random.Int64N(2)
	return &v
}

// same compares an error with the code that the model expects; "" for none.
func (w *walk) same(what string, params any, want problem.Code, err error) {
	w.t.Helper()
	w.log += fmt.Sprintf("%s %+v → %q\n", what, params, want)
	w.seen[what+" "+string(want)]++
	if got := problem.CodeOf(err); got != want {
		w.t.Errorf("%s %+v: got %v, the model says %q", what, params, err, want)
	}
}

// create creates a row while catalog knows the product, does not know it, is down,
// or returns its state before a deletion.
func (w *walk) create() {
	p := ledger.CreateParams{ProductID: w.pick(products), StoreID: w.pick(stores), Quantity: w.units(0), Thresholds: w.thresholds()}
	if w.random.IntN(2) == 0 {
		w.list(p.ProductID)
	}
	_, listed := w.shop.catalog.products[p.ProductID]
	if w.random.IntN(5) > 0 {
		w.createRow(p, listed)
		return
	}
	w.shop.catalog.err = problem.New(problem.StockUnavailable, "catalog is away")
	defer func() { w.shop.catalog.err = nil }()
	if _, known := w.model.products[p.ProductID]; known {
		w.createRow(p, true)
		return
	}
	_, _, err := w.shop.ledger.Create(w.t.Context(), p, idempotency.Request{})
	w.same("create", p, problem.StockUnavailable, err)
}

func (w *walk) createRow(p ledger.CreateParams, listed bool) {
	want := w.model.create(p, listed)
	if want == "" && w.model.past[place{p.ProductID, p.StoreID}] != nil {
		w.seen["created again"]++
	}
	row, _, err := w.shop.ledger.Create(w.t.Context(), p, idempotency.Request{})
	w.same("create", p, want, err)
	w.sameRow(err, row)
}

func (w *walk) adjust() {
	p := ledger.AdjustParams{ProductID: w.pick(products), StoreID: w.pick(stores), Adjustment: w.units(1)}
	if w.random.IntN(3) > 0 {
		p.Adjustment = -p.Adjustment
	}
	p.Version = w.version(p.ProductID, p.StoreID)
	want := w.model.adjust(p)
	row, _, err := w.shop.ledger.Adjust(w.t.Context(), p, idempotency.Request{})
	w.same("adjust", p, want, err)
	w.sameRow(err, row)
}

func (w *walk) update() {
	p := ledger.UpdateParams{ProductID: w.pick(products), StoreID: w.pick(stores), Quantity: w.units(0), Thresholds: w.thresholds()}
	p.Version = w.version(p.ProductID, p.StoreID)
	want := w.model.update(p)
	row, err := w.shop.ledger.Update(w.t.Context(), p)
	w.same("update", p, want, err)
	w.sameRow(err, row)
}

func (w *walk) transfer() {
	p := ledger.TransferParams{ProductID: w.pick(products), FromStore: w.pick(stores), ToStore: w.pick(stores), Quantity: w.units(1)}
	want := w.model.transfer(p)
	made, _, err := w.shop.ledger.Transfer(w.t.Context(), p, idempotency.Request{})
	w.same("transfer", p, want, err)
	w.sameRow(err, made.From)
	w.sameRow(err, made.To)
}

// sameRow compares the row that a change returned with the model's.
func (w *walk) sameRow(err error, row ledger.Row) {
	w.t.Helper()
	if err != nil {
		return
	}
	r := w.model.rows[place{row.ProductID, row.StoreID}]
	if r == nil || row.Quantity != r.quantity || row.Reserved != r.reserved || row.Incoming != r.incoming || row.Version != r.version ||
		row.EffectiveReorderPoint() != r.reorderPoint || row.Unavailable != r.unavailable || row.Available() != r.available() || row.Product.SKU != "SKU "+row.ProductID {
		w.t.Errorf("answered %+v, the model says %+v", row, r)
	}
}

// hold asks for several holds at once: new ones, repeated ones, and ones that
// take the id of another.
func (w *walk) hold() {
	list := make([]ledger.HoldParams, 1+w.random.IntN(4))
	want := make([]ledger.HoldAnswer, len(list))
	for i := range list {
		id := fmt.Sprintf("r-%d", len(w.ids))
		if len(w.ids) > 0 && w.random.IntN(4) == 0 {
			id = w.pick(w.ids)
		} else {
			w.ids = append(w.ids, id)
		}
		list[i] = ledger.HoldParams{
			ReservationID: id, CustomerID: "c", TTLSeconds: 60 + w.random.Int64N(2), Lines: w.lines(),
			ExpiresAt: clock.Truncate(w.shop.clock.Now().Add(time.Minute)),
		}
		if h := w.model.holds[id]; h != nil && len(h.Lines) > 0 && w.random.IntN(4) > 0 {
			list[i].TTLSeconds, list[i].Lines = h.TTLSeconds, w.model.asked[id]
		}
		want[i] = w.model.hold(list[i])
		w.seen["hold "+string(want[i].Outcome)]++
	}
	got, err := w.shop.ledger.Hold(w.t.Context(), list)
	w.log += fmt.Sprintf("hold %+v → %+v\n", list, want)
	if err != nil || !reflect.DeepEqual(got, want) {
		w.t.Errorf("hold %+v: got %+v %v, the model says %+v", list, got, err, want)
	}
}

// lines returns one to three lines of different rows.
func (w *walk) lines() (lines []ledger.Line) {
	named := map[place]bool{}
	for range 1 + w.random.IntN(3) {
		k := place{w.pick(products), w.pick(stores)}
		if !named[k] {
			named[k] = true
			lines = append(lines, ledger.Line{ProductID: k.product, StoreID: k.store, Quantity: 1 + w.random.Int64N(12)})
		}
	}
	return lines
}

// settle ends several holds by a call, or one by an event.
func (w *walk) settle() {
	list := make([]ledger.SettleParams, 1+w.random.IntN(4))
	want := make([]protocol.Progress, len(list))
	byEvent := w.random.IntN(3) == 0
	if byEvent {
		list, want = list[:1], want[:1]
	}
	for i := range list {
		id := fmt.Sprintf("r-%d", len(w.ids))
		if len(w.ids) > 0 && w.random.IntN(6) > 0 {
			id = w.pick(w.ids)
		} else {
			w.ids = append(w.ids, id)
		}
		list[i] = ledger.SettleParams{ReservationID: id, Target: w.target(id), Reason: inventory.ReasonExpired}
		want[i] = w.model.settle(list[i])
		w.seen[fmt.Sprintf("settle %d", want[i])]++
	}
	w.log += fmt.Sprintf("settle %+v → %v\n", list, want)
	if byEvent {
		if err := w.shop.ledger.SettleByEvent(w.t.Context(), list[0]); err != nil {
			w.t.Errorf("settle by event %+v: %v", list[0], err)
		}
		return
	}
	got, err := w.shop.ledger.Settle(w.t.Context(), list)
	if err != nil || !slices.Equal(got, want) {
		w.t.Errorf("settle %+v: got %v %v, the model says %v", list, got, err, want)
	}
}

// product deletes a product, though seldom, and never those that most changes
// need.
func (w *walk) product() {
	id := w.pick(products[2:])
	if w.random.IntN(3) > 0 {
		return
	}
	_, known := w.model.products[id]
	delete(w.shop.catalog.products, id)
	if !known {
		return
	}
	w.model.products[id] = true
	w.log += "delete " + id + "\n"
	err := w.shop.ledger.ApplyProduct(w.t.Context(), ledger.Product{ID: id, SKU: "SKU " + id, Deleted: true, Version: 2})
	if err != nil {
		w.t.Error(err)
	}
}

// compare holds every row, the number of its stock.low events and the number
// of contradictions against the model.
func (w *walk) compare() {
	w.t.Helper()
	for _, store := range stores {
		list, err := w.shop.ledger.ByStore(w.t.Context(), store, paging.Page{Limit: 100})
		rows := list.Items
		if err != nil || int(list.Total) != len(rows) {
			w.t.Fatalf("rows of %s: %d of %d, %v", store, len(rows), list.Total, err)
		}
		for _, row := range rows {
			w.sameRow(nil, row)
		}
		for k := range maps.Keys(w.model.rows) {
			if k.store == store && !slices.ContainsFunc(rows, func(r ledger.Row) bool { return r.ProductID == k.product }) {
				w.t.Errorf("the row %v is missing", k)
			}
		}
	}
	for k, r := range w.model.rows {
		if n, err := w.shop.lows(w.t.Context(), k.product, k.store); err != nil || n != int64(r.lows) {
			w.t.Errorf("%v: %d stock.low events (%v), it became low %d times", k, n, err, r.lows)
		}
	}
	if w.shop.contradictions != w.model.refused {
		w.t.Errorf("%d contradictions were counted, there were %d", w.shop.contradictions, w.model.refused)
	}
}

// audit runs the ledger's own audit on a consistent database.
func (w *walk) audit() {
	report, err := w.shop.ledger.Audit(w.t.Context())
	if err != nil || len(report.Checks) == 0 {
		w.t.Errorf("audit: %d checks, %v", len(report.Checks), err)
	}
	for _, c := range report.Checks {
		if c.Checked == 0 || c.ViolationCount > 0 {
			w.t.Errorf("audit: %s: %d checked, %v", c.Name, c.Checked, c.Violations)
		}
	}
}

// checkSeen keeps the walks from finding nothing because they reach nothing.
func checkSeen(t *testing.T, seen map[string]int) {
	t.Helper()
	for _, outcome := range []string{
		"create ", "create CONFLICT", "create NOT_FOUND", "create STOCK_UNAVAILABLE", "adjust ", "adjust NOT_FOUND",
		"adjust INSUFFICIENT_STOCK", "adjust CONFLICT", "adjust VERSION_MISMATCH", "update ", "update CONFLICT",
		"update VERSION_MISMATCH", "transfer ", "transfer INSUFFICIENT_STOCK", "transfer CONFLICT", "transfer VALIDATION_ERROR",
		"request ", "request NOT_FOUND", "request VALIDATION_ERROR", "ship ", "ship INVALID_STATE", "ship INSUFFICIENT_STOCK",
		"receive ", "receive INVALID_STATE", "cancel transfer ", "cancel transfer INVALID_STATE",
		"count ", "count INVALID_STATE", "count NOT_FOUND", "count PRODUCT_DELETED", "apply ", "apply INVALID_STATE", "discard ", "discard INVALID_STATE",
		"booked", "booked in a new row", "failed claimed", "failed maximum", "failed product_deleted", "booked after it failed",
		"hold granted", "hold settled", "hold mismatch", "hold insufficient", "hold no_row", "hold product_deleted",
		"state ", "state INSUFFICIENT_STOCK", "state NOT_FOUND", "state VALIDATION_ERROR", "state VERSION_MISMATCH",
		"delete ", "delete CONFLICT", "delete NOT_FOUND", "created again", "settle 0", "settle 1", "settle 2", "settle 3", "settle 4", "returned elsewhere", "returned to a new row",
	} {
		if seen[outcome] == 0 {
			t.Errorf("no walk saw %q", outcome)
		}
	}
}
