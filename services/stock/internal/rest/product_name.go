package rest

import "inventory.example/pkg/httpapi"

// productName names the product of a line: by its id or by its SKU, of which the one
// that is left out or null is nil. A cell of CSV that is empty is left out.
type productName struct {
	ProductID *string `json:"product_id"`
	SKU       *string `json:"sku"`
}

// texts returns both, of which one that is left out is "". One that is given and empty
// is INVALID_REQUEST. line is before the names of the fields in an error.
func (n productName) texts(line string) (productID, sku string, err error) {
	if productID, err = httpapi.GivenText(line+"product_id", n.ProductID); err != nil {
		return "", "", err
	}
	sku, err = httpapi.GivenText(line+"sku", n.SKU)
	return productID, sku, err
}
