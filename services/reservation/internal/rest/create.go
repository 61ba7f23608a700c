package rest

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

type createRequest struct {
	CustomerID string  `json:"customer_id"`
	Reference  *string `json:"reference"`
	TTLMinutes *int64  `json:"ttl_minutes"`
	TTLSeconds *int64  `json:"ttl_seconds"`

	// The single form.
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`

	// The form with lines.
	Lines      []requestLine `json:"lines"`
	OnShortage *string       `json:"on_shortage"`
	Sourcing   *string       `json:"sourcing"`
}

// requestLine is a line that a request asks for.
type requestLine struct {
	ProductID *string  `json:"product_id"`
	SKU       *string  `json:"sku"`
	StoreID   *string  `json:"store_id"`
	Stores    []string `json:"stores"`
	Quantity  int64    `json:"quantity"`
}

// line returns the line for the core, which takes an empty member for an absent one.
func (l requestLine) line(checks *problem.Checks, place int) reservation.RequestLine {
	notEmpty := func(name string, ok bool) {
		checks.Require(ok, fmt.Sprintf("lines.%d.%s", place, name), "must not be empty")
	}
	notEmpty("product_id", l.ProductID == nil || *l.ProductID != "")
	notEmpty("sku", l.SKU == nil || *l.SKU != "")
	notEmpty("store_id", l.StoreID == nil || *l.StoreID != "")
	notEmpty("stores", l.Stores == nil || len(l.Stores) > 0)
	return reservation.RequestLine{
		ProductID: value(l.ProductID), SKU: value(l.SKU), StoreID: value(l.StoreID), Stores: l.Stores, Quantity: l.Quantity,
	}
}

// How a request takes a shortage.
const (
	shortageReject  = "reject" // the default
	shortagePartial = "partial"
)

// params returns the parameters of the create.
func (r createRequest) params(ttl time.Duration) (p reservation.CreateParams, err error) {
	p = reservation.CreateParams{CustomerID: r.CustomerID, TTL: ttl}
	if p.Reference, err = httpapi.GivenText("reference", r.Reference); err != nil {
		return p, err
	}
	var checks problem.Checks
	if r.Lines == nil {
		checks.Require(r.OnShortage == nil, "on_shortage", "must be given together with lines only")
		checks.Require(r.Sourcing == nil, "sourcing", "must be given together with lines only")
		p.ProductID, p.StoreID, p.Quantity = r.ProductID, r.StoreID, r.Quantity
		return p, checks.Err()
	}
	const instead = "must not be given together with lines"
	checks.Require(r.ProductID == "", "product_id", instead)
	checks.Require(r.StoreID == "", "store_id", instead)
	checks.Require(r.Quantity == 0, "quantity", instead)
	request := reservation.Request{Sourcing: reservation.SourcingRanked, Lines: make([]reservation.RequestLine, len(r.Lines))}
	switch {
	case r.OnShortage == nil || *r.OnShortage == shortageReject:
	case *r.OnShortage == shortagePartial:
		request.Partial = true
	default:
		checks.Require(false, "on_shortage", "must be reject or partial")
	}
	if r.Sourcing != nil {
		request.Sourcing = reservation.Sourcing(*r.Sourcing)
	}
	for i, l := range r.Lines {
		if request.Lines[i] = l.line(&checks, i); checks.Err() != nil {
			break
		}
	}
	if err := cmp.Or(checks.Err(), request.Validate()); err != nil {
		return p, err
	}
	p.AskFor(request)
	return p, nil
}

// value returns the value of a member, and the zero value when it is absent.
func value[T any](member *T) (v T) {
	if member != nil {
		v = *member
	}
	return v
}

// ttl returns how long the reservation shall live.
func (r createRequest) ttl(longest time.Duration) (time.Duration, error) {
	ttl, given, err := ttlOf(r.TTLMinutes, r.TTLSeconds, longest)
	if !given {
		ttl = reservation.DefaultTTL
	}
	return ttl, err
}

// ttlOf returns the time that is given in minutes or in seconds.
func ttlOf(minutes, seconds *int64, longest time.Duration) (ttl time.Duration, given bool, err error) {
	var checks problem.Checks
	if minutes != nil {
		checks.Range("ttl_minutes", *minutes, 1, int64(longest/time.Minute))
		ttl = time.Duration(*minutes) * time.Minute
	}
	if seconds != nil {
		checks.Require(minutes == nil, "ttl_seconds", "must not be given together with ttl_minutes")
		checks.Range("ttl_seconds", *seconds, 1, int64(longest/time.Second))
		ttl = time.Duration(*seconds) * time.Second
	}
	return ttl, minutes != nil || seconds != nil, checks.Err()
}

// create serves POST /reservations.
func (h handlers) create(c *gin.Context) error {
	r, err := httpapi.Decode[createRequest](c)
	if err != nil {
		return err
	}
	ttl, err := r.ttl(h.service.MaxLife())
	if err != nil {
		return err
	}
	params, err := r.params(ttl)
	if err != nil {
		return err
	}
	if err := params.Validate(h.service.MaxLife()); err != nil {
		return err
	}
	for _, store := range params.Stores() {
		if err := httpapi.CallerOf(c).CheckStore("store_id", store); err != nil {
			return err
		}
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	created, replayed, err := h.service.Create(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/reservations/"+created.ID)
	return h.sendResult(c, http.StatusCreated, created, replayed)
}
