package client_test

import (
	"context"
	"fmt"
	"net/http"

	"inventory.example/pkg/client"
)

// A reservation of one product in the first store of a ranking that has it, and its
// sale.
func Example() {
	ctx := context.Background()
	c, err := client.New("http://localhost:8080", client.Options{Key: "dev-key-admin"})
	if err != nil {
		fmt.Println(err)
		return
	}
	basket := client.ReservationCreate{
		CustomerID: "ada",
		Lines:      &[]client.ReservationCreateLine{{SKU: new("TEA-SEN-100"), Stores: &[]string{"MAD-001", "BCN-001"}, Quantity: 2}},
	}
	made, err := c.CreateReservation(ctx, nil, basket) // sent again safely: with an Idempotency-Key
	if client.CodeOf(err) == client.CodeInsufficientStock {
		fmt.Println("sold out")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.ConfirmReservation(ctx, made.ID, nil, nil); err != nil {
		fmt.Println(err)
		return
	}
}

// Every row that runs low, on all pages.
func ExampleClient_Stock() {
	c, err := client.New("http://localhost:8080", client.Options{Key: "dev-key-admin"})
	if err != nil {
		fmt.Println(err)
		return
	}
	state := client.SearchStockParamsState("low")
	for row, err := range c.Stock(context.Background(), client.SearchStockParams{State: &state}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row.StoreID, row.ProductSKU, row.Available)
	}
}

// A receiver of webhooks.
func ExampleVerifier() {
	verifier, err := client.NewVerifier("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		fmt.Println(err)
		return
	}
	http.HandleFunc("POST /inventory", func(w http.ResponseWriter, r *http.Request) {
		event, err := client.ReadEvent(verifier, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if low, ok := event.(client.StockLowEvent); ok {
			fmt.Println(low.AggregateID, "runs low")
		}
	})
}
