package brokersystem_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// load runs customers who create reservations, and confirm, cancel or keep them.
// Every response must be the expected one.
type load struct {
	s        *system
	products []string
	stop     chan struct{}
	ended    sync.WaitGroup

	mu       sync.Mutex
	answered int
	sold     map[string]int64 // units by product
	kept     []string         // reservations that are pending
	wrong    []error
}

// pause is the time between two requests of a customer, so that the load does not
// use the whole machine.
const pause = 10 * time.Millisecond

// customers starts the load on new products.
func (s *system) customers(t testing.TB, workers int) *load {
	t.Helper()
	l := &load{s: s, stop: make(chan struct{}), sold: map[string]int64{}}
	for range 4 {
		l.products = append(l.products, s.stocked(t, plenty))
	}
	for i := range workers {
		l.ended.Go(func() { l.work(i) })
	}
	t.Cleanup(l.stopLoad)
	return l
}

// plenty is more than any load sells.
const plenty = 1_000_000

func (l *load) work(i int) {
	rest := time.NewTicker(pause)
	defer rest.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-rest.C:
		}
		i++
		if err := l.shop(l.products[i%len(l.products)], i); err != nil {
			l.mu.Lock()
			l.wrong = append(l.wrong, err)
			l.mu.Unlock()
		}
	}
}

// shop creates one reservation and confirms, cancels or keeps it.
func (l *load) shop(product string, i int) error {
	r, err := l.s.reserve(product, 2, 3600)
	if err != nil {
		return err
	}
	how := []string{"confirm", "cancel", "", "confirm"}[i/len(l.products)%4]
	if how != "" {
		if _, err := l.s.finish(r.ID, how); err != nil {
			return err
		}
	}
	if i%16 == 0 {
		_, err := callFor[struct{ ID string }](l.s.client, http.MethodPut, "/api/v1/products/"+product, map[string]any{
			"sku": "SKU-" + product, "name": fmt.Sprintf("Name %d", i), "price": 1,
		}, http.StatusOK)
		if err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered += 2
	switch how {
	case "confirm":
		l.sold[product] += r.Quantity
	case "":
		l.kept = append(l.kept, r.ID)
	}
	return nil
}

func (l *load) progress() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered
}

// goesOn waits for the responses to n more requests.
func (l *load) goesOn(t testing.TB, n int) {
	t.Helper()
	until := l.progress() + n
	eventually(t, "the load", func() error {
		if got := l.progress(); got < until {
			return fmt.Errorf("%d of %d requests were answered", got, until)
		}
		return nil
	})
}

// stopLoad stops the load. A second call does nothing.
func (l *load) stopLoad() {
	l.mu.Lock()
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.mu.Unlock()
	l.ended.Wait()
}

// check stops the load, cancels the kept reservations, and fails the test unless
// every response was the expected one and the stock matches the sales.
func (l *load) check(t testing.TB) {
	t.Helper()
	l.stopLoad()
	for i, err := range l.wrong {
		if i == 5 {
			t.Errorf("… and %d more", len(l.wrong)-i)
			break
		}
		t.Error(err)
	}
	for _, id := range l.kept {
		if _, err := l.s.finish(id, "cancel"); err != nil {
			t.Error(err)
		}
	}
	l.s.settled()
	for _, product := range l.products {
		l.s.wantsRow(t, product, plenty-l.sold[product], 0)
	}
	t.Logf("%d requests, %d reservations were kept", l.answered, len(l.kept))
}
