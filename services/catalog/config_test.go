package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/process"
	"inventory.example/services/catalog"
)

func TestConfig(t *testing.T) {
	t.Run("defaults", testConfigDefaults)
}

func testConfigDefaults(t *testing.T) {
	var c catalog.Config
	variables := map[string]string{"DEVELOPMENT": "true", "SERVICE_KEY": "0123456789abcdef", "CATALOG_SQLITE_PATH": "/data/c.db"}
	source := envconfig.MapLookuper(variables)
	if err := process.LoadFrom(t.Context(), source, "CATALOG_", &c); err != nil {
		t.Fatal(err)
	}
	if c.Port != 8081 || c.SQLitePath != "/data/c.db" || c.Synchronous != "FULL" ||
		c.StockURL != "http://localhost:8082" || c.StockTimeout != 500*time.Millisecond {
		t.Errorf("config %+v", c)
	}
	delete(variables, "CATALOG_SQLITE_PATH")
	c = catalog.Config{}
	if err := process.LoadFrom(t.Context(), source, "CATALOG_", &c); err != nil || c.SQLitePath != "data/catalog.db" {
		t.Errorf("config %+v, %v", c, err)
	}
}

func TestConfig_Validate(t *testing.T) {
	t.Run("reports everything at once", testConfigValidateReportsEverythingAtOnce)
}

func testConfigValidateReportsEverythingAtOnce(t *testing.T) {
	var c catalog.Config
	source := envconfig.MapLookuper(map[string]string{
		"SERVER_PORT": "70000", "SHUTDOWN_TIMEOUT": "0s", "MAX_BODY_BYTES": "0",
		"STOCK_URL": "stock:8082", "STOCK_TIMEOUT": "0s",
	})
	err := process.LoadFrom(t.Context(), source, "CATALOG_", &c)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"SERVER_PORT", "API_KEYS", "SERVICE_KEY", "SHUTDOWN_TIMEOUT", "MAX_BODY_BYTES", "STOCK_URL must", "STOCK_TIMEOUT must"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not name %s", err, part)
		}
	}
	c.SQLitePath = ""
	if all := errors.Join(c.Validate()...); !strings.Contains(all.Error(), "SQLITE_PATH") {
		t.Errorf("errors %v", all)
	}
}
