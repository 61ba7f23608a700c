package stockwire

// ProductsPath is the internal route that takes a Product, by POST.
const ProductsPath = "/internal/v1/products"

// Product is what catalog tells stock of a product that changed: what the event
// of that version says of it too.
type Product struct {
	ID      string `json:"id"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
	Deleted bool   `json:"deleted"`
}
