package eventschema_test

import (
	"encoding/json"
	"fmt"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/contract/inventory"
)

// The schema of an event type is derived from its payload's struct.
func ExampleKindOf() {
	kind := eventschema.KindOf(inventory.ProductDeleted{}, "A product was deleted.", "product", "product")
	var schema struct {
		ID         string `json:"$id"`
		Properties struct {
			Payload struct{ Required []string }
		}
	}
	if err := json.Unmarshal(kind.Schema(), &schema); err != nil {
		fmt.Println(err)
	}
	fmt.Println(kind.SchemaPath(), schema.ID, schema.Properties.Payload.Required)
	// Output: /schemas/events/product.deleted.json urn:inventory:event:product.deleted [id sku version]
}
