package stock_test

import (
	"slices"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/process"
	"inventory.example/services/stock"
)

func TestConfig(t *testing.T) {
	valid := map[string]string{"API_KEYS": "k-admin-0123456789:Name", "SERVICE_KEY": serviceKey}
	load := func(more map[string]string) (c stock.Config, err error) {
		all := envconfig.MultiLookuper(envconfig.MapLookuper(more), envconfig.MapLookuper(valid))
		err = process.LoadFrom(t.Context(), all, "STOCK_", &c)
		return c, err
	}
	t.Run("has defaults for all but the keys", func(t *testing.T) {
		c, err := load(nil)
		if err != nil || c.Port != 8082 || c.SQLitePath != "data/stock.db" || c.CatalogURL != "http://localhost:8081" ||
			c.CatalogTimeout != 2e9 || c.Synchronous != "FULL" {
			t.Errorf("config %+v, %v", c, err)
		}
	})
	t.Run("takes its own variable before the common one", func(t *testing.T) {
		c, err := load(map[string]string{"SQLITE_PATH": "/a", "STOCK_SQLITE_PATH": "/b", "SERVER_PORT": "1"})
		if err != nil || c.SQLitePath != "/b" || c.Port != 1 {
			t.Errorf("config %+v, %v", c, err)
		}
	})
	t.Run("refuses invalid values", func(t *testing.T) {
		for name, more := range map[string]map[string]string{
			"port":          {"SERVER_PORT": "65536"},
			"negative port": {"SERVER_PORT": "-1"},
			"url":           {"CATALOG_URL": "catalog:8081"},
			"scheme":        {"CATALOG_URL": "ftp://catalog"},
			"timeout":       {"CATALOG_TIMEOUT": "0s"},
			"synchronous":   {"SQLITE_SYNCHRONOUS": "OFF"},
		} {
			if c, err := load(more); err == nil {
				t.Errorf("%s: %+v was taken", name, c)
			}
		}
	})
	t.Run("reports all errors at once", func(t *testing.T) {
		all := stock.Config{Port: -1, CatalogURL: ":"}.Validate()
		var texts []string
		for _, err := range all {
			texts = append(texts, err.Error())
		}
		for _, want := range []string{
			"SERVER_PORT must be from 0 to 65535", "SQLITE_PATH must be set", "CATALOG_URL must be an http or https URL",
			"CATALOG_TIMEOUT must be positive", "SHUTDOWN_TIMEOUT must be positive",
		} {
			if !slices.Contains(texts, want) {
				t.Errorf("%q is missing in %q", want, texts)
			}
		}
	})
}
