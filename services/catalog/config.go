package catalog

import (
	"errors"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/process"
)

// Config is catalog's configuration; docs/configuration.md explains each
// variable.
type Config struct {
	// Port is the port on which catalog listens when it runs alone.
	Port int `env:"SERVER_PORT, default=8081"`
	// SQLitePath is the database file.
	SQLitePath string `env:"SQLITE_PATH, default=data/catalog.db"`
	// StockURL is the base URL of stock, which catalog notifies of changed products.
	StockURL string `env:"STOCK_URL, default=http://localhost:8082"`
	// StockTimeout limits that call; the event reaches stock in any case.
	StockTimeout time.Duration `env:"STOCK_TIMEOUT, default=500ms"`

	process.Settings
}

// Validate returns all errors of c; nil if there are none.
func (c Config) Validate() []error {
	all := c.Settings.ValidateService(c.Port, c.SQLitePath, inventory.Actors()...)
	if !process.IsHTTPURL(c.StockURL) {
		all = append(all, errors.New("STOCK_URL must be an http or https URL"))
	}
	if c.StockTimeout <= 0 {
		all = append(all, errors.New("STOCK_TIMEOUT must be positive"))
	}
	return all
}
