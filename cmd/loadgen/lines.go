package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// basketRequest is a reservation of one unit of each of its rows.
type basketRequest struct {
	CustomerID string       `json:"customer_id"`
	Lines      []basketLine `json:"lines"`
}

type basketLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int    `json:"quantity"`
}

// compareLines measures reservations of several lines in alternation with reservations
// of one line, on the same system, in granted lines per second.
func (i *instance) compareLines(ctx context.Context, lines, clients, pairs int, duration time.Duration) error {
	basket := basketRequest{CustomerID: "customer-1"}
	for n := range lines {
		product, err := hotRow(ctx, i.addr, fmt.Sprintf("BENCH-%d", n+1))
		if err != nil {
			return err
		}
		basket.Lines = append(basket.Lines, basketLine{ProductID: product, StoreID: storeID, Quantity: 1})
	}
	body, err := json.Marshal(basket)
	if err != nil {
		return err
	}
	fmt.Printf("POST %s with %d lines of as many rows, in lines per second, %d clients, %d runs of %d s each, all on this machine\n\n",
		reservePath, lines, clients, pairs, int(duration.Seconds()))
	baskets, single, err := alternate(ctx, target{addr: i.addr, body: body, lines: lines}, i.target(), "single lines", clients, pairs, duration)
	if err != nil {
		return err
	}
	for _, l := range basket.Lines {
		if err := verify(ctx, i.addr, l.ProductID, baskets); err != nil {
			return err
		}
	}
	if err := verify(ctx, i.addr, i.product, single); err != nil {
		return err
	}
	fmt.Printf("reserved in each row = granted: %d reservations of %d lines, %d of one\n", baskets, lines, single)
	return nil
}
