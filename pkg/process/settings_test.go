package process_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
)

// config is a configuration such as the services have.
type config struct {
	Port int    `env:"SERVER_PORT, default=8082"`
	Path string `env:"SQLITE_PATH, default=data/x.db"`
	process.Settings
}

// Validate implements process.Validator.
func (c config) Validate() []error {
	all := c.Settings.Validate("stock")
	if c.Port > 65535 {
		all = append(all, errors.New("SERVER_PORT must be at most 65535"))
	}
	return all
}

// other is a second configuration of the same process.
type other struct {
	Broker  string        `env:"MESSAGE_BROKER, default=embedded"`
	Timeout time.Duration `env:"BROKER_TIMEOUT, default=1s"`
}

// Validate implements process.Validator.
func (o other) Validate() []error {
	if o.Broker == "rabbit" {
		return []error{errors.New("MESSAGE_BROKER is not known")}
	}
	return nil
}

const (
	key    = "0123456789abcdef"
	apiKey = "fedcba9876543210"
)

// valid are the least variables that a service needs.
func valid(more ...string) map[string]string {
	all := map[string]string{"API_KEYS": apiKey + ":Name", "SERVICE_KEY": key}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

func load(t *testing.T, variables map[string]string) (config, error) {
	t.Helper()
	var c config
	err := process.LoadFrom(t.Context(), envconfig.MapLookuper(variables), "STOCK_", &c)
	return c, err
}

// wantAll expects an error with all parts of a list, each on a line of its own.
func wantAll(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", parts)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(parts)+1 { // the first one is a heading
		t.Errorf("error %q, want %d findings", lines, len(parts))
	}
	for _, part := range parts {
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, part)
		}
		if !found {
			t.Errorf("error %q does not say %q", lines, part)
		}
	}
}

func TestLoadFrom(t *testing.T) {
	t.Run("uses defaults for variables that are not set, or empty", func(t *testing.T) {
		c, err := load(t, valid("SERVER_PORT", "", "STOCK_SERVER_PORT", "", "LOG_LEVEL", "", "SQLITE_PATH", ""))
		if err != nil || c.Port != 8082 || c.Path != "data/x.db" || c.LogLevel != "info" || c.LogFormat != "json" || c.Synchronous != "FULL" ||
			c.ShutdownTimeout != 15*time.Second || c.Development || c.Limits != httpapi.DefaultLimits() {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("uses a variable with the prefix before the plain one", func(t *testing.T) {
		c, err := load(t, valid("SERVER_PORT", "1", "STOCK_SERVER_PORT", "2", "CATALOG_SERVER_PORT", "3", "RATE_LIMIT_PER_SECOND", "4.5",
			"STOCK_MAX_BODY_BYTES", "1000", "STOCK_API_KEYS", "fedcba9876543211:Own"))
		if err != nil || c.Port != 2 || c.RateLimit != 4.5 || c.MaxBodyBytes != 1000 || c.APIKeys != "fedcba9876543211:Own" {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("uses the plain one when the one with the prefix is empty", func(t *testing.T) {
		if c, err := load(t, valid("SERVER_PORT", "1", "STOCK_SERVER_PORT", "")); err != nil || c.Port != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("fills several targets", func(t *testing.T) {
		var c config
		var o other
		err := process.LoadFrom(t.Context(), envconfig.MapLookuper(valid("MESSAGE_BROKER", "kafka", "STOCK_BROKER_TIMEOUT", "3s")), "STOCK_", &c, &o)
		if err != nil || o.Broker != "kafka" || o.Timeout != 3*time.Second || c.ServiceKey != key {
			t.Errorf("%+v, %+v, %v", c, o, err)
		}
	})
	t.Run("reports all errors at once", func(t *testing.T) {
		var c config
		var o other
		err := process.LoadFrom(t.Context(), envconfig.MapLookuper(map[string]string{
			"SERVER_PORT": "70000", "SHUTDOWN_TIMEOUT": "0s", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "SQLITE_SYNCHRONOUS": "OFF",
			"MAX_BODY_BYTES": "-1", "SERVICE_KEY": "short", "MESSAGE_BROKER": "rabbit",
		}), "", &c, &o)
		wantAll(t, err, "SERVER_PORT", "SHUTDOWN_TIMEOUT", "LOG_LEVEL", "LOG_FORMAT", "SQLITE_SYNCHRONOUS", "MAX_BODY_BYTES",
			"SERVICE_KEY", "API_KEYS must be set", "MESSAGE_BROKER")
	})
	t.Run("reports variables that cannot be read together with invalid values", func(t *testing.T) {
		var c config
		var o other
		err := process.LoadFrom(t.Context(), envconfig.MapLookuper(valid("SERVER_PORT", "http", "STOCK_SHUTDOWN_TIMEOUT", "15", "DEVELOPMENT", "maybe",
			"LOG_LEVEL", "loud", "BROKER_TIMEOUT", "x", "MESSAGE_BROKER", "rabbit")), "STOCK_", &c, &o)
		wantAll(t, err, "SERVER_PORT cannot be read: invalid syntax", "STOCK_SHUTDOWN_TIMEOUT cannot be read", "DEVELOPMENT cannot be read",
			"LOG_LEVEL must be", "BROKER_TIMEOUT cannot be read", "MESSAGE_BROKER is not known")
	})
}

func TestLoad(t *testing.T) {
	t.Setenv("API_KEYS", apiKey+":Name")
	t.Setenv("SERVICE_KEY", key)
	t.Setenv("X_SERVER_PORT", "17")
	var c config
	if err := process.Load(t.Context(), "X_", &c); err != nil || c.Port != 17 || c.ServiceKey != key {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLoadFrom_secretFiles(t *testing.T) {
	file := func(t *testing.T, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("without surrounding space", func(t *testing.T) {
		c, err := load(t, map[string]string{"API_KEYS_FILE": file(t, "\n"+apiKey+":Name,\n fedcba9876543211:Other\n"), "STOCK_SERVICE_KEY_FILE": file(t, key+"\n")})
		if err != nil || c.APIKeys != apiKey+":Name,\n fedcba9876543211:Other" || c.ServiceKey != key {
			t.Errorf("%q %q, %v", c.APIKeys, c.ServiceKey, err)
		}
	})
	t.Run("in the order of prefix and plain", func(t *testing.T) {
		const ofFile, own = "fedcba9876543211:File", "fedcba9876543212:Own"
		path := file(t, ofFile)
		for _, test := range []struct {
			variables map[string]string
			want      string
		}{
			{valid("STOCK_API_KEYS_FILE", path), ofFile},
			{valid("STOCK_API_KEYS", own, "STOCK_API_KEYS_FILE", path), own},
			{valid("API_KEYS_FILE", path), apiKey + ":Name"},
			{valid("API_KEYS", "", "API_KEYS_FILE", path), ofFile},
			{valid("STOCK_API_KEYS", own, "API_KEYS_FILE", path), own},
		} {
			if c, err := load(t, test.variables); err != nil || c.APIKeys != test.want {
				t.Errorf("%v: %q, %v, want %q", test.variables, c.APIKeys, err, test.want)
			}
		}
	})
	t.Run("only secrets", func(t *testing.T) {
		if c, err := load(t, valid("SQLITE_PATH_FILE", file(t, "x"))); err != nil || c.Path != "data/x.db" {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("and reports an unreadable one once", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "missing")
		_, err := load(t, map[string]string{"STOCK_API_KEYS_FILE": missing, "SERVICE_KEY": key, "LOG_LEVEL": "loud", "SERVER_PORT": "x"})
		wantAll(t, err, "STOCK_API_KEYS_FILE: open "+missing, "LOG_LEVEL", "SERVER_PORT", "API_KEYS must be set")
	})
	t.Run("and refuses one that is empty", func(t *testing.T) {
		_, err := load(t, map[string]string{"API_KEYS_FILE": file(t, " \n"), "SERVICE_KEY_FILE": file(t, "")})
		wantAll(t, err, "API_KEYS must be set", "SERVICE_KEY must have")
	})
}

func TestSettings_Validate(t *testing.T) {
	development := map[string]string{"DEVELOPMENT": "true", "SERVICE_KEY": key}
	for name, test := range map[string]struct {
		variables map[string]string
		wrong     []string
	}{
		"development needs no keys":                      {development, nil},
		"development needs a service key":                {map[string]string{"DEVELOPMENT": "true"}, []string{"SERVICE_KEY"}},
		"development may have the development keys":      {valid("DEVELOPMENT", "true", "API_KEYS", httpapi.DevelopmentKeys), nil},
		"development refuses invalid keys, all at once":  {valid("DEVELOPMENT", "true", "API_KEYS", "secret-1,secret-2:x:y:z"), []string{"API key 1", "API key 2"}},
		"development refuses a key named like a service": {valid("DEVELOPMENT", "true", "API_KEYS", apiKey+":stock"), []string{"API_KEYS: API key 1: the name must"}},
		"production needs both":                          {nil, []string{"API_KEYS", "SERVICE_KEY"}},
		"production refuses the development keys": {
			valid("API_KEYS", apiKey+":Name,dev-key-store-001:Mine"), []string{"API_KEYS must not contain the development keys"},
		},
		"production refuses a short service key": {valid("SERVICE_KEY", key[1:]), []string{"SERVICE_KEY must have at least 16"}},
		"production refuses short API keys, all at once, by their names": {
			valid("API_KEYS", "secret-1:Shop,"+apiKey+":Other,secret-2:A name of two words,secret-3:fedcba9876543217"),
			[]string{`API key 1 ("Shop") must have at least 16`, `API key 3 ("A name of two words") must have`, "API key 4 must have"},
		},
		"development accepts short API keys": {valid("DEVELOPMENT", "true", "API_KEYS", "secret-1:Shop"), nil},
		"two service keys":                   {valid("SERVICE_KEY", key+"\n"+apiKey), nil},
		"a short one among service keys":     {valid("SERVICE_KEY", key+"\nsecret-1"), []string{"SERVICE_KEY must have at least 16"}},
		"development keys published on this machine": {
			valid("DEVELOPMENT", "true", "API_KEYS", httpapi.DevelopmentKeys, "PUBLISHED_ADDRESS", "127.0.0.1"), nil,
		},
		"development keys published beyond this machine": {
			valid("DEVELOPMENT", "true", "API_KEYS", httpapi.DevelopmentKeys, "PUBLISHED_ADDRESS", "0.0.0.0"),
			[]string{"API_KEYS must not contain the development keys, which are public, when PUBLISHED_ADDRESS (0.0.0.0)"},
		},
		"other keys published beyond this machine": {valid("DEVELOPMENT", "true", "PUBLISHED_ADDRESS", "0.0.0.0"), nil},
		"invalid proxies and hosts": {
			valid("TRUSTED_PROXIES", "proxy.example", "ALLOWED_HOSTS", "http://a"), []string{"TRUSTED_PROXIES: proxy 1", "ALLOWED_HOSTS: host 1"},
		},
		"production takes the shortest": {valid(), nil},
		"a burst of none":               {valid("RATE_LIMIT_PER_SECOND", "1", "RATE_LIMIT_BURST", "0"), []string{"RATE_LIMIT_BURST"}},
		"a rate that is not a number":   {valid("RATE_LIMIT_PER_SECOND", "NaN"), []string{"RATE_LIMIT_PER_SECOND"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, test.variables)
			if test.wrong == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantAll(t, err, test.wrong...)
			if strings.Contains(err.Error(), "secret-") {
				t.Errorf("the error shows a key: %v", err)
			}
		})
	}
}

func TestSettings_Instance(t *testing.T) {
	if got := (process.Settings{InstanceID: "a-1"}).Instance(); got != "a-1" {
		t.Errorf("instance %q", got)
	}
	host, err := os.Hostname()
	if got := (process.Settings{}).Instance(); err != nil || got != host {
		t.Errorf("instance %q, host %q, %v", got, host, err)
	}
}

// The address of a database has a password, so no error contains it.
func TestSettings_DatabaseURL(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{"host=db password=" + secret, "mysql://user:" + secret + "@db/inventory", "user:" + secret + "@db"} {
		_, err := load(t, valid("DATABASE_URL", text))
		wantAll(t, err, "DATABASE_URL must begin with postgres:// or postgresql://")
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error contains the password: %v", err)
		}
	}
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgresql://a:b@one:5432,two:5432/inventory\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, valid("DATABASE_URL_FILE", path))
	if err != nil || c.DatabaseURL != "postgresql://a:b@one:5432,two:5432/inventory" {
		t.Errorf("got %q, %v", c.DatabaseURL, err)
	}
	if c, err = load(t, valid("DATABASE_URL", "postgres://plain/x", "STOCK_DATABASE_URL", "postgres://own/x")); err != nil || c.DatabaseURL != "postgres://own/x" {
		t.Errorf("got %q, %v", c.DatabaseURL, err)
	}
}
