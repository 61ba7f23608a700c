package rest_test

import (
	"testing"

	"inventory.example/pkg/contract/eventschema"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/rest"
	"inventory.example/services/catalog/internal/store"
)

func TestRegister(t *testing.T) {
	t.Run("implements the document", testRegisterImplementsTheDocument)
}

func testRegisterImplementsTheDocument(t *testing.T) {
	api, err := httpapi.New(httpapi.Options{Service: "catalog", OpenAPI: rest.OpenAPI, Components: eventschema.Catalog().OpenAPI()})
	if err != nil {
		t.Fatal(err)
	}
	rest.Register(api, product.New(product.Options{}), store.New(store.Options{}))
	eventsapi.Register(api, "catalog", nil)
	for _, difference := range api.CheckOpenAPI() {
		t.Error(difference)
	}
}
