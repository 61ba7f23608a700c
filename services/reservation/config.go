package reservation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/process"
	"inventory.example/services/reservation/internal/reservation"
)

// minMaxLife is the least value of RESERVATION_MAX_LIFE: clients may use a TTL of a
// day since the first release. The greatest value is the default, because stock takes
// no longer TTL.
const minMaxLife = 24 * time.Hour

// Config is reservation's configuration; docs/configuration.md explains each
// variable.
type Config struct {
	// Port is where reservation listens when it runs alone.
	Port int `env:"SERVER_PORT, default=8083"`
	// SQLitePath is the database file.
	SQLitePath string `env:"SQLITE_PATH, default=data/reservation.db"`
	// StockURLs are the instances of stock that reservation asks for holds. Several of
	// them must have one PostgreSQL database, which reservation cannot check.
	StockURLs []string `env:"STOCK_URL, default=http://localhost:8082"`
	// HoldTimeout bounds a hold request; after it the outcome is unknown.
	HoldTimeout time.Duration `env:"HOLD_TIMEOUT, default=2s"`
	// SettleTimeout bounds the direct call that settles a hold; the event
	// settles it in any case.
	SettleTimeout time.Duration `env:"SETTLE_TIMEOUT, default=500ms"`
	// HoldWalkInterval is how often reservation walks the holds that stock has
	// as held, when nothing else calls for it.
	HoldWalkInterval time.Duration `env:"HOLD_WALK_INTERVAL, default=30s"`

	// MaxLife bounds the life of a reservation from its create, with all its extends.
	MaxLife time.Duration `env:"RESERVATION_MAX_LIFE, default=744h"`

	process.Settings
}

// recordTime is how long a create may take to record its reservation after stock has
// responded.
const recordTime = time.Second

// repairAfter is how long another instance may take for a create; 0 when there can be
// no other one.
func (c Config) repairAfter() time.Duration {
	if c.DatabaseURL == "" {
		return 0
	}
	return c.HoldTimeout + recordTime
}

// Validate returns everything that is wrong with c; nil when nothing is.
func (c Config) Validate() []error {
	all := c.Settings.ValidateService(c.Port, c.SQLitePath, inventory.Actors()...)
	if len(c.StockURLs) == 0 || slices.ContainsFunc(c.StockURLs, func(u string) bool { return !process.IsHTTPURL(u) }) {
		all = append(all, errors.New("STOCK_URL must be an http or https URL, or several of them separated by commas"))
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(c.StockURLs))); len(distinct) < len(c.StockURLs) {
		all = append(all, errors.New("STOCK_URL must name each instance once"))
	}
	if c.HoldTimeout <= 0 || c.SettleTimeout <= 0 {
		all = append(all, errors.New("HOLD_TIMEOUT and SETTLE_TIMEOUT must be positive"))
	}
	if c.HoldWalkInterval < time.Second {
		all = append(all, errors.New("HOLD_WALK_INTERVAL must be at least 1s"))
	}
	if c.MaxLife < minMaxLife || c.MaxLife > reservation.DefaultMaxLife {
		all = append(all, fmt.Errorf("RESERVATION_MAX_LIFE must be from %s to %s", minMaxLife, reservation.DefaultMaxLife))
	}
	return all
}
