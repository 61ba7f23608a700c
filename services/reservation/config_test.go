package reservation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/process"
	"inventory.example/services/reservation"
)

func TestConfig(t *testing.T) {
	valid := map[string]string{"API_KEYS": "k-admin-0123456789:Name", "SERVICE_KEY": serviceKey}
	load := func(more map[string]string) (c reservation.Config, err error) {
		all := envconfig.MultiLookuper(envconfig.MapLookuper(more), envconfig.MapLookuper(valid))
		err = process.LoadFrom(t.Context(), all, "RESERVATION_", &c)
		return c, err
	}
	t.Run("has defaults for all but the keys", func(t *testing.T) {
		c, err := load(nil)
		if err != nil || c.Port != 8083 || c.SQLitePath != "data/reservation.db" || !slices.Equal(c.StockURLs, []string{"http://localhost:8082"}) ||
			c.HoldTimeout != 2*time.Second || c.SettleTimeout != 500*time.Millisecond {
			t.Errorf("config %+v, %v", c, err)
		}
	})
	t.Run("takes its own variable before the common one", func(t *testing.T) {
		c, err := load(map[string]string{"SQLITE_PATH": "/a", "RESERVATION_SQLITE_PATH": "/b", "STOCK_SQLITE_PATH": "/c"})
		if err != nil || c.SQLitePath != "/b" {
			t.Errorf("config %+v, %v", c, err)
		}
	})
	t.Run("takes several instances of stock", func(t *testing.T) {
		c, err := load(map[string]string{"STOCK_URL": "http://stock-1:8082,https://stock-2"})
		if err != nil || !slices.Equal(c.StockURLs, []string{"http://stock-1:8082", "https://stock-2"}) {
			t.Errorf("config %+v, %v", c, err)
		}
	})
	t.Run("refuses invalid values", func(t *testing.T) {
		for name, more := range map[string]map[string]string{
			"port": {"SERVER_PORT": "65536"}, "url": {"STOCK_URL": "stock:8082"}, "scheme": {"STOCK_URL": "ftp://stock"},
			"one of several": {"STOCK_URL": "http://a:1,b:2"}, "twice": {"STOCK_URL": "http://a:1,http://a:1"},
			"hold": {"HOLD_TIMEOUT": "0s"}, "settle": {"SETTLE_TIMEOUT": "-1s"}, "synchronous": {"SQLITE_SYNCHRONOUS": "OFF"},
		} {
			if c, err := load(more); err == nil {
				t.Errorf("%s: %+v was taken", name, c)
			}
		}
	})
	t.Run("reports all errors at once", func(t *testing.T) {
		var texts []string
		for _, err := range (reservation.Config{Port: -1, StockURLs: []string{":"}}).Validate() {
			texts = append(texts, err.Error())
		}
		for _, want := range []string{
			"SERVER_PORT must be from 0 to 65535", "SQLITE_PATH must be set", "STOCK_URL must be an http or https URL, or several of them separated by commas",
			"HOLD_TIMEOUT and SETTLE_TIMEOUT must be positive", "SHUTDOWN_TIMEOUT must be positive",
		} {
			if !slices.Contains(texts, want) {
				t.Errorf("%q is missing in %q", want, texts)
			}
		}
	})
}
