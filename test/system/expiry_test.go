package system_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/events"
)

// TestExpiry measures by the service's own times how late reservations expire:
// one, 500 at about the same time, and 500 that fell due while the process was
// down. It does not run in parallel with other tests, which would slow it down.
func TestExpiry(t *testing.T) {
	dir := t.TempDir()
	whole := t // a program that a subtest restarts outlives the subtest
	p := serve(whole, dir)
	t.Run("one", func(t *testing.T) {
		product := p.newStock(t, 1000)
		o := orderOf(product, 1)
		o.TTLSeconds = 1
		p.reserved(t, o, "")
		late := p.expired(t, product, 1, time.Time{})
		p.wantsFree(t, product)
		t.Logf("expired %s after its TTL", late)
	})
	t.Run("500 at once", func(t *testing.T) {
		product := p.newStock(t, 1000)
		p.reserveMany(t, product, 500, 1)
		late := p.expired(t, product, 500, time.Time{})
		p.wantsFree(t, product)
		t.Logf("the latest expired %s after its TTL", late)
	})
	t.Run("500 after a restart that spans the TTL", func(t *testing.T) {
		product := p.newStock(t, 1000)
		p.reserveMany(t, product, 500, 3)
		list := p.reservations(t, product, madrid)
		p.kill()
		// On a slow machine the first ones may have expired by then.
		if n := statuses(list); !strings.Contains(n, "pending:") {
			t.Fatalf("before the crash: %s", n)
		}
		for _, r := range list {
			<-time.After(time.Until(timeOf(t, r.ExpiresAt))) // the condition is a time
		}
		p = serve(whole, dir)
		started := timeOf(t, p.health(t).Timestamp)
		late := p.expired(t, product, 500, started)
		p.wantsFree(t, product)
		t.Logf("the latest expired %s after the start", late)
	})
	p.balanced(t)
	p.audit(t)
}

// reserveMany creates reservations that fall due at about the same time.
func (c *client) reserveMany(t *testing.T, product string, n int, ttlSeconds int64) {
	t.Helper()
	o := orderOf(product, 1)
	o.TTLSeconds = ttlSeconds
	var clients sync.WaitGroup
	for range n {
		clients.Go(func() {
			if a, err := c.reserve(o, ""); err != nil || a.status != http.StatusCreated {
				t.Error(a, err)
			}
		})
	}
	clients.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// expired waits until all n reservations of a product have expired, fails the test
// when one of them was late, and returns the greatest lateness. No reservation can
// expire before the process has started.
func (c *client) expired(t *testing.T, product string, n int, started time.Time) (latest time.Duration) {
	t.Helper()
	var list []reservation
	eventually(t, "the expiry", func() error {
		list = c.reservations(t, product, madrid)
		if got, want := statuses(list), fmt.Sprintf("[expired:%d]", n); got != want {
			return fmt.Errorf("they are %s", got)
		}
		return nil
	})
	for _, r := range list {
		due := timeOf(t, r.ExpiresAt)
		if due.Before(started) {
			due = started
		}
		late := timeOf(t, r.UpdatedAt).Sub(due)
		if late >= maxLateness {
			t.Errorf("reservation %s expired %s late", r.ID, late)
		}
		if timeOf(t, r.UpdatedAt).Before(timeOf(t, r.ExpiresAt)) {
			t.Errorf("reservation %s expired at %s, before its time %s", r.ID, r.UpdatedAt, r.ExpiresAt)
		}
		latest = max(latest, late)
	}
	return latest
}

// wantsFree waits until no unit of a product is held.
func (c *client) wantsFree(t testing.TB, product string) {
	t.Helper()
	c.rowBecomes(t, product, 1000, 0)
}

func timeOf(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(events.TimeFormat, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
