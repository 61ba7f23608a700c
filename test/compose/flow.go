package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// flow runs the usual requests of a shop once: a product and its stock,
// reservations that are confirmed, cancelled and left to expire, and requests
// that are refused.
func (s *stack) flow(ctx context.Context) error {
	c := s.client
	var product string
	err := c.watched(ctx, "product.created", func() (_ string, err error) {
		product, err = c.stocked(ctx, fmt.Sprintf("FLOW-%d", time.Now().UnixNano()), 10)
		return product, err
	})
	if err != nil {
		return err
	}
	reserve := func(quantity, ttlSeconds, status int, headers ...string) (order, error) {
		return callAPI[order](ctx, c, http.MethodPost, "/api/v1/reservations", map[string]any{
			"product_id": product, "store_id": madrid, "customer_id": "ada", "quantity": quantity, "ttl_seconds": ttlSeconds,
		}, status, headers...)
	}
	finish := func(id, how string, status int) error {
		_, err := callAPI[order](ctx, c, http.MethodPost, "/api/v1/reservations/"+id+"/"+how, nil, status)
		return err
	}
	key := "Idempotency-Key: " + product
	sold, err := reserve(2, 600, http.StatusCreated, key)
	if err != nil {
		return err
	}
	again, err := reserve(2, 600, http.StatusCreated, key)
	if err == nil && again.ID != sold.ID {
		err = fmt.Errorf("the repeated request created another reservation: %s and %s", sold.ID, again.ID)
	}
	if err != nil {
		return err
	}
	kept, err := reserve(3, 600, http.StatusCreated)
	if err != nil {
		return err
	}
	late, err := reserve(4, 1, http.StatusCreated)
	if err != nil {
		return err
	}
	_, tooMany := reserve(2, 600, http.StatusConflict)
	_, reused := reserve(1, 600, http.StatusUnprocessableEntity, key)
	return errors.Join(
		tooMany, reused,
		finish(sold.ID, "confirm", http.StatusOK), finish(sold.ID, "confirm", http.StatusOK),
		finish(sold.ID, "cancel", http.StatusConflict),
		finish(kept.ID, "cancel", http.StatusOK),
		c.wantsOrder(ctx, late.ID, "expired"), finish(late.ID, "confirm", http.StatusConflict),
		c.wantsRow(ctx, product, 8, 0),
		c.refused(ctx), s.published(ctx, sold.ID, "reservation.created", "reservation.confirmed"),
		s.published(ctx, late.ID, "reservation.created", "reservation.expired"),
	)
}

// refused checks that the proxy passes the refusals of the services on unchanged.
func (c *client) refused(ctx context.Context) error {
	stranger := *c
	stranger.key = "not-a-key"
	r, err := stranger.send(ctx, http.MethodGet, "/api/v1/stock/low-stock", nil)
	if err == nil && (r.status != http.StatusUnauthorized || !strings.Contains(string(r.body), `"UNAUTHORIZED"`)) {
		err = fmt.Errorf("%s, want 401 and its code", r)
	}
	return err
}

// published waits until the broker has these events of a reservation, and no
// others.
func (s *stack) published(ctx context.Context, id string, types ...string) error {
	return eventually(ctx, func(ctx context.Context) error {
		page, err := callAPI[struct {
			Events []struct {
				Type     string  `json:"event_type"`
				SyncedAt *string `json:"synced_at"`
			}
		}](ctx, s.client, http.MethodGet, "/api/v1/events/reservation?aggregate_id="+id, nil, http.StatusOK)
		if err != nil {
			return err
		}
		var got []string
		for _, e := range page.Events {
			if e.SyncedAt != nil {
				got = append(got, e.Type)
			}
		}
		if len(got) != len(page.Events) || strings.Join(got, " ") != strings.Join(types, " ") {
			return fmt.Errorf("of reservation %s the broker has %q, want %q", id, got, types)
		}
		return nil
	})
}
