package stockwire

// ProductsPath is the internal route that takes a Product, by POST.
const ProductsPath = "/internal/v1/products"

// Product is the notification of catalog to stock about a changed product, with the
// content of the event of that version.
type Product struct {
	ID      string `json:"id"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
	Deleted bool   `json:"deleted"`
}
