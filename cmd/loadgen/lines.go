package main

import "encoding/json"

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

// basket returns the request that reserves one unit of every row.
func (r *rows) basket() ([]byte, error) {
	request := basketRequest{CustomerID: "customer-1"}
	for _, product := range r.products {
		request.Lines = append(request.Lines, basketLine{ProductID: product, StoreID: storeID, Quantity: 1})
	}
	return json.Marshal(request)
}
