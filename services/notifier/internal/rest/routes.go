// Package rest is notifier's HTTP side: it decodes, calls the cores and
// renders.
package rest

import (
	_ "embed"

	"inventory.example/pkg/httpapi"
)

// OpenAPI is the service's openapi.yaml without the shared components.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Register adds notifier's routes to api.
func Register(*httpapi.API) {}
