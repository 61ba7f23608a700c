package process_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/process"
)

// TestLoadFrom_nested reads a configuration with structs in structs, some of
// them with a prefix of their own, for a service with its prefix.
func TestLoadFrom_nested(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(" from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var c broker.Config
	err := process.LoadFrom(t.Context(), envconfig.MapLookuper(map[string]string{
		"MESSAGE_BROKER": "none", "REDIS_HOST": "plain", "STOCK_REDIS_HOST": "own", "CATALOG_REDIS_HOST": "other", "REDIS_PORT": "",
		"REDIS_TLS": "true", "REDIS_TLS_CA_FILE": "plain.pem", "STOCK_REDIS_TLS_CA_FILE": "own.pem", "KAFKA_TLS_SERVER_NAME": "kafka",
		"REDIS_PASSWORD": "plain", "STOCK_REDIS_PASSWORD_FILE": secret, "KAFKA_PASSWORD_FILE": secret, "REDIS_SENTINEL_PASSWORD_FILE": secret,
		"STOCK_KAFKA_BROKERS": "a:1,b:2", "REDIS_LEASE": "20s", "TLS": "true", "TLS_KEY_FILE": "nobody's",
	}), "STOCK_", &c)
	if err != nil {
		t.Fatal(err)
	}
	if c.Redis.Host != "own" || c.Redis.Port != 6379 || c.Redis.Lease != 20*time.Second || !slices.Equal(c.Kafka.Brokers, []string{"a:1", "b:2"}) {
		t.Errorf("%+v", c)
	}
	if !c.Redis.TLS.Enabled || c.Redis.TLS.CAFile != "own.pem" || c.Redis.TLS.KeyFile != "" || c.Kafka.TLS.Enabled || c.Kafka.TLS.ServerName != "kafka" {
		t.Errorf("TLS %+v, %+v", c.Redis.TLS, c.Kafka.TLS)
	}
	if c.Redis.Password != "from a file" || c.Kafka.Password != "from a file" || c.Redis.SentinelPassword != "from a file" {
		t.Errorf("passwords %q, %q and %q", c.Redis.Password, c.Kafka.Password, c.Redis.SentinelPassword)
	}
}

func TestLoadFrom_nestedErrors(t *testing.T) {
	var c broker.Config
	err := process.LoadFrom(t.Context(), envconfig.MapLookuper(map[string]string{
		"MESSAGE_BROKER": "redis", "STOCK_REDIS_TLS": "maybe", "REDIS_PORT": "x", "KAFKA_PARTITIONS": "many", "REDIS_LEASE": "1ms",
	}), "STOCK_", &c)
	wantAll(t, err, "STOCK_REDIS_TLS cannot be read", "REDIS_PORT cannot be read", "KAFKA_PARTITIONS cannot be read", "REDIS_LEASE must be")
}
