package system_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

const transfersPath = "/api/v1/transfers"

// transferOf returns the request of a transfer from Madrid to Barcelona.
func transferOf(product string, quantity int) map[string]any {
	return map[string]any{
		"from_store_id": madrid, "to_store_id": barcelona, "lines": []any{map[string]any{"product_id": product, "quantity": quantity}},
	}
}

// receiptOf returns the request that receives units of a product.
func receiptOf(product string, received int) map[string]any {
	return map[string]any{"lines": []any{map[string]any{"product_id": product, "received": received}}}
}

// transfer requests a transfer of five units and returns its path.
func (p *program) transfer(t testing.TB, product string) string {
	t.Helper()
	var made struct{ ID string }
	a := p.do(t, http.MethodPost, transfersPath, transferOf(product, 5)).wants(t, http.StatusCreated)
	if err := json.Unmarshal(a.body, &made); err != nil {
		t.Fatal(err)
	}
	return transfersPath + "/" + made.ID
}

// shipped is transfer with its units on the way.
func (p *program) shipped(t testing.TB, product string) string {
	t.Helper()
	path := p.transfer(t, product)
	p.do(t, http.MethodPost, path+"/ship", nil).wants(t, http.StatusOK)
	return path
}
