package brokersystem_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// shoppers runs patient customers while services are restarted: they create
// reservations, and confirm, cancel or keep them; they also add stock, change and
// create products, and register webhooks. No request may be done twice.
type shoppers struct {
	*patient
	s        *system
	products []string
	stop     chan struct{}
	ended    sync.WaitGroup

	mu    sync.Mutex
	done  int              // rounds
	sold  map[string]int64 // units by product
	came  map[string]int64 // units by product
	kept  []string         // reservations that are pending
	goods int              // products that there should be
	hooks int              // webhooks that there should be
	wrong []error
}

// shoppers starts them on new products.
func (s *system) shoppers(t testing.TB, n int) *shoppers {
	t.Helper()
	w := &shoppers{
		patient: newPatient(s.client), s: s, stop: make(chan struct{}), sold: map[string]int64{}, came: map[string]int64{},
	}
	for range 4 {
		w.products = append(w.products, s.stocked(t, plenty))
	}
	w.goods, w.hooks = must[int](t)(s.total(goodsPath)), must[int](t)(s.total(hooksPath))
	for i := range n {
		w.ended.Go(func() { w.work(i) })
	}
	t.Cleanup(w.stopLoad)
	return w
}

func (w *shoppers) work(i int) {
	rest := time.NewTicker(pause)
	defer rest.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-rest.C:
		}
		if err := w.round(w.products[i%len(w.products)], i); err != nil {
			w.note(func() { w.wrong = append(w.wrong, err) })
			return
		}
		i++
	}
}

func (w *shoppers) note(what func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what()
}

// round creates one reservation and confirms, cancels or keeps it, and now and
// then sends another request.
func (w *shoppers) round(product string, i int) error {
	id, err := w.post(ordersPath, reserving(product), http.StatusCreated)
	if err != nil {
		return err
	}
	how := []string{"confirm", "cancel", "", "confirm"}[i/len(w.products)%4]
	if how != "" {
		if _, err := w.post(ordersPath+"/"+id+"/"+how, nil, http.StatusOK); err != nil {
			return err
		}
	}
	w.note(func() {
		switch how {
		case "confirm":
			w.sold[product] += 2
		case "":
			w.kept = append(w.kept, id)
		}
	})
	if err := w.besides(product, i); err != nil {
		return err
	}
	w.note(func() { w.done++ })
	return nil
}

func (w *shoppers) besides(product string, i int) (err error) {
	switch i % 16 {
	case 0, 4, 8, 12:
		if _, err = w.post(adjustPath(product), adjusting, http.StatusOK); err == nil {
			w.note(func() { w.came[product] += 3 })
		}
	case 2:
		if _, err = w.post(goodsPath, newProduct(), http.StatusCreated); err == nil {
			w.note(func() { w.goods++ })
		}
	case 6:
		_, err = w.insist(http.MethodPut, "/api/v1/products/"+product, map[string]any{
			"sku": "SKU-" + product, "name": fmt.Sprintf("Name %d", i), "price": 1,
		}, http.StatusOK)
	case 10:
		if _, err = w.post(hooksPath, silentWebhook, http.StatusCreated); err == nil {
			w.note(func() { w.hooks++ })
		}
	}
	return err
}

// The paths and bodies of the shoppers' requests.
const (
	goodsPath  = "/api/v1/products"
	hooksPath  = "/api/v1/webhooks"
	ordersPath = "/api/v1/reservations"
)

var (
	adjusting     = map[string]any{"adjustment": 3, "reason": "restock"}
	silentWebhook = map[string]any{"url": "https://shop.example.com/hook", "active": false}
)

func reserving(product string) map[string]any {
	return map[string]any{
		"product_id": product, "store_id": madrid, "customer_id": "customer", "quantity": 2, "ttl_seconds": 3600,
	}
}

func adjustPath(product string) string { return "/api/v1/stock/" + product + "/" + madrid + "/adjust" }

func newProduct() map[string]any {
	return map[string]any{"sku": fmt.Sprintf("SKU-%d", serial.Add(1)), "name": "Product", "price": 2}
}

// goesOn waits until n more rounds are done.
func (w *shoppers) goesOn(t testing.TB, n int) {
	t.Helper()
	until := 0
	w.note(func() { until = w.done + n })
	eventually(t, "the shoppers", func() (err error) {
		w.note(func() {
			switch {
			case len(w.wrong) > 0:
				err = fmt.Errorf("%w: %w", errHopeless, w.wrong[0])
			case w.done < until:
				err = fmt.Errorf("%d of %d rounds are done", w.done, until)
			}
		})
		return err
	})
}

// stopLoad stops the load. A second call does nothing.
func (w *shoppers) stopLoad() {
	w.note(func() {
		select {
		case <-w.stop:
		default:
			close(w.stop)
		}
	})
	w.ended.Wait()
}

// check stops the load, cancels the kept reservations, and fails the test unless
// every request was done exactly once.
func (w *shoppers) check(t testing.TB) {
	t.Helper()
	w.stopLoad()
	for _, err := range w.wrong {
		t.Error(err)
	}
	if err := w.repeat(); err != nil {
		t.Error(err)
	}
	for _, id := range w.kept {
		if _, err := w.s.finish(id, "cancel"); err != nil {
			t.Error(err)
		}
	}
	w.s.settled()
	for _, product := range w.products {
		w.s.wantsRow(t, product, plenty+w.came[product]-w.sold[product], 0)
	}
	for path, want := range map[string]int{goodsPath: w.goods, hooksPath: w.hooks} {
		if n := must[int](t)(w.total(path)); n != want {
			t.Errorf("%s has %d entries, want %d", path, n, want)
		}
	}
	t.Logf("%d rounds; sent again: %v, %d times at most", w.done, w.repeats, w.most)
}
