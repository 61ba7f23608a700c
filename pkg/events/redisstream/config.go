package redisstream

import (
	"errors"
	"fmt"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/tlsfiles"
)

// Config is the configuration of the connection to Redis; docs/configuration.md
// explains each variable.
type Config struct {
	Host             string        `env:"REDIS_HOST, default=localhost"`
	Port             int           `env:"REDIS_PORT, default=6379"`
	Addrs            []string      `env:"REDIS_ADDRS"` // host:port of cluster nodes or sentinels, instead of Host and Port
	Cluster          bool          `env:"REDIS_CLUSTER, default=false"`
	SentinelMaster   string        `env:"REDIS_SENTINEL_MASTER"` // set: Addrs are sentinels
	SentinelUsername string        `env:"REDIS_SENTINEL_USERNAME"`
	SentinelPassword string        `env:"REDIS_SENTINEL_PASSWORD"`
	Username         string        `env:"REDIS_USERNAME"`
	Password         string        `env:"REDIS_PASSWORD"`
	DB               int           `env:"REDIS_DB, default=0"`
	Stream           string        `env:"REDIS_STREAM, default=inventory-events"` // dead letters: the name with .dlq appended
	Lease            time.Duration `env:"REDIS_LEASE, default=10s"`               // after which a member without a heartbeat counts as dead

	TLS tlsfiles.ClientConfig `env:", prefix=REDIS_"`
}

// DefaultConfig returns the defaults of the variables: a server on this machine.
func DefaultConfig() Config {
	return Config{Host: "localhost", Port: 6379, Stream: "inventory-events", Lease: 10 * time.Second}
}

// minLease leaves time for a few renewals of a lease.
const minLease = time.Second

// Validate returns one error for each invalid field; none if c is valid.
func (c Config) Validate() []error {
	var all []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	require(c.Host != "" || len(c.Addrs) > 0, "REDIS_HOST must be set")
	require(c.Port > 0 && c.Port <= 65535, "REDIS_PORT must be from 1 to 65535")
	require(c.DB >= 0, "REDIS_DB must not be negative")
	require(!c.Cluster || c.DB == 0, "REDIS_DB must be 0 with REDIS_CLUSTER")
	require(!c.Cluster || c.SentinelMaster == "", "REDIS_CLUSTER and REDIS_SENTINEL_MASTER exclude each other")
	require(c.Stream != "", "REDIS_STREAM must be set")
	require(c.Lease >= minLease, "REDIS_LEASE must be at least %s", minLease)
	if len(c.Addrs) > 1 && !c.Cluster && c.SentinelMaster == "" {
		all = append(all, errors.New("REDIS_ADDRS with several addresses needs REDIS_CLUSTER=true or REDIS_SENTINEL_MASTER"))
	}
	return append(all, c.TLS.Validate("REDIS_")...)
}

// deadLetterStream returns the key of the stream of dead letters.
func (c Config) deadLetterStream() string {
	return c.Stream + events.DeadLetterSuffix
}
