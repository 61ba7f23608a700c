package events

import "encoding/json"

// The event types of catalog.
const (
	TypeProductCreated Type = "product.created"
	TypeProductUpdated Type = "product.updated"
	TypeProductDeleted Type = "product.deleted"
)

// Product is the product as catalog's events show it. Price is an exact
// decimal number.
type Product struct {
	ID          string      `json:"id"`
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Price       json.Number `json:"price"`
	Version     int64       `json:"version"`
}

// ProductCreated is the payload of product.created.
type ProductCreated struct{ Product }

func (p ProductCreated) subject() Subject { return productSubject(TypeProductCreated, p.ID) }

// ProductUpdated is the payload of product.updated.
type ProductUpdated struct{ Product }

func (p ProductUpdated) subject() Subject { return productSubject(TypeProductUpdated, p.ID) }

// ProductDeleted is the payload of product.deleted.
type ProductDeleted struct {
	ID      string `json:"id"`
	SKU     string `json:"sku"`
	Version int64  `json:"version"`
}

func (p ProductDeleted) subject() Subject { return productSubject(TypeProductDeleted, p.ID) }

func productSubject(t Type, id string) Subject {
	return Subject{Type: t, AggregateType: AggregateProduct, AggregateID: id}
}
