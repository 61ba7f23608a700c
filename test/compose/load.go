package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	customers = 8
	// plenty is more than any load sells.
	plenty = 1_000_000
	// rest is how long a customer waits after an order: the load must be steady,
	// not saturate the machine.
	rest = 10 * time.Millisecond
	// retryPause is how long a customer waits before the same request again.
	retryPause = 100 * time.Millisecond
)

// load runs customers who order, and confirm, cancel or keep their orders. They
// repeat a request until it succeeds. load records every acknowledged change.
type load struct {
	client   *client
	products []string

	mu      sync.Mutex
	orders  map[string]string // reservation → acknowledged status
	sold    map[string]int64  // product → units
	held    map[string]int64  // product → units of pending reservations
	retries int
	wrong   []error
}

func newLoad(c *client) *load {
	return &load{client: c, orders: map[string]string{}, sold: map[string]int64{}, held: map[string]int64{}}
}

// start creates products and starts the customers. The function that it returns
// stops the customers and waits for them.
func (l *load) start(ctx context.Context) (end func(), err error) {
	run := time.Now().UnixNano()
	for i := range 4 {
		product, err := l.client.stocked(ctx, fmt.Sprintf("LOAD-%d-%d", run, i), plenty)
		if err != nil {
			return nil, err
		}
		l.products = append(l.products, product)
	}
	stop := make(chan struct{})
	var all sync.WaitGroup
	for worker := range customers {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(rest):
				}
				if err := l.shop(ctx, l.products[(worker+i)%len(l.products)], fmt.Sprintf("%d-%d-%d", run, worker, i), i%3); err != nil {
					l.record(func() { l.wrong = append(l.wrong, err) })
					return
				}
			}
		})
	}
	return sync.OnceFunc(func() { close(stop); all.Wait() }), nil
}

func (l *load) record(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// shop orders two units, and then confirms, cancels or keeps the order.
func (l *load) shop(ctx context.Context, product, key string, how int) error {
	made, err := l.insist(ctx, "/api/v1/reservations", map[string]any{
		"product_id": product, "store_id": madrid, "customer_id": "customer", "quantity": 2, "ttl_minutes": 600,
	}, http.StatusCreated, "Idempotency-Key: "+key)
	if err != nil {
		return err
	}
	path := "/api/v1/reservations/" + made.ID
	switch how {
	case 0:
		_, err = l.insist(ctx, path+"/confirm", nil, http.StatusOK)
		l.record(func() { l.orders[made.ID] = "confirmed"; l.sold[product] += 2 })
	case 1:
		_, err = l.insist(ctx, path+"/cancel", nil, http.StatusOK)
		l.record(func() { l.orders[made.ID] = "cancelled" })
	default:
		l.record(func() { l.orders[made.ID] = "pending"; l.held[product] += 2 })
	}
	return err
}

// insist repeats a POST until the response has the status. It repeats a request
// only after a lost connection or 503 with Retry-After.
func (l *load) insist(ctx context.Context, path string, body any, status int, headers ...string) (order, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		r, err := l.client.send(ctx, http.MethodPost, path, body, headers...)
		if err == nil && r.status == status {
			return decode[order](r)
		}
		if err == nil && r.status != http.StatusServiceUnavailable {
			return order{}, fmt.Errorf("%s, want %d or 503", r, status)
		}
		if err == nil && r.header.Get("Retry-After") == "" {
			return order{}, fmt.Errorf("%s, without Retry-After", r)
		}
		l.record(func() { l.retries++ })
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return order{}, fmt.Errorf("no success in %s; the last response: %s, %w", patience, r, err)
		}
	}
}

func (l *load) recorded() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.orders)
}

// goesOn waits until n more orders are recorded.
func (l *load) goesOn(ctx context.Context, n int) error {
	until := l.recorded() + n
	return eventually(ctx, func(context.Context) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.wrong) > 0 {
			return errors.Join(l.wrong...)
		}
		if len(l.orders) < until {
			return fmt.Errorf("%d of %d orders are recorded", len(l.orders), until)
		}
		return nil
	})
}

// check compares the orders and the stock with the acknowledged changes.
func (l *load) check(ctx context.Context) error {
	if len(l.orders) == 0 {
		return errors.New("the load recorded no order")
	}
	all := append([]error(nil), l.wrong...)
	for id, status := range l.orders {
		if err := l.client.wantsOrder(ctx, id, status); err != nil {
			return errors.Join(append(all, err)...)
		}
	}
	for _, product := range l.products {
		all = append(all, l.client.wantsRow(ctx, product, plenty-l.sold[product], l.held[product]))
	}
	return errors.Join(all...)
}
