package client_test

import (
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/client"
)

// items returns the names of the items of a sequence.
func items[T any](t *testing.T, list iter.Seq2[T, error], name func(T) string) []string {
	t.Helper()
	var names []string
	for item, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name(item))
	}
	return names
}

// ranged returns the items of two ranges over a list, after a range that ends early.
func ranged[T any](t *testing.T, list iter.Seq2[T, error], name func(T) string) [2][]string {
	t.Helper()
	seen := 0
	for _, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 2 {
			break // on the second page
		}
	}
	return [2][]string{items(t, list, name), items(t, list, name)}
}

// pagesOf serves a list of three pages with one item each.
func pagesOf(path, item string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.URL.Path != path || q.Get("limit") != "1" || q.Has("offset") != (path == "/api/v1/products" && !q.Has("cursor")) {
			http.Error(w, r.URL.String(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch q.Get("cursor") {
		case "":
			fmt.Fprintf(w, `{"data":[%s],"next_cursor":"two"}`, fmt.Sprintf(item, "first"))
		case "two":
			fmt.Fprintf(w, `{"data":[%s],"next_cursor":"three"}`, fmt.Sprintf(item, "second"))
		default:
			fmt.Fprintf(w, `{"data":[%s]}`, fmt.Sprintf(item, "third"))
		}
	}
}

// TestClient_lists: each range over a list begins with its first page, as the caller
// asked for it.
func TestClient_lists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path, item string // the list, and an item of it with a place for its name
		ranged     func(*testing.T, *client.Client) [2][]string
	}{
		"products": {"/api/v1/products", `{"sku":%q}`, func(t *testing.T, c *client.Client) [2][]string {
			return ranged(t, c.Products(t.Context(), client.ListProductsParams{Limit: new(1), Offset: new(1)}),
				func(p client.Product) string { return p.SKU })
		}},
		"stores": {"/api/v1/stores", `{"id":%q}`, func(t *testing.T, c *client.Client) [2][]string {
			return ranged(t, c.Stores(t.Context(), client.ListStoresParams{Limit: new(1)}), func(s client.Store) string { return s.ID })
		}},
		"stock": {"/api/v1/stock", `{"store_id":%q}`, func(t *testing.T, c *client.Client) [2][]string {
			return ranged(t, c.Stock(t.Context(), client.SearchStockParams{Limit: new(1)}), func(r client.StockRow) string { return r.StoreID })
		}},
		"movements": {"/api/v1/stock/movements", `{"store_id":%q}`, func(t *testing.T, c *client.Client) [2][]string {
			return ranged(t, c.Movements(t.Context(), client.SearchStockMovementsParams{Limit: new(1)}),
				func(m client.StockMovementOfRow) string { return m.StoreID })
		}},
		"reservations": {"/api/v1/reservations", `{"customer_id":%q}`, func(t *testing.T, c *client.Client) [2][]string {
			return ranged(t, c.Reservations(t.Context(), client.SearchReservationsParams{Limit: new(1)}),
				func(r client.Reservation) string { return r.CustomerID })
		}},
		"transfers": {"/api/v1/transfers", `{"from_store_id":%q}`, func(t *testing.T, c *client.Client) [2][]string {
			return ranged(t, c.Transfers(t.Context(), client.ListTransfersParams{Limit: new(1)}),
				func(tr client.Transfer) string { return *tr.FromStoreID })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(pagesOf(test.path, test.item))
			t.Cleanup(server.Close)
			c, err := client.New(server.URL, client.Options{Attempts: 1})
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range test.ranged(t, c) {
				if want := []string{"first", "second", "third"}; !slices.Equal(got, want) {
					t.Errorf("range %d: got %s, want %s", i+1, strings.Join(got, ", "), strings.Join(want, ", "))
				}
			}
		})
	}
}
