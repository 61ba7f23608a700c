package catalogpg

import (
	"fmt"

	"inventory.example/services/catalog/internal/product"
)

// Statements are the statements of the package, by their names.
func Statements() map[string]string {
	all := map[string]string{
		"load products": sqlProducts, "load products by key": sqlProductsByKey, "product": sqlProduct, "product by SKU": sqlProductByKey,
		"update products": sqlUpdateProducts, "load stores": sqlStoresByID, "store": sqlStore, "stores": sqlStores,
		"some stores": sqlSomeStores, "update stores": sqlUpdateStores,
	}
	category := "cups"
	for name, f := range map[string]product.Filter{
		"all": {}, "category": {Category: &category}, "text": {Text: "mug"}, "text and category": {Text: "mug", Category: &category},
	} {
		q := queriesFor(f)
		all["total: "+name], all["page: "+name] = q.total, q.page+fmt.Sprintf(orderOfList, 51, 0)
	}
	return all
}
