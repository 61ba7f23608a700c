package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/cmd/inventory/internal/operator"
)

// environment sets the variables of a test and clears those that the machine
// may have.
func environment(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{"API_KEYS", "API_KEYS_FILE", "SERVICE_KEY", "SERVICE_KEY_FILE", "DEVELOPMENT", "LOG_LEVEL", "SERVER_PORT"} {
		t.Setenv(name, variables[name])
	}
	t.Setenv("DATA_DIR", variables["DATA_DIR"])
}

func TestLoadConfigs(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a-service-key-in-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("a service key in a file wins over a generated one", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		environment(t, map[string]string{"DATA_DIR": dir, "SERVICE_KEY_FILE": secret})
		c, err := loadConfigs(t.Context(), true)
		if err != nil || c.catalog.ServiceKey != "a-service-key-in-a-file" || c.stock.ServiceKey != c.catalog.ServiceKey {
			t.Errorf("catalog has %q, stock %q, %v", c.catalog.ServiceKey, c.stock.ServiceKey, err)
		}
		if _, err := os.Stat(filepath.Join(dir, operator.ServiceKeyFile)); err == nil {
			t.Error("a key was generated all the same")
		}
	})
	t.Run("a generated key is the same for all and stays", func(t *testing.T) {
		environment(t, map[string]string{"DATA_DIR": t.TempDir()})
		first, err := loadConfigs(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		again, err := loadConfigs(t.Context(), true)
		if err != nil || len(first.stock.ServiceKey) != 64 || first.reservation.ServiceKey != first.stock.ServiceKey ||
			again.stock.ServiceKey != first.stock.ServiceKey {
			t.Errorf("%q, then %q, %v", first.stock.ServiceKey, again.stock.ServiceKey, err)
		}
	})
	t.Run("errors are reported once, and nothing is written", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		environment(t, map[string]string{"DATA_DIR": dir, "LOG_LEVEL": "loud", "SERVER_PORT": "http"})
		_, err := loadConfigs(t.Context(), false)
		if err == nil {
			t.Fatal("it is usable")
		}
		for _, wrong := range []string{"LOG_LEVEL must be", "SERVER_PORT cannot be read", "API_KEYS must be set"} {
			if strings.Count(err.Error(), wrong) != 1 {
				t.Errorf("%q is not told once: %v", wrong, err)
			}
		}
		if _, err := os.Stat(dir); err == nil {
			t.Error("the data folder was made")
		}
	})
}
