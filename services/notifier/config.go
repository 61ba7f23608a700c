package notifier

import (
	"errors"
	"fmt"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/process"
	"inventory.example/services/notifier/internal/hookclient"
	"inventory.example/services/notifier/internal/seal"
)

// maxWebhookTimeout is longer than any endpoint should need to accept an event.
const maxWebhookTimeout = time.Minute

// minFeedRetention leaves a reader of the stream time to connect again.
const minFeedRetention = time.Hour

// Config is notifier's configuration; docs/configuration.md explains each
// variable.
type Config struct {
	// Port is the port of notifier when it runs alone.
	Port int `env:"SERVER_PORT, default=8084"`
	// SQLitePath is the database file.
	SQLitePath string `env:"SQLITE_PATH, default=data/notifier.db"`
	// CatalogURL, StockURL and ReservationURL are the URLs of these services, for
	// their health and for the requests that are passed on.
	CatalogURL     string `env:"CATALOG_URL, default=http://localhost:8081"`
	StockURL       string `env:"STOCK_URL, default=http://localhost:8082"`
	ReservationURL string `env:"RESERVATION_URL, default=http://localhost:8083"`
	// StreamMaxReaders is how many readers the live stream may have at once.
	StreamMaxReaders int `env:"STREAM_MAX_READERS, default=2000"`
	// StreamMaxReadersPerKey is how many of them may have the same API key; 0: a
	// quarter of StreamMaxReaders.
	StreamMaxReadersPerKey int `env:"STREAM_MAX_READERS_PER_KEY, default=0"`

	// WebhookTimeout bounds one request to a webhook.
	WebhookTimeout time.Duration `env:"WEBHOOK_TIMEOUT, default=15s"`
	// WebhookAllowPrivate allows webhooks with private and loopback addresses.
	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE, default=false"`

	// WebhookPorts are the ports that webhooks may have.
	WebhookPorts string `env:"WEBHOOK_PORTS, default=80,443,1024-65535"`

	// SecretsKey encrypts the secrets of webhooks in the database: 32 bytes in
	// base64 or hex, several separated by commas. The first encrypts, all
	// decrypt.
	SecretsKey string `env:"SECRETS_KEY"`

	// FeedRetention is how long events and finished deliveries are kept.
	FeedRetention time.Duration `env:"FEED_RETENTION, default=168h"`

	process.Settings
}

// Validate returns all errors of c; nil when there are none.
func (c Config) Validate() []error {
	all := c.Settings.ValidateService(c.Port, c.SQLitePath, inventory.Actors()...)
	if c.StreamMaxReaders < 1 {
		all = append(all, errors.New("STREAM_MAX_READERS must be 1 or more"))
	}
	if _, err := hookclient.ParsePorts(c.WebhookPorts); err != nil {
		all = append(all, fmt.Errorf("WEBHOOK_PORTS: %w", err))
	}
	if _, err := seal.Parse(c.SecretsKey); err != nil {
		all = append(all, fmt.Errorf("SECRETS_KEY: %w", err))
	}
	if c.StreamMaxReadersPerKey < 0 {
		all = append(all, errors.New("STREAM_MAX_READERS_PER_KEY must be 0 or more"))
	}
	if c.FeedRetention < minFeedRetention {
		all = append(all, fmt.Errorf("FEED_RETENTION must be at least %v", minFeedRetention))
	}
	if c.WebhookTimeout <= 0 || c.WebhookTimeout > maxWebhookTimeout {
		all = append(all, fmt.Errorf("WEBHOOK_TIMEOUT must be positive and at most %v", maxWebhookTimeout))
	}
	for _, v := range []struct{ name, value string }{
		{"CATALOG_URL", c.CatalogURL}, {"STOCK_URL", c.StockURL}, {"RESERVATION_URL", c.ReservationURL},
	} {
		if !process.IsHTTPURL(v.value) {
			all = append(all, errors.New(v.name+" must be an http or https URL"))
		}
	}
	return all
}

// streamMaxReadersPerKey returns how many readers one API key may have.
func (c Config) streamMaxReadersPerKey() int {
	if c.StreamMaxReadersPerKey > 0 {
		return c.StreamMaxReadersPerKey
	}
	return max(1, c.StreamMaxReaders/4)
}
