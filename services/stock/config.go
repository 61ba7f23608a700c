package stock

import (
	"errors"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/process"
)

// Config is stock's configuration; docs/configuration.md explains each
// variable.
type Config struct {
	// Port is where stock listens when it runs alone.
	Port int `env:"SERVER_PORT, default=8082"`
	// SQLitePath is the database file.
	SQLitePath string `env:"SQLITE_PATH, default=data/stock.db"`
	// CatalogURL is where stock asks for products that it does not know yet.
	CatalogURL string `env:"CATALOG_URL, default=http://localhost:8081"`
	// CatalogTimeout bounds such a question.
	CatalogTimeout time.Duration `env:"CATALOG_TIMEOUT, default=2s"`

	process.Settings
}

// Validate returns everything that is wrong with c; nil when nothing is.
func (c Config) Validate() []error {
	all := c.Settings.Validate(inventory.Actors()...)
	if c.Port < 0 || c.Port > 65535 {
		all = append(all, errors.New("SERVER_PORT must be from 0 to 65535"))
	}
	if c.SQLitePath == "" {
		all = append(all, errors.New("SQLITE_PATH must be set"))
	}
	if !process.IsHTTPURL(c.CatalogURL) {
		all = append(all, errors.New("CATALOG_URL must be an http or https URL"))
	}
	if c.CatalogTimeout <= 0 {
		all = append(all, errors.New("CATALOG_TIMEOUT must be positive"))
	}
	return all
}
