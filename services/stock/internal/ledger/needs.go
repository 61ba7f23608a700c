package ledger

import "inventory.example/pkg/idempotency"

// Needs names the records that a change will read, so that a database can read
// those of many changes at once. It is a hint: a change may read others, and the
// named ones need not exist.
type Needs struct {
	Rows        []RowKey // with their products
	RowsOfSKU   []RowOfSKU
	RowsOfHolds []string // of the lines of the holds of these reservations
	Holds       []string // of these reservations
	Products    []string
	SKUs        []string
	Stores      []string
	Transfers   []string // with the rows of their lines
	Counts      []string
	CountLines  []CountLineKey
	Requests    []idempotency.Request
}

// RowKey identifies a row.
type RowKey struct{ ProductID, StoreID string }

// RowOfSKU is a row whose product a SKU names.
type RowOfSKU struct{ SKU, StoreID string }

// CountLineKey identifies a line of a count.
type CountLineKey struct{ CountID, ProductID string }

// rowNeeds are the needs of a change of one row.
func rowNeeds(productID, storeID string) Needs {
	return Needs{Rows: []RowKey{{productID, storeID}}}
}

// holdNeeds are the needs of requests for holds.
func holdNeeds(requests []HoldParams) Needs {
	needs := Needs{Holds: make([]string, len(requests)), Rows: make([]RowKey, 0, len(requests))}
	for i := range requests {
		needs.Holds[i] = requests[i].ReservationID
		for _, l := range requests[i].Lines {
			needs.Rows = append(needs.Rows, RowKey{l.ProductID, l.StoreID})
		}
		if requests[i].Request != nil {
			needs.addRequest(requests[i].Request)
		}
	}
	return needs
}

func (n *Needs) addRequest(r *Request) {
	for _, l := range r.Lines {
		if l.SKU != "" {
			n.SKUs = append(n.SKUs, l.SKU)
		}
		for _, store := range l.stores() {
			if l.SKU != "" {
				n.RowsOfSKU = append(n.RowsOfSKU, RowOfSKU{l.SKU, store})
			} else {
				n.Rows = append(n.Rows, RowKey{l.ProductID, store})
			}
		}
	}
}

// settleNeeds are the needs of settlements. Of their lines only those of quantity 0
// are not in the hold; their rows may have to be created.
func settleNeeds(list []SettleParams) Needs {
	ids := make([]string, len(list))
	needs := Needs{Holds: ids, RowsOfHolds: ids}
	for i := range list {
		ids[i] = list[i].ReservationID
		for _, l := range list[i].Target.Lines {
			if l.Quantity > 0 && l.Restocked == 0 {
				continue
			}
			needs.Rows = append(needs.Rows, RowKey{l.ProductID, l.StoreID})
			needs.Products = append(needs.Products, l.ProductID)
			needs.Stores = append(needs.Stores, l.StoreID)
		}
	}
	return needs
}

// createNeeds are the needs of a change that may create a row of a product.
func createNeeds(p Product, storeID string) Needs {
	needs := productNeeds(p)
	needs.Rows, needs.Stores = []RowKey{{p.ID, storeID}}, []string{storeID}
	return needs
}

func productNeeds(p Product) Needs {
	return Needs{Products: []string{p.ID}, SKUs: []string{p.SKU}}
}

// requestTransferNeeds are the needs of a request for a transfer of products.
func requestTransferNeeds(id, fromStore string, products []Product) Needs {
	needs := Needs{Transfers: []string{id}}
	for _, p := range products {
		needs.Products, needs.SKUs = append(needs.Products, p.ID), append(needs.SKUs, p.SKU)
		if fromStore != "" {
			needs.Rows = append(needs.Rows, RowKey{p.ID, fromStore})
		}
	}
	return needs
}
