package inventory

import (
	"encoding/json"

	"inventory.example/pkg/events"
)

// The event types of catalog.
const (
	TypeProductCreated events.Type = "product.created"
	TypeProductUpdated events.Type = "product.updated"
	TypeProductDeleted events.Type = "product.deleted"
)

// Product is the product as catalog's events show it. Price is an exact
// decimal number.
type Product struct {
	ID          string      `json:"id" format:"uuid" doc:"The product."`
	SKU         string      `json:"sku" doc:"The stock keeping unit, unique among products that are not deleted."`
	Name        string      `json:"name" doc:"The name for people."`
	Description string      `json:"description" doc:"A longer description; may be empty."`
	Category    string      `json:"category" doc:"The category; may be empty."`
	Price       json.Number `json:"price" min:"0" doc:"The price of one unit, an exact decimal number without a currency."`
	Version     int64       `json:"version" min:"1" doc:"The version of the product after the change."`
}

// ProductCreated is the payload of product.created.
type ProductCreated struct{ Product }

// Subject implements events.Body.
func (p ProductCreated) Subject() events.Subject { return productSubject(TypeProductCreated, p.ID) }

// ProductUpdated is the payload of product.updated.
type ProductUpdated struct{ Product }

// Subject implements events.Body.
func (p ProductUpdated) Subject() events.Subject { return productSubject(TypeProductUpdated, p.ID) }

// ProductDeleted is the payload of product.deleted.
type ProductDeleted struct {
	ID      string `json:"id" format:"uuid" doc:"The product."`
	SKU     string `json:"sku" doc:"The stock keeping unit that it had."`
	Version int64  `json:"version" min:"1" doc:"The version of the product after the change."`
}

// Subject implements events.Body.
func (p ProductDeleted) Subject() events.Subject { return productSubject(TypeProductDeleted, p.ID) }

func productSubject(t events.Type, id string) events.Subject {
	return events.Subject{Type: t, AggregateType: AggregateProduct, AggregateID: id}
}
