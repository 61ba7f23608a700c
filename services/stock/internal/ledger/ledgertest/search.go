package ledgertest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// Searches are all filters of rows with all orders, by name.
func Searches(productID, sku string) map[string]ledger.RowFilter {
	all := map[string]ledger.RowFilter{}
	for names, stores := range map[string][]string{"all": nil, "one": {"S-1"}, "two": {"S-0", "S-2"}, "many": append(ManyStores(), "S-0", "S-1", "S-3")} {
		for _, sort := range []ledger.RowSort{ledger.SortProduct, ledger.SortAvailable, ledger.SortSKU, ledger.SortName, ledger.SortUpdated} {
			for _, state := range []ledger.RowState{"", ledger.RowLow, ledger.RowOut, ledger.RowOK} {
				for only, f := range map[string]ledger.RowFilter{
					"": {}, "product": {ProductID: productID}, "sku": {SKU: sku}, "text": {Text: "Té"}, "text of the product": {Text: "té", ProductID: productID},
				} {
					if names == "many" && (only != "" || state == ledger.RowOut || state == ledger.RowOK) {
						continue // as with two
					}
					for _, back := range []bool{false, true} {
						f.Stores, f.Sort, f.State, f.Backward = stores, sort, state, back
						all[fmt.Sprintf("%s stores, %q %q %q %t", names, only, state, sort, back)] = f
					}
				}
			}
		}
	}
	return all
}

// ManyRows stores 4 stores of 30 products: rows in every state, those of deleted
// products, and removed ones.
func ManyRows(t *testing.T, db ledger.Repository) (rows []ledger.Row) {
	t.Helper()
	point := int64(4)
	err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
		for i := range int64(30) {
			p := ledger.Product{ID: fmt.Sprintf("p-%02d", i*7%30), SKU: fmt.Sprintf("SKU-%d", i/2), Name: fmt.Sprintf("Name %d", i%5), Version: 1}
			if i%3 == 0 {
				p.Name = "Grüner TÉ " + p.Name
			}
			if err := tx.SaveProduct(p); err != nil {
				return err
			}
			for store := range int64(4) {
				r := ledger.Row{
					ProductID: p.ID, StoreID: fmt.Sprintf("S-%d", store), Quantity: (i * (store + 1)) % 14, Version: 1,
					UpdatedAt: clock.Truncate(clock.System{}.Now()).AddDate(0, 0, int(i*store%9)), Product: p,
				}
				if i%2 == 0 {
					r.Thresholds.ReorderPoint = &point
				}
				r.Unavailable.Damaged = r.Quantity / 3
				if err := tx.InsertRow(r); err != nil {
					return err
				}
				if r.Quantity == 0 && store == 3 {
					r.Version = 2
					if err := tx.RemoveRow(r, 1); err != nil {
						return err
					}
					continue
				}
				rows = append(rows, r)
			}
		}
		return tx.SaveProduct(ledger.Product{ID: "p-07", SKU: "SKU-0", Deleted: true, Version: 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if rows[i].ProductID == "p-07" {
			rows[i].Product.Deleted = true
		}
	}
	return rows
}

// FoundRows returns the keys of the rows that match f, in its order.
func FoundRows(rows []ledger.Row, f ledger.RowFilter) (keys []string, sums ledger.StoreTotals) {
	var found []ledger.Row
	for _, r := range rows {
		low := !r.Product.Deleted && r.Available() <= r.EffectiveReorderPoint()
		out := !r.Product.Deleted && r.Available() == 0
		state := map[ledger.RowState]bool{"": true, ledger.RowLow: low, ledger.RowOut: out, ledger.RowOK: !low && !r.Product.Deleted}
		if f.Stores != nil && !slices.Contains(f.Stores, r.StoreID) || f.ProductID != "" && f.ProductID != r.ProductID ||
			f.SKU != "" && !strings.EqualFold(f.SKU, r.Product.SKU) || !state[f.State] ||
			!strings.Contains(sku.Fold(r.Product.Name+"\n"+r.Product.SKU), sku.Fold(f.Text)) {
			continue
		}
		found = append(found, r)
		sums.Rows, sums.Quantity, sums.Unavailable = sums.Rows+1, sums.Quantity+r.Quantity, sums.Unavailable+r.Unavailable.Sum()
		if low {
			sums.Low++
		}
		if out {
			sums.Out++
		}
	}
	slices.SortFunc(found, func(a, b ledger.Row) int {
		first := map[ledger.RowSort]int{
			ledger.SortAvailable: cmp.Compare(a.Available(), b.Available()), ledger.SortUpdated: a.UpdatedAt.Compare(b.UpdatedAt),
			ledger.SortSKU: strings.Compare(a.Product.SKU, b.Product.SKU), ledger.SortName: strings.Compare(a.Product.Name, b.Product.Name),
		}[f.Sort]
		order := cmp.Or(first, strings.Compare(a.ProductID, b.ProductID), strings.Compare(a.StoreID, b.StoreID))
		if f.Backward {
			return -order
		}
		return order
	})
	for _, r := range found {
		keys = append(keys, r.ProductID+" "+r.StoreID)
	}
	return keys, sums
}

// MovementSearches are all filters of movements, by name.
func MovementSearches() map[string]ledger.MovementSearch {
	all := map[string]ledger.MovementSearch{}
	from, to := noon.Add(10*time.Minute), noon.Add(70*time.Minute)
	for names, stores := range map[string][]string{"all": nil, "one": {"S-1"}, "two": {"S-0", "S-2"}, "many": append(ManyStores(), "S-0", "S-1")} {
		for _, product := range []string{"", "p-1"} {
			for _, kind := range []ledger.MovementKind{"", ledger.MovementSold, ledger.MovementAdjusted} {
				for _, actor := range []string{"", "Ada"} {
					for _, reference := range []string{"", "order-2"} {
						f := ledger.MovementSearch{Stores: stores, ProductID: product, Kind: kind, Actor: actor, Reference: reference}
						name := fmt.Sprintf("%s stores, %q %q %q %q", names, product, kind, actor, reference)
						all[name] = f
						f.From, f.To = &from, &to
						all[name+", from and to"] = f
					}
				}
			}
		}
	}
	return all
}

// ManyMovements are 200 movements of 3 products in 3 stores, a minute apart at most.
func ManyMovements(t *testing.T, db ledger.Repository) (list []ledger.Movement) {
	t.Helper()
	kinds := ledger.MovementKinds()
	err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
		for p := range 3 {
			if err := tx.SaveProduct(ledger.Product{ID: fmt.Sprintf("p-%d", p), SKU: fmt.Sprint(p), Name: "N", Version: 1}); err != nil {
				return err
			}
			for s := range 3 {
				if err := tx.InsertRow(ledger.Row{ProductID: fmt.Sprintf("p-%d", p), StoreID: fmt.Sprintf("S-%d", s), Version: 1, UpdatedAt: noon}); err != nil {
					return err
				}
			}
		}
		for i := range 200 {
			m := ledger.Movement{
				ProductID: fmt.Sprintf("p-%d", i%3), StoreID: fmt.Sprintf("S-%d", i/3%3), Kind: kinds[i%7%len(kinds)], Version: int64(i),
				Actor: []string{"Ada", "Bob"}[i/4%2], CreatedAt: noon.Add(time.Duration(i/2) * time.Minute),
			}
			if i%5 == 0 {
				m.Reference = fmt.Sprintf("order-%d", i%4)
			}
			list = append(list, m)
			if err := tx.InsertMovement(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// WalkMovements returns the versions of the movements of a list, page by page.
func WalkMovements(t *testing.T, name string, read func(paging.Page) (paging.List[ledger.Movement], error)) (versions []int64) {
	t.Helper()
	page := paging.Page{Limit: 19}
	for range 300 {
		list, err := read(page)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range list.Items {
			versions = append(versions, m.Version)
		}
		if page.After = list.Next; page.After == nil {
			return versions
		}
	}
	t.Fatalf("%s does not end", name)
	return nil
}

// TransferFilters are all filters of the list of transfers.
func TransferFilters() map[string]ledger.TransferFilter {
	store, status := "MAD-001", ledger.TransferShipped
	all := map[string]ledger.TransferFilter{}
	for name, stores := range map[string][]string{"all": nil, "some": {"MAD-001", "BCN-001"}, "many": ManyStores()} {
		all[name] = ledger.TransferFilter{Stores: stores}
		all[name+", a store"] = ledger.TransferFilter{Stores: stores, StoreID: &store}
		all[name+", a status"] = ledger.TransferFilter{Stores: stores, Status: &status}
		all[name+", a store and a status"] = ledger.TransferFilter{Stores: stores, StoreID: &store, Status: &status}
	}
	return all
}

// CountFilters are all filters of the list of counts.
func CountFilters() map[string]ledger.CountFilter {
	store, status := "MAD-001", ledger.CountOpen
	all := map[string]ledger.CountFilter{}
	for name, stores := range map[string][]string{"all": nil, "some": {"MAD-001", "BCN-001"}, "many": ManyStores()} {
		all[name] = ledger.CountFilter{Stores: stores}
		all[name+", a store"] = ledger.CountFilter{Stores: stores, StoreID: &store}
		all[name+", a status"] = ledger.CountFilter{Stores: stores, Status: &status}
		all[name+", a store and a status"] = ledger.CountFilter{Stores: stores, StoreID: &store, Status: &status}
	}
	return all
}

// ManyStores are more stores than an adapter merges.
func ManyStores() (stores []string) {
	for i := range 65 {
		stores = append(stores, fmt.Sprintf("S-%03d", i))
	}
	return stores
}
