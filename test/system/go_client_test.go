package system_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	api "inventory.example/pkg/client"
)

// TestGoClient: the Go client sells a basket, walks the lists, reads refusals by their
// code, and verifies the webhooks of it all.
func TestGoClient(t *testing.T) {
	p := serve(t, t.TempDir(), "WEBHOOK_ALLOW_PRIVATE=true")
	c := goClient(t, p, keyAll)
	hooks := receiveWebhooks(t, c)
	var ids []string
	for i := range 3 {
		product, err := c.CreateProduct(t.Context(), nil, api.ProductDetails{
			SKU: fmt.Sprintf("MUG-%d", i), Name: "Mug", Price: new(json.Number("9.95")),
		})
		if err != nil {
			t.Fatal(err)
		}
		if product.Price != "9.95" {
			t.Errorf("the price is %s", product.Price)
		}
		ids = append(ids, product.ID)
		if _, err := c.CreateStock(t.Context(), nil, api.StockCreate{ProductID: ids[i], StoreID: madrid, InitialQuantity: 5}); err != nil {
			t.Fatal(err)
		}
	}
	made, err := c.CreateReservation(t.Context(), nil, api.ReservationCreate{
		CustomerID: "ada", Reference: new("order-1"),
		Lines: &[]api.ReservationCreateLine{
			{ProductID: &ids[0], StoreID: new(madrid), Quantity: 2}, {SKU: new("MUG-1"), StoreID: new(madrid), Quantity: 3},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	sold, err := c.ConfirmReservation(t.Context(), made.ID, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sold.Status != "confirmed" || len(sold.Lines) != 2 || sold.Lines[1].Confirmed != 3 {
		t.Errorf("sold %+v", sold)
	}
	_, err = c.CreateReservation(t.Context(), nil, api.ReservationCreate{CustomerID: "ada", ProductID: &ids[1], StoreID: new(madrid), Quantity: new(int64(3))})
	if api.CodeOf(err) != api.CodeInsufficientStock {
		t.Errorf("more than there is: %v", err)
	}
	testGoClientLists(t, c, ids)
	if _, err := goClient(t, p, "").GetStock(t.Context(), ids[0], madrid, nil); api.CodeOf(err) != api.CodeUnauthorized {
		t.Errorf("without a key: %v", err)
	}
	hooks.has(t, made.ID)
}

func goClient(t *testing.T, p *program, key string) *api.Client {
	t.Helper()
	c, err := api.New(p.base, api.Options{Key: key, HTTP: p.client.http})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// testGoClientLists walks lists in pages of one.
func testGoClientLists(t *testing.T, c *api.Client, ids []string) {
	t.Helper()
	seen := map[string]int{}
	for product, err := range c.Products(t.Context(), api.ListProductsParams{Limit: new(1)}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[product.ID]++
	}
	for row, err := range c.Stock(t.Context(), api.SearchStockParams{StoreID: new(madrid), Limit: new(1)}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[row.ProductID]++
	}
	for _, id := range ids {
		if seen[id] != 2 {
			t.Errorf("product %s is in the lists %d times", id, seen[id])
		}
	}
	var found []string
	for r, err := range c.Reservations(t.Context(), api.SearchReservationsParams{Reference: new("order-1")}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, r.CustomerID)
	}
	if len(found) != 1 || found[0] != "ada" {
		t.Errorf("reservations of %q", found)
	}
	sum := int64(0)
	for m, err := range c.Movements(t.Context(), api.SearchStockMovementsParams{ProductID: &ids[1], Limit: new(1)}) {
		if err != nil {
			t.Fatal(err)
		}
		sum += m.Change
	}
	if sum != 2 {
		t.Errorf("the movements add up to %d", sum)
	}
}

// webhooks are the confirmed reservations whose events reached a receiver.
type webhooks struct {
	confirmed chan string
}

// receiveWebhooks subscribes a receiver that verifies its requests.
func receiveWebhooks(t *testing.T, c *api.Client) *webhooks {
	t.Helper()
	w := &webhooks{confirmed: make(chan string, 10)}
	var verifier *api.Verifier
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		event, err := api.ReadEvent(verifier, r)
		if err != nil {
			t.Error(err)
		}
		if confirmed, ok := event.(api.ReservationConfirmedEvent); ok {
			w.confirmed <- confirmed.AggregateID
		}
	}))
	t.Cleanup(server.Close)
	made, err := c.CreateWebhook(t.Context(), nil, api.WebhookCreate{URL: server.URL, EventTypes: &api.WebhookEventTypes{"reservation.confirmed"}})
	if err != nil {
		t.Fatal(err)
	}
	if verifier, err = api.NewVerifier(*made.Secret); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *webhooks) has(t *testing.T, id string) {
	t.Helper()
	select {
	case got := <-w.confirmed:
		if got != id {
			t.Errorf("a webhook told of %s, want %s", got, id)
		}
	case <-t.Context().Done():
		t.Error("no webhook told of the sale")
	}
}
