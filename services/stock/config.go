package stock

import (
	"errors"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/process"
)

// storesRegistered is the value of STORES with which rows need a store of catalog.
const storesRegistered = "registered"

// Config is stock's configuration; docs/configuration.md explains each
// variable.
type Config struct {
	// Port is the port on which stock listens when it runs alone.
	Port int `env:"SERVER_PORT, default=8082"`
	// SQLitePath is the database file.
	SQLitePath string `env:"SQLITE_PATH, default=data/stock.db"`
	// CatalogURL is the base URL of catalog, for products that stock does not know yet.
	CatalogURL string `env:"CATALOG_URL, default=http://localhost:8081"`
	// CatalogTimeout limits a request to catalog.
	CatalogTimeout time.Duration `env:"CATALOG_TIMEOUT, default=2s"`
	// Stores is open or registered: whether a store exists from its first use on, or
	// only when it was created in catalog.
	Stores string `env:"STORES, default=open"`

	process.Settings
}

// Validate returns all errors of c; nil if there are none.
func (c Config) Validate() []error {
	all := c.Settings.ValidateService(c.Port, c.SQLitePath, inventory.Actors()...)
	if !process.IsHTTPURL(c.CatalogURL) {
		all = append(all, errors.New("CATALOG_URL must be an http or https URL"))
	}
	if c.CatalogTimeout <= 0 {
		all = append(all, errors.New("CATALOG_TIMEOUT must be positive"))
	}
	if c.Stores != "open" && c.Stores != storesRegistered {
		all = append(all, errors.New("STORES must be open or registered"))
	}
	return all
}
